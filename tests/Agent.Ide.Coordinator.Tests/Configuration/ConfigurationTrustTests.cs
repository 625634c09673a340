using Agent.Ide.Coordinator.Configuration;
using Agent.Ide.Coordinator.Configuration.Trust;
using Agent.Ide.Core.Tasks;
using static Agent.Ide.Coordinator.Tests.Configuration.ConfigurationFolder;

namespace Agent.Ide.Coordinator.Tests.Configuration;

public sealed class ConfigurationTrustTests : IDisposable
{
    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("inference: { provider: scripted }", "inference.provider")]
    [InlineData("inference: { base_url: 'https://example.invalid/v1' }", "inference.base_url")]
    [InlineData("inference: { script: evil.json }", "inference.script")]
    [InlineData("inference: { async_pool_size: 5 }", "inference.async_pool_size")]
    [InlineData("worktree: { max_concurrent: 4 }", "worktree.max_concurrent")]
    [InlineData("worktree: { include_uncommitted: true }", "worktree.include_uncommitted")]
    [InlineData("resource_limits: { time_seconds: 3601 }", "resource_limits.time_seconds")]
    [InlineData("tools: [{ name: run_command, approval: never }]", "tools[run_command].approval")]
    [InlineData("tools: [{ name: run_command, timeout_seconds: 121 }]", "tools[run_command].timeout_seconds")]
    [InlineData("tools: [{ name: read_file, timeout_seconds: 31 }]", "tools[read_file].timeout_seconds")]
    public async Task Load_OfARepositorysSettingThatCouldCostOrLeak_IgnoresItUntilTrusted(string line, string key)
    {
        var before = _folder.Repository(Session(line)).Load();

        before.Settings.ShouldEqual(new AgentSessionSettings());
        before.Notices.ShouldHaveSingleItem().Message
            .ShouldBe($"{_folder.RepositoryFile}:2: {key} is ignored until you trust this file: run agent-ide trust");

        await _folder.TrustAsync();

        var after = _folder.Load();
        after.Notices.ShouldNotContain(notice => notice.Message.Contains("trust", StringComparison.Ordinal));
        after.Settings.ShouldDiffer(new AgentSessionSettings());
    }

    [Theory]
    [InlineData("model: tiny")]
    [InlineData("context_budget: { max_tokens: 2000000, delegation_threshold: 0.9 }")]
    [InlineData("worktree: { base_path: trees, branch_prefix: bot, max_concurrent: 1 }")]
    [InlineData("merge: { strategy: merge }")]
    [InlineData("resource_limits: { time_seconds: 10 }")]
    [InlineData("inference: { async_pool_size: 1 }")]
    [InlineData("tools: [{ name: run_command, enabled: false }]")]
    [InlineData("tools: [{ name: run_command, approval: always, timeout_seconds: 5 }, { name: fetch_url, enabled: false }]")]
    [InlineData("tools: [{ name: write_file, approval: always }]")]
    public void Load_OfARepositorysHarmlessSetting_TakesItWithoutTrust(string line)
    {
        var loaded = _folder.Repository(Session(line)).Load();

        loaded.Notices.ShouldBeEmpty();
        loaded.Settings.ShouldDiffer(new AgentSessionSettings());
    }

    [Theory]
    [InlineData("model: mine", "model: theirs")]
    [InlineData("context_budget: { max_tokens: 2048 }", "context_budget: { max_tokens: 4096 }")]
    [InlineData("context_budget: { max_tokens: 2048 }", "context_budget: { max_tokens: auto }")]
    [InlineData("resource_limits: { time_seconds: 10 }", "resource_limits: { time_seconds: 3600 }")]
    [InlineData("tools: [{ name: run_command, enabled: false }]", "tools: [{ name: run_command, enabled: true }]")]
    [InlineData("tools: [{ name: run_command, approval: always }]", "tools: [{ name: run_command, approval: sandboxed }]")]
    [InlineData("tools: [{ name: run_command, environment: local_only }]", "tools: [{ name: run_command, environment: local }]")]
    [InlineData("inference: { provider: openai }", "inference: { provider: auto }")]
    public void Load_OfARepositoryThatLoosensWhatTheUserSet_KeepsTheUsers(string user, string repository)
    {
        var usersOwn = _folder.User(Session(user)).Load().Settings;

        var loaded = _folder.Repository(Session(repository)).Load();

        loaded.Settings.ShouldEqual(usersOwn);
        loaded.Notices.Count.ShouldBe(1);
    }

    [Fact]
    public void Load_OfTheUsersFileAndTheEnvironment_NeedsNoTrust()
    {
        var loaded = _folder
            .User(Session("inference: { provider: openai, base_url: 'http://127.0.0.1:1/v1' }", "tools: [{ name: run_command, approval: never }]"))
            .Variable("AGENT_IDE_WORKTREE__MAX_CONCURRENT", "9")
            .Load();

        loaded.Notices.ShouldBeEmpty();
        loaded.Settings.Inference.Provider.ShouldBe(InferenceProvider.OpenAI);
        loaded.Settings.Worktree.MaxConcurrent.ShouldBe(9);
    }

    [Fact]
    public void Load_OfAnUntrustedSettingThatAVariableDecidesAnyway_SaysNothing() =>
        _folder.Repository(Session("worktree: { max_concurrent: 9 }")).Variable("AGENT_IDE_WORKTREE__MAX_CONCURRENT", "2")
            .Load().Notices.ShouldBeEmpty();

    [Fact]
    public async Task Load_AfterTheFileChanged_NeedsTrustAgain()
    {
        _folder.Repository(Session("worktree: { max_concurrent: 4 }"));
        await _folder.TrustAsync();
        _folder.Load().Settings.Worktree.MaxConcurrent.ShouldBe(4);

        _folder.Repository(Session("worktree: { max_concurrent: 4 } # a comment"));

        _folder.Load().Settings.Worktree.MaxConcurrent.ShouldBe(3);
    }

    [Fact]
    public async Task Load_OfTheSameContentInAnotherRepository_NeedsTrustThere()
    {
        _folder.Repository(Session("worktree: { max_concurrent: 4 }"));
        await _folder.TrustAsync();

        var other = Directory.CreateDirectory(Path.Combine(_folder.Root, "other", ".git")).FullName;

        _folder.Loader.Load(_folder.Checkout, other).Settings.Worktree.MaxConcurrent.ShouldBe(3);
    }

    [Fact]
    public async Task Load_ThroughALinkToTheRepository_FindsItsTrust()
    {
        _folder.Repository(Session("worktree: { max_concurrent: 4 }"));
        await _folder.TrustAsync();

        var link = Path.Combine(_folder.Root, "link");
        File.CreateSymbolicLink(link, _folder.Checkout);

        _folder.Loader.Load(link, Path.Combine(link, ".git")).Settings.Worktree.MaxConcurrent.ShouldBe(4);
    }

    [Fact]
    public async Task InspectTrust_ShowsWhatWouldBeAllowed()
    {
        _folder.Repository(Session(
            "model: tiny", "inference:", "  provider: openai", "  base_url: https://example.invalid/v1", "tools:", "  - name: run_command",
            "    approval: never"));

        var report = _folder.Loader.InspectTrust(_folder.Checkout, _folder.CommonDir).ShouldNotBeNull();

        report.IsTrusted.ShouldBeFalse();
        report.File.ShouldBe(_folder.RepositoryFile);
        report.Items.ShouldBe(
        [
            new TrustItem("inference.provider", "openai", "auto", 4),
            new TrustItem("inference.base_url", "https://example.invalid/v1", "null", 5),
            new TrustItem("tools[run_command].approval", "never", "sandboxed", 8),
        ]);

        await _folder.Store.TrustAsync(report, CancellationToken.None);
        _folder.Loader.InspectTrust(_folder.Checkout, _folder.CommonDir)!.IsTrusted.ShouldBeTrue();
        await _folder.Store.RevokeAsync(_folder.CommonDir, CancellationToken.None);
        _folder.Loader.InspectTrust(_folder.Checkout, _folder.CommonDir)!.IsTrusted.ShouldBeFalse();
    }

    [Fact]
    public async Task Trust_OfAFileThatChangedAfterItWasShown_DoesNotCoverTheChange()
    {
        _folder.Repository(Session("worktree: { max_concurrent: 4 }"));
        var report = _folder.Loader.InspectTrust(_folder.Checkout, _folder.CommonDir).ShouldNotBeNull();
        _folder.Repository(Session("worktree: { max_concurrent: 64 }"));

        await _folder.Store.TrustAsync(report, CancellationToken.None);

        _folder.Load().Settings.Worktree.MaxConcurrent.ShouldBe(3);
    }

    [Fact]
    public void InspectTrust_WithoutAFile_GivesNothing() =>
        _folder.Loader.InspectTrust(_folder.Checkout, _folder.CommonDir).ShouldBeNull();

    [Fact]
    public async Task Trust_IsStoredForTheUserAlone()
    {
        _folder.Repository(Session("worktree: { max_concurrent: 4 }"));
        await _folder.TrustAsync();

        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(_folder.TrustFile).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
            File.GetUnixFileMode(Path.GetDirectoryName(_folder.TrustFile)!)
                .ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.SetUnixFileMode(_folder.TrustFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite);

            var loaded = _folder.Load();

            loaded.Settings.Worktree.MaxConcurrent.ShouldBe(3);
            loaded.Notices[0].Message.ShouldContain("can be written by others");
        }
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"repositories\": {\"/x\": 5}}")]
    [InlineData("{\"version\": 1}")]
    public async Task Trust_InADamagedFile_CountsNothingAndCanBeGivenAnew(string text)
    {
        _folder.Repository(Session("worktree: { max_concurrent: 4 }"));
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.TrustFile)!);
        await File.WriteAllTextAsync(_folder.TrustFile, text);

        var loaded = _folder.Load();
        loaded.Settings.Worktree.MaxConcurrent.ShouldBe(3);
        loaded.Notices[0].Message.ShouldContain("is damaged");

        await _folder.TrustAsync();
        _folder.Load().Settings.Worktree.MaxConcurrent.ShouldBe(4);
    }

    [Fact]
    public async Task Trust_GivenByManyAtOnce_KeepsAll()
    {
        var reports = Enumerable.Range(0, 12)
            .Select(i => new TrustReport("f", $"{i:x64}", Path.Combine(_folder.Root, $"r{i}"), false, [])).ToList();

        await Task.WhenAll(reports.Select(report => Task.Run(() => new TrustStore(_folder.TrustFile).TrustAsync(report, CancellationToken.None))));

        foreach (var report in reports)
        {
            _folder.Store.IsTrusted(report.CommonDir, report.Hash, out _).ShouldBeTrue();
        }
    }
}
