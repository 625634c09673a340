using Agent.Ide.Git.Merging.Accept;
using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Git.Tests.Merging.Accept;

/// <summary>Accepts that are undone or finished while a filter that must succeed fails.</summary>
public sealed class AcceptFilterTests
{
    private const string Works = "tr a-z a-z";
    private const string Fails = "echo offline >&2; exit 1";

    [Fact]
    public async Task Accept_WhenAFilterFailsForAllContent_PutsTheOldFilesBack_AndSaysSo()
    {
        await using var fixture = await CreateAsync();
        var temp = fixture.Temp;
        var start = await temp.HashAsync("HEAD");
        Filter(temp, clean: Fails, smudge: Fails);

        var failure = await Should.ThrowAsync<GitException>(fixture.AcceptAsync());

        failure.Problem.ShouldBe(GitProblem.FilterFailed);
        failure.Message.ShouldStartWith("b.f: smudge filter ");
        failure.Message.ShouldContain("bad");
        failure.Message.ShouldContain("failed (offline).");
        failure.Message.ShouldEndWith("was interrupted: your files are as before.");
        ShouldBeAsBefore(temp);
        fixture.ShouldBeTidy();
        (await temp.HashAsync("HEAD")).ShouldBe(start);
        Filter(temp, Works, Works);
        (await fixture.StatusAsync()).ShouldBeEmpty();
        (await fixture.AcceptAsync()).ShouldBeOfType<AcceptOutcome.Accepted>();
        temp.Read("b.f").ShouldBe("task's b\n");
    }

    [Fact]
    public async Task Recover_OfAFileThatAFailingFilterWouldHaveToWrite_SettlesTheOthers_AndTriesAgainLater()
    {
        await using var fixture = await CreateAsync();
        var temp = fixture.Temp;

        var start = await temp.HashAsync("HEAD");
        var other = await temp.CommitOnAsync("agent/other-task", start, t => t.Write("o.txt", "other\n"));

        // No file system for links: nothing is kept beside.
        await fixture.CrashAtAsync(AcceptStage.Updating, () => temp.Write("a.txt", "task's a\n").Delete("b.f").Write("z.txt", "task's z\n"));
        Filter(temp, clean: Works, smudge: Fails);

        var pending = (await fixture.RecoverAsync()).ShouldHaveSingleItem();

        pending.Result.ShouldBe(RecoveryResult.Pending);
        foreach (var named in (string[])["some-task", "b.f: smudge filter ", "failed (offline)", "stay not there: b.f.", fixture.IndexLockPath, "some-task.json"])
        {
            pending.Message.ShouldContain(named);
        }

        (temp.Read("a.txt"), temp.Read("c.f"), temp.Read("z.txt"), temp.Exists("b.f")).ShouldBe(("a\n", "c\n", "z\n", false));
        File.Exists(fixture.IndexLockPath).ShouldBeTrue();
        await ShouldWaitAsync(fixture, AcceptFixture.RequestFor("other-task", start, other), pending.Message);

        Filter(temp, Works, Works);
        (await fixture.RecoverAsync()).ShouldHaveSingleItem().Result.ShouldBe(RecoveryResult.Undone);
        ShouldBeAsBefore(temp);
        (await fixture.StatusAsync()).ShouldBeEmpty();
        fixture.ShouldBeTidy();
    }

    [Fact]
    public async Task Recover_WhenAFailingFilterHidesWhoseContentItIs_LeavesThatFile_AndDecidesLater()
    {
        await using var fixture = await CreateAsync();
        var temp = fixture.Temp;
        await fixture.CrashAtAsync(AcceptStage.FilesUpdated, () => temp.Write("c.f", "typed since\n"));
        Filter(temp, clean: Fails, smudge: Fails);

        var pending = (await fixture.RecoverAsync()).ShouldHaveSingleItem();

        pending.Result.ShouldBe(RecoveryResult.Pending);
        pending.Message.ShouldContain("b.f, c.f");
        (temp.Read("b.f"), temp.Read("c.f")).ShouldBe(("task's b\n", "typed since\n"));
        (temp.Read("a.txt"), temp.Read("z.txt")).ShouldBe(("a\n", "z\n"));

        Filter(temp, Works, Works);
        var undone = (await fixture.RecoverAsync()).ShouldHaveSingleItem();
        undone.Result.ShouldBe(RecoveryResult.Undone);
        undone.Kept.ShouldHaveSingleItem().Path.ShouldBe("c.f");
        (temp.Read("b.f"), temp.Read("c.f")).ShouldBe(("b\n", "typed since\n"));
        (await fixture.StatusAsync()).ShouldBe(" M c.f");
        fixture.ShouldBeTidy();
    }

    [Fact]
    public async Task Recover_OfAnAcceptThatHasLanded_IsFinishedWhenItsFilterWorksAgain()
    {
        await using var fixture = await CreateAsync();
        var temp = fixture.Temp;
        await fixture.CrashAtAsync(AcceptStage.RefMoved, () => temp.Delete("b.f"));
        Filter(temp, clean: Works, smudge: Fails);

        (await fixture.RecoverAsync()).ShouldHaveSingleItem().Result.ShouldBe(RecoveryResult.Pending);
        temp.Read("a.txt").ShouldBe("task's a\n");
        Filter(temp, Works, Works);
        (await fixture.RecoverAsync()).ShouldHaveSingleItem().Result.ShouldBe(RecoveryResult.Finished);

        (await fixture.StatusAsync()).ShouldBeEmpty();
        temp.Read("b.f").ShouldBe("task's b\n");
        fixture.ShouldBeTidy();
    }

    [Fact]
    public async Task Recover_OfAFileThatIsGone_GivesItBackAsItWas()
    {
        await using var fixture = await CreateAsync();
        var temp = fixture.Temp;
        Filter(temp, Works, Works);
        temp.Executable("a.txt");
        await temp.CommitAsync("Executable");
        await fixture.CrashAtAsync(AcceptStage.FilesUpdated, () => temp.Delete("b.f").Delete("d/e.txt").Delete("d"));

        (await fixture.RecoverAsync()).ShouldHaveSingleItem().Result.ShouldBe(RecoveryResult.Undone);

        ShouldBeAsBefore(temp);
        temp.Read("d/e.txt").ShouldBe("e\n");
        (await fixture.StatusAsync()).ShouldBeEmpty();
        fixture.ShouldBeTidy();
    }

    private static async Task<AcceptFixture> CreateAsync()
    {
        var fixture = await AcceptFixture.CreateAsync(
            t => t.Write("a.txt", "task's a\n").Write("b.f", "task's b\n").Write("c.f", "task's c\n").Write("z.txt", "task's z\n").Write("d/e.txt", "task's e\n"),
            ("a.txt", "a\n"), ("b.f", "b\n"), ("c.f", "c\n"), ("z.txt", "z\n"), ("d/e.txt", "e\n"), (".gitattributes", "*.f filter=bad\n"));
        var temp = fixture.Temp;
        foreach (var path in (string[])["a.txt", "b.f", "c.f", "z.txt", "d/e.txt", ".gitattributes"])
        {
            // Files as old as the index are looked into, through their filters.
            File.SetLastWriteTimeUtc(temp.FullPath(path), new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        }

        await temp.GitAsync("update-index", "--refresh");
        return fixture;
    }

    /// <summary>The later entry counts.</summary>
    private static void Filter(TempRepository temp, string clean, string smudge) =>
        temp.AppendConfig("filter.bad.clean", clean).AppendConfig("filter.bad.smudge", smudge).AppendConfig("filter.bad.required", "true");

    private static void ShouldBeAsBefore(TempRepository temp) =>
        (temp.Read("a.txt"), temp.Read("b.f"), temp.Read("c.f"), temp.Read("z.txt")).ShouldBe(("a\n", "b\n", "c\n", "z\n"));

    /// <summary>No task is accepted into that checkout; into another, one is.</summary>
    private static async Task ShouldWaitAsync(AcceptFixture fixture, AcceptRequest request, string reason)
    {
        var temp = fixture.Temp;
        (await Should.ThrowAsync<GitException>(fixture.AcceptAsync(request))).Message.ShouldBe(reason);
        (await Should.ThrowAsync<GitException>(fixture.AcceptAsync())).Message.ShouldBe(reason);

        var elsewhere = Path.Combine(temp.Folder, "elsewhere");
        await temp.GitAsync("-c", "filter.bad.smudge=cat", "worktree", "add", "--quiet", "-b", "side", elsewhere);
        using var acceptance = new Acceptance(fixture.Repository, TimeProvider.System);
        var checkout = await fixture.Repository.FindCheckoutAsync(elsewhere);
        (await acceptance.AcceptAsync(checkout, request with { TargetRef = "refs/heads/side" })).ShouldBeOfType<AcceptOutcome.Accepted>();
    }
}
