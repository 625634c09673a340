using Agent.Ide.Coordinator.Configuration;
using Agent.Ide.Coordinator.Configuration.Keys;
using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Coordinator.Tests.Configuration;

public sealed class ConfigurationEnvironmentTests : IDisposable
{
    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_TakesEveryKeyFromTheEnvironment()
    {
        foreach (var key in ConfigurationKeys.All)
        {
            _folder.Variable(EnvironmentLayer.VariableOf(key.Path), key.DefaultText);
        }

        _folder.Load().Settings.ShouldEqual(new AgentSessionSettings());
    }

    [Fact]
    public void Load_TakesTextsAsTheyStandAndEverythingElseAsYaml()
    {
        var settings = _folder
            .Variable("AGENT_IDE_MODEL", "4: \"odd\" #1")
            .Variable("AGENT_IDE_CONTEXT_BUDGET__MAX_TOKENS", "2048")
            .Variable("AGENT_IDE_CONTEXT_BUDGET__DELEGATION_THRESHOLD", "5e-1")
            .Variable("AGENT_IDE_WORKTREE__MAX_CONCURRENT", "7")
            .Variable("AGENT_IDE_WORKTREE__INCLUDE_UNCOMMITTED", "true")
            .Variable("AGENT_IDE_INFERENCE__BASE_URL", "http://127.0.0.1:8080/v1")
            .Variable("AGENT_IDE_SETUP", "[]")
            .Variable("AGENT_IDE_TOOLS", "- name: run_command\n  approval: never\n")
            .Load().Settings;

        settings.Model.ShouldBe("4: \"odd\" #1");
        settings.ContextBudget.ShouldBe(new ContextBudgetSettings { MaxTokens = 2048, DelegationThreshold = 0.5 });
        settings.Worktree.ShouldBe(new WorktreeSettings { MaxConcurrent = 7, IncludeUncommitted = true });
        settings.Inference.BaseUrl.ShouldBe("http://127.0.0.1:8080/v1");
        settings.Tools.ShouldContain(new ToolConfiguration("run_command") { TimeoutSeconds = 120, Approval = ToolApproval.Never });
    }

    [Fact]
    public void Load_OfAnEmptyVariableAndAnInternalOne_IgnoresThem() =>
        _folder
            .Variable("AGENT_IDE_MODEL", string.Empty)
            .Variable(EnvironmentLayer.InternalPrefix + "ANYTHING", "x")
            .Load().Settings.ShouldEqual(new AgentSessionSettings());

    [Theory]
    [InlineData("AGENT_IDE_WORKTREE_MAX_CONCURRENT", "3", "environment variable AGENT_IDE_WORKTREE_MAX_CONCURRENT: names no key of the configuration (did you mean AGENT_IDE_WORKTREE__MAX_CONCURRENT?); remove it")]
    [InlineData("AGENT_IDE_SPEED", "3", "environment variable AGENT_IDE_SPEED: names no key of the configuration; remove it")]
    [InlineData("AGENT_IDE_WORKTREE__MAX_CONCURRENT", "many", "environment variable AGENT_IDE_WORKTREE__MAX_CONCURRENT: worktree.max_concurrent: found many; allowed: a whole number from 1 to 64")]
    [InlineData("AGENT_IDE_VALIDATE", "[npm test]", "environment variable AGENT_IDE_VALIDATE: validate: [\"npm test\"] is not built yet; only the default [] is accepted")]
    public void Load_OfABadVariable_NamesIt(string name, string value, string message) =>
        _folder.Variable(name, value).Problems().ShouldHaveSingleItem().ToString().ShouldBe(message);

    [Fact]
    public void FromEnvironment_FollowsTheXdgVariablesWhereTheyAreAbsolute()
    {
        var root = _folder.Root;
        var both = ConfigurationSources.FromEnvironment(new Dictionary<string, string>
        {
            ["HOME"] = "/nowhere",
            ["XDG_CONFIG_HOME"] = Path.Combine(root, "c"),
            ["XDG_STATE_HOME"] = Path.Combine(root, "s"),
        });

        both.UserFile.ShouldBe(Path.Combine(root, "c", "agent-ide", "config.yaml"));
        both.TrustFile.ShouldBe(Path.Combine(root, "s", "agent-ide", "trust.json"));
        if (OperatingSystem.IsLinux())
        {
            var home = ConfigurationSources.FromEnvironment(new Dictionary<string, string>
            {
                ["HOME"] = root, ["XDG_CONFIG_HOME"] = "relative", ["XDG_STATE_HOME"] = string.Empty,
            });
            home.UserFile.ShouldBe(Path.Combine(root, ".config", "agent-ide", "config.yaml"));
            home.TrustFile.ShouldBe(Path.Combine(root, ".local/state", "agent-ide", "trust.json"));
        }
    }
}
