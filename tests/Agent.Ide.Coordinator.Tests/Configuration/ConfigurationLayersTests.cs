using Agent.Ide.Coordinator.Configuration;
using Agent.Ide.Coordinator.Configuration.Keys;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Core.Tools;
using static Agent.Ide.Coordinator.Tests.Configuration.ConfigurationFolder;

namespace Agent.Ide.Coordinator.Tests.Configuration;

public sealed class ConfigurationLayersTests : IDisposable
{
    /// <summary>As the contract prints it.</summary>
    private const string EveryKeyAtItsDefault = """
        agent_session:
          model: null                  # a name the provider knows; null: what it offers first
          context_budget: { max_tokens: auto, delegation_threshold: 0.75, min_delegation_tokens: 500 }
          worktree: { base_path: ".worktrees", branch_prefix: "agent", max_concurrent: 3, prune_after_hours: 24, warm: 1, include_uncommitted: false }
          setup: []                    # commands in a fresh worktree
          validate: []                 # gates, run on the merged result
          merge: { strategy: squash, auto_merge: false }
          network: none                # none | full, per task
          resource_limits: { memory_mb: 4096, cpu_percent: 200, time_seconds: 3600, disk_mb: 5120, processes: 256 }   # 100 % = one core
          tools:
            - { name: "search_codebase", enabled: true, timeout_seconds: 10, environment: local }
            - { name: "run_command", approval: sandboxed, timeout_seconds: 120 }   # never | sandboxed | always
          inference: { provider: auto, base_url: null, async_pool_size: 4, cache_eviction_interval: 5, metal_memory_limit_gb: null }
        """;

    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_WithoutAnyFile_GivesTheDefaults()
    {
        var loaded = _folder.Load();

        loaded.Settings.ShouldEqual(new AgentSessionSettings());
        loaded.Notices.ShouldBeEmpty();
        loaded.RepositoryFile.ShouldBeNull();
        loaded.RepositoryFileHash.ShouldBeNull();
    }

    [Fact]
    public void Load_OfTheContractsExample_GivesTheDefaultsAndNeedsNoTrust()
    {
        var loaded = _folder.Repository(EveryKeyAtItsDefault).Load();

        loaded.Settings.ShouldEqual(new AgentSessionSettings());
        loaded.Notices.ShouldBeEmpty();
        loaded.RepositoryFile.ShouldBe(_folder.RepositoryFile);
        loaded.RepositoryFileHash!.Length.ShouldBe(64);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("# nothing but a comment\n")]
    [InlineData("---\n")]
    [InlineData("agent_session:\n")]
    [InlineData("agent_session: {}\n")]
    [InlineData("\uFEFFagent_session:\n  worktree:\n  tools:\n")]
    public void Load_OfAFileThatSaysNothing_GivesTheDefaults(string text) =>
        _folder.Repository(text).Load().Settings.ShouldEqual(new AgentSessionSettings());

    [Fact]
    public void Load_OfEveryBuiltKey_SetsIt()
    {
        _folder.User(Session(
            "model: qwen2.5-coder:14b",
            "context_budget: { max_tokens: 32768, delegation_threshold: 0.5 }",
            "worktree: { base_path: ./work/trees/, branch_prefix: bots/agent, max_concurrent: 5, include_uncommitted: true }",
            "merge: { strategy: merge }",
            "resource_limits: { time_seconds: 60 }",
            "tools:",
            "  - { name: run_command, enabled: false, timeout_seconds: 7, approval: always, environment: local_only }",
            "  - { name: read_file, timeout_seconds: 3 }",
            "  - { name: fetch_url, enabled: false }",
            "  - { name: delegate, enabled: false }",
            "inference: { provider: openai, base_url: 'http://localhost:11434/v1', async_pool_size: 9 }"));

        var settings = _folder.Load().Settings;

        settings.ShouldEqual(new AgentSessionSettings
        {
            Model = "qwen2.5-coder:14b",
            ContextBudget = new ContextBudgetSettings { MaxTokens = 32768, DelegationThreshold = 0.5 },
            Worktree = new WorktreeSettings { BasePath = "work/trees", BranchPrefix = "bots/agent", MaxConcurrent = 5, IncludeUncommitted = true },
            Merge = new MergeSettings { Strategy = MergeStrategy.Merge },
            ResourceLimits = new ResourceLimitSettings { TimeSeconds = 60 },
            Tools =
            [
                new ToolConfiguration("read_file") { TimeoutSeconds = 3 },
                new ToolConfiguration("search_codebase") { TimeoutSeconds = 10 },
                new ToolConfiguration("run_command")
                {
                    Enabled = false, TimeoutSeconds = 7, Approval = ToolApproval.Always, Environment = ToolEnvironmentSetting.LocalOnly,
                },
                new ToolConfiguration("delegate") { Enabled = false },
                new ToolConfiguration("fetch_url") { Enabled = false },
            ],
            Inference = new InferenceSettings { Provider = InferenceProvider.OpenAI, BaseUrl = "http://localhost:11434/v1", AsyncPoolSize = 9 },
        });
    }

    [Fact]
    public void Load_WhenLayersDisagree_TakesTheRepositoryOverTheUserAndTheEnvironmentOverBoth()
    {
        _folder
            .User(Session("merge: { strategy: merge }", "context_budget: { delegation_threshold: 0.1, max_tokens: 9000 }", "worktree: { branch_prefix: mine }"))
            .Repository(Session("context_budget: { delegation_threshold: 0.2, max_tokens: 8000 }", "worktree: { branch_prefix: theirs }"))
            .Variable("AGENT_IDE_CONTEXT_BUDGET__MAX_TOKENS", "7000");

        var settings = _folder.Load().Settings;

        settings.Merge.Strategy.ShouldBe(MergeStrategy.Merge);
        settings.Worktree.BranchPrefix.ShouldBe("theirs");
        settings.ContextBudget.DelegationThreshold.ShouldBe(0.2);
        settings.ContextBudget.MaxTokens.ShouldBe(7000);
    }

    [Fact]
    public void Load_WhenLayersSpeakOfTheSameTool_MergesItFieldByField()
    {
        _folder
            .User(Session("tools: [{ name: run_command, approval: always }]"))
            .Repository(Session("tools: [{ name: run_command, timeout_seconds: 60 }]"))
            .Variable("AGENT_IDE_TOOLS", "[{ name: run_command, environment: local_only }]");

        _folder.Load().Settings.Tools.ShouldContain(new ToolConfiguration("run_command")
        {
            Approval = ToolApproval.Always, TimeoutSeconds = 60, Environment = ToolEnvironmentSetting.LocalOnly,
        });
    }

    [Fact]
    public void Load_OfARelativeScript_ResolvesItWhereItWasWritten()
    {
        const string Line = "inference: { provider: scripted, script: demo/a.json }";

        var user = _folder.User(Session(Line)).Load().Settings.Inference.Script;
        var variable = _folder.Variable("AGENT_IDE_INFERENCE__SCRIPT", "demo/b.json").Load().Settings.Inference.Script;

        user.ShouldBe(Path.Combine(Path.GetDirectoryName(_folder.UserFile)!, "demo/a.json"));
        variable.ShouldBe(Path.Combine(_folder.Root, "elsewhere", "demo/b.json"));
    }

    [Fact]
    public void Load_OfAScriptForAnotherProvider_SaysThatItIsNotUsed()
    {
        var notice = _folder.User(Session("inference: { provider: openai, script: a.json }")).Load().Notices.ShouldHaveSingleItem();

        notice.Message.ShouldBe($"{_folder.UserFile}:2: inference.script is not used, because inference.provider is openai");
    }

    [Fact]
    public void ToTaskSettings_CarriesWhatATaskNeeds()
    {
        _folder.User(Session(
            "context_budget: { max_tokens: 4096, delegation_threshold: 0.6 }", "merge: { strategy: merge }", "resource_limits: { time_seconds: 5 }",
            "inference: { provider: openai, base_url: 'http://127.0.0.1:9/v1' }", "tools: [{ name: finish, enabled: false }]"));

        var settings = _folder.Load().Settings.ToTaskSettings();

        settings.Tools.ShouldBe(
        [
            new ToolSettings("search_codebase", TimeoutSeconds: 10),
            new ToolSettings("run_command", TimeoutSeconds: 120, Approval: ToolApproval.Sandboxed),
            new ToolSettings("finish", Enabled: false),
        ]);
        (settings with { Tools = [] }).ShouldBe(new TaskSettings
        {
            MaxTokens = 4096,
            CompactionThreshold = 0.6,
            TimeSeconds = 5,
            MergeStrategy = "merge",
            Provider = "openai",
            BaseUrl = "http://127.0.0.1:9/v1",
        });
    }

    [Fact]
    public void ToTaskSettings_OfTheDefaults_ChangesNoToolsOwnDefault()
    {
        var catalog = new ToolCatalog(new AgentSessionSettings().ToTaskSettings().Tools);

        ToolKeys.Known.Where(ToolKeys.IsBuilt).ShouldBe(ToolCatalog.KnownNames, ignoreOrder: true);
        foreach (var definition in BuiltInTools.All)
        {
            var tool = catalog.Find(definition.Name).ShouldNotBeNull();
            tool.Timeout.ShouldBe(definition.DefaultTimeout);
            tool.Approval.ShouldBe(definition.DefaultApproval);
            var keys = new ToolKeys(definition.Name);
            ((int?)keys.TimeoutSeconds.DefaultValue ?? ToolKeys.UsualTimeoutSeconds).ShouldBe((int)definition.DefaultTimeout.TotalSeconds);
            ((ToolApproval?)keys.Approval.DefaultValue ?? ToolKeys.UsualApproval).ShouldBe(definition.DefaultApproval);
        }
    }
}
