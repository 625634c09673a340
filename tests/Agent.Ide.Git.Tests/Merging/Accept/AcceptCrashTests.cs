using Agent.Ide.Git.Merging.Accept;
using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Git.Tests.Merging.Accept;

public sealed class AcceptCrashTests
{
    [Theory]
    [ClassData(typeof(AcceptStages))]
    internal async Task Recover_AfterACrashAtAnyStage_FinishesOrUndoes(AcceptStage stage)
    {
        await using var fixture = await AcceptFixture.CreateAsync(
            t => t.Write("a.txt", MergeFixture.TenLines.Line(4, "task")).Write("new/n.txt", "new\n").Delete("b.txt"));
        var temp = fixture.Temp;
        temp.Write("c.txt", "the user's own edit\n").Write("mine.txt", "untracked\n");
        var start = await temp.HashAsync("HEAD");
        var status = await fixture.StatusAsync();

        await fixture.CrashAtAsync(stage);
        var recovered = await fixture.RecoverAsync();

        fixture.ShouldBeTidy();
        (await fixture.StatusAsync()).ShouldBe(status);
        temp.Read("c.txt").ShouldBe("the user's own edit\n");
        await temp.FsckAsync();
        if (stage >= AcceptStage.RefMoved)
        {
            recovered.ShouldHaveSingleItem().Result.ShouldBe(RecoveryResult.Finished);
            (await temp.HashAsync("main")).ShouldBe(recovered[0].Commit);
            temp.Read("a.txt").ShouldBe(MergeFixture.TenLines.Line(4, "task"));
            temp.Exists("b.txt").ShouldBeFalse();
        }
        else
        {
            recovered.Select(one => one.Result).ShouldBe(stage == AcceptStage.Planned ? [] : [RecoveryResult.Undone]);
            (await temp.HashAsync("main")).ShouldBe(start);
            temp.Read("a.txt").ShouldBe(MergeFixture.TenLines);
            temp.Exists("b.txt").ShouldBeTrue();
            Directory.Exists(temp.FullPath("new")).ShouldBeFalse();
            (await fixture.AcceptAsync()).ShouldBeOfType<AcceptOutcome.Accepted>();
        }

        (await fixture.RecoverAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Recover_AfterACrashWhileFilesWereReplaced_UndoesTheMixture()
    {
        await using var fixture = await AcceptFixture.CreateAsync(
            t => t.Write("a.txt", MergeFixture.TenLines.Line(4, "task")).Write("b.txt", "task's b\n").Write("c.txt", "task's c\n").Write("d/new.txt", "task's\n"),
            ("a.txt", MergeFixture.TenLines), ("b.txt", "b\n"), ("c.txt", "c\n"));
        var temp = fixture.Temp;

        // One file replaced, one cut short, one just unlinked, one new and complete.
        await fixture.CrashAtAsync(AcceptStage.Updating, () => temp
            .Write("a.txt", MergeFixture.TenLines.Line(4, "task")).Write("b.txt", "task").Delete("c.txt").Write("d/new.txt", "task's\n"));
        var recovered = (await fixture.RecoverAsync()).ShouldHaveSingleItem();

        recovered.Result.ShouldBe(RecoveryResult.Undone);
        recovered.Kept.ShouldBeEmpty();
        (await fixture.StatusAsync()).ShouldBeEmpty();
        temp.Read("a.txt").ShouldBe(MergeFixture.TenLines);
        temp.Read("b.txt").ShouldBe("b\n");
        temp.Read("c.txt").ShouldBe("c\n");
        Directory.Exists(temp.FullPath("d")).ShouldBeFalse();
        fixture.ShouldBeTidy();
    }

    [Fact]
    public async Task Recover_WhenTheUserEditedAfterTheCrash_KeepsTheEdit()
    {
        await using var fixture = await AcceptFixture.CreateAsync();
        await fixture.CrashAtAsync(AcceptStage.FilesUpdated);
        fixture.Temp.Write("a.txt", "typed after the crash\n").Write("new/mine.txt", "mine\n");

        var recovered = (await fixture.RecoverAsync()).ShouldHaveSingleItem();

        recovered.Result.ShouldBe(RecoveryResult.Undone);
        var kept = recovered.Kept.ShouldHaveSingleItem();
        kept.Path.ShouldBe("a.txt");
        recovered.Message.ShouldContain(kept.Ref);
        (await fixture.Temp.ShowAsync(kept.Ref, "a.txt")).ShouldBe("typed after the crash\n");
        fixture.Temp.Read("a.txt").ShouldBe("typed after the crash\n");
        (await fixture.StatusAsync()).ShouldBe(" M a.txt\n?? new/mine.txt");
        fixture.ShouldBeTidy();
    }

    [Fact]
    public async Task Recover_WhenTheUserTookTheLockAwayAndCommitted_LeavesTheFilesAlone()
    {
        await using var fixture = await AcceptFixture.CreateAsync();
        await fixture.CrashAtAsync(AcceptStage.FilesUpdated);
        File.Delete(fixture.IndexLockPath);
        fixture.Temp.Write("c.txt", "the user goes on\n");
        await fixture.Temp.CommitAsync("The user commits what is there");
        var before = await fixture.Temp.FingerprintAsync();

        (await fixture.RecoverAsync()).ShouldHaveSingleItem().Result.ShouldBe(RecoveryResult.LeftAlone);

        (await fixture.Temp.FingerprintAsync()).ShouldEqual(before);
        fixture.ShouldBeTidy();
    }

    [Fact]
    public async Task Recover_OfALockWithoutAJournal_TakesItAway()
    {
        await using var fixture = await AcceptFixture.CreateAsync();
        await fixture.CrashAtAsync(AcceptStage.IndexPublished);
        File.Delete(Path.Combine(fixture.Temp.Path, ".git", "agent-ide", "accept", AcceptFixture.Id + ".json"));

        (await fixture.RecoverAsync()).ShouldBeEmpty();

        File.Exists(fixture.IndexLockPath).ShouldBeFalse();
        (await fixture.StatusAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Recover_ClearsAwayWhatMergesLeft()
    {
        await using var fixture = await AcceptFixture.CreateAsync();
        var scratch = Path.Combine(fixture.Temp.Path, ".git", "agent-ide", "scratch");
        Directory.CreateDirectory(Path.Combine(scratch, "left", "objects"));

        await fixture.RecoverAsync();

        Directory.Exists(scratch).ShouldBeFalse();
    }

    [Fact]
    public async Task Accept_AfterACrash_RecoversFirst()
    {
        await using var fixture = await AcceptFixture.CreateAsync();
        await fixture.CrashAtAsync(AcceptStage.FilesUpdated);

        (await fixture.AcceptAsync()).ShouldBeOfType<AcceptOutcome.Accepted>();

        (await fixture.StatusAsync()).ShouldBeEmpty();
        fixture.ShouldBeTidy();
    }

    [Theory]
    [InlineData(AcceptStage.Locked)]
    [InlineData(AcceptStage.FilesUpdated)]
    internal async Task Accept_ThatFailsInTheMiddle_UndoesItself(AcceptStage stage)
    {
        await using var fixture = await AcceptFixture.CreateAsync();
        var start = await fixture.Temp.HashAsync("HEAD");

        await Should.ThrowAsync<IOException>(fixture.AcceptAsync(
            reached: now => now == stage ? throw new IOException("No space left on device") : Task.CompletedTask));

        (await fixture.Temp.HashAsync("HEAD")).ShouldBe(start);
        (await fixture.StatusAsync()).ShouldBeEmpty();
        fixture.Temp.Read("a.txt").ShouldBe(MergeFixture.TenLines);
        fixture.ShouldBeTidy();
    }
}
