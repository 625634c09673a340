using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Protocol.Review;

namespace Agent.Ide.Coordinator.Tests.Tasks;

/// <summary>Some hunks of a task's files land and the others stay, on a real repository.</summary>
public sealed class PartialAcceptHunkTests
{
    private static readonly string s_text = string.Concat(Enumerable.Range(1, 60).Select(line => $"line {line}\n"));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Accept_OfOneHunk_LandsItAlone_AndTheOthersStay(int index)
    {
        string[] edits = ["line 5", "line 30", "line 58"];
        await using var task = await EditedAsync(edits);

        var landed = await AcceptAsync(task, ("text.txt", index));

        task.Repository.Read("text.txt").ShouldBe(Edited(edits[index]));
        task.Log.Snapshot.State.ShouldBe(TaskState.ReadyForReview);
        task.Log.Snapshot.Parts.ShouldHaveSingleItem().Commit.ShouldBe(landed.Commit);
        task.Log.Snapshot.Changes!.Additions.ShouldBe(2);

        await AcceptAsync(task, ("text.txt", 1), ("text.txt", 0));
        task.Log.Snapshot.State.ShouldBe(TaskState.Merged);
        task.Repository.Read("text.txt").ShouldBe(Edited(edits));
    }

    [Fact]
    public async Task Accept_OfAHunkAndAFile_LandsBoth_AndAllHunksOfAFileAreTheFile()
    {
        await using var task = await EditedAsync(["line 5", "line 58"], ("new.txt", "new\n"), ("notes.txt", "two\n"));

        await AcceptAsync(task, ["notes.txt"], ("text.txt", 1), ("new.txt", 0));

        task.Repository.Read("text.txt").ShouldBe(Edited("line 58"));
        task.Repository.Read("new.txt").ShouldBe("new\n");
        task.Repository.Read("notes.txt").ShouldBe("two\n");
        task.Log.Snapshot.Parts[0].Files.ShouldBe(["notes.txt", "new.txt", "text.txt"], ignoreOrder: true);
        (await PartialAcceptTests.RemainingAsync(task)).ShouldBe(["text.txt"]);
    }

    [Theory]
    [InlineData("a\r\nb\r\n", "A\r\nb\r\n")]
    [InlineData("", "\u00e9\n")]
    [InlineData("x\n", "x")]
    public async Task Accept_OfAHunk_KeepsTheBytesAroundIt(string head, string edited)
    {
        await using var task = await LiveTask.CreateAsync(files: ("text.txt", head + s_text + "no end"));
        await task.PrepareAsync();
        await task.StepAsync(("text.txt", edited + s_text + "no end, and more"));
        await PartialAcceptTests.RestAsync(task);

        await AcceptAsync(task, ("text.txt", 1));
        task.Repository.Read("text.txt").ShouldBe(head + s_text + "no end, and more");

        await AcceptAsync(task, ("text.txt", 0));
        task.Repository.Read("text.txt").ShouldBe(edited + s_text + "no end, and more");
    }

    [Fact]
    public async Task Accept_OfAHunkOfARenamedFile_RenamesItWithThatHunk()
    {
        await using var task = await LiveTask.CreateAsync(files: ("old.txt", s_text));
        await task.PrepareAsync();
        await task.StepAsync(("old.txt", null), ("new.txt", Edited("line 5", "line 58")));
        await PartialAcceptTests.RestAsync(task);

        await AcceptAsync(task, ("new.txt", 0));

        task.Repository.Exists("old.txt").ShouldBeFalse();
        task.Repository.Read("new.txt").ShouldBe(Edited("line 5"));
        (await PartialAcceptTests.RemainingAsync(task)).ShouldBe(["new.txt"]);
    }

    [Theory]
    [InlineData("text.txt")]
    [InlineData("renamed.txt")]
    public async Task Accept_OfAHunk_LeavesTheModeAsItWas_UntilTheWholeFileLands(string path)
    {
        await using var task = await LiveTask.CreateAsync(files: ("text.txt", s_text));
        await task.PrepareAsync();
        var executable = Path.Combine(task.Log.Snapshot.Created.Worktree, path);
        await File.WriteAllTextAsync(executable, string.Empty);
        File.SetUnixFileMode(executable, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await task.StepAsync([.. path == "text.txt" ? Array.Empty<(string, string?)>() : [("text.txt", null)], (path, Edited("line 5", "line 58"))]);
        await PartialAcceptTests.RestAsync(task);

        await AcceptAsync(task, (path, 0));
        (await ModeAsync()).ShouldBe("100644");
        (await PartialAcceptTests.RemainingAsync(task)).ShouldBe([path]);

        await AcceptAsync(task, (path, 0));
        (await ModeAsync()).ShouldBe("100755");
        task.Log.Snapshot.State.ShouldBe(TaskState.Merged);

        async Task<string> ModeAsync() => (await task.Repository.GitAsync("ls-tree", "HEAD", path)).Split(' ')[0];
    }

    [Theory]
    [InlineData("cfg/text.txt", "cfg")]
    [InlineData("cfg", "cfg/text.txt")]
    public async Task Accept_OfAHunkOfAFileThatMovedToWhereAFolderOrFileWas_NamesWhatItWouldDelete_AndStoresNothing(string from, string to)
    {
        var other = from == "cfg" ? null : "cfg/other";
        await using var task = await LiveTask.CreateAsync(files: other is null ? [(from, s_text)] : [(from, s_text), (other, "other\n")]);
        await task.PrepareAsync();
        await task.StepAsync(other is null ? [(from, null)] : [(from, null), (other, null)]);
        if (other is not null)
        {
            Directory.Delete(Path.Combine(task.Log.Snapshot.Created.Worktree, "cfg"), recursive: true);
        }

        await task.StepAsync((to, Edited("line 5", "line 58")));
        await PartialAcceptTests.RestAsync(task);
        var entries = task.Log.Snapshot.Sequence;

        if (other is not null)
        {
            (await Should.ThrowAsync<RequestFailedException>(() => AcceptAsync(task, (to, 0)))).Message.ShouldContain("takes the place of cfg/other, which was not chosen");
            task.Log.Snapshot.Sequence.ShouldBe(entries);
        }

        await AcceptAsync(task, other is null ? null : [other], (to, 0));
        task.Repository.Read(to).ShouldBe(Edited("line 5"));
        (await PartialAcceptTests.RemainingAsync(task)).ShouldBe([to]);
    }

    [Theory]
    [InlineData("text.txt", 2, "unknownHunk", "0 to 1")]
    [InlineData("text.txt", -1, "unknownHunk", "0 to 1")]
    [InlineData("binary", 0, "unknownHunk", "accept the file")]
    [InlineData("other.txt", 0, "unknownFile", "It changes binary, text.txt.")]
    public async Task Accept_OfAHunkThatIsNotThere_IsRefused_AndStoresNothing(string path, int index, string code, string hint)
    {
        await using var task = await EditedAsync(["line 5", "line 58"], ("binary", "\0\u0001"));
        var entries = task.Log.Snapshot.Sequence;

        var refused = await Should.ThrowAsync<RequestFailedException>(() => AcceptAsync(task, ("text.txt", 0), (path, index)));

        refused.Error.Code.ShouldBe(code);
        refused.Error.Hint.ShouldNotBeNull().ShouldContain(hint);
        task.Log.Snapshot.Sequence.ShouldBe(entries);
    }

    [Fact]
    public async Task Accept_ByTwoFrontEndsThatLookedAtTheSameDiff_LandsWhatOneChose_AndTellsTheOtherToLookAgain()
    {
        string[] edits = ["line 5", "line 30", "line 58"];
        await using var task = await EditedAsync(edits);
        var seen = (task.Log.Snapshot.Head, Base: task.Log.Snapshot.BaseCommit);
        Task<TaskMergeResult> Choose(int index) => Task.Run(() => task.Actor.AcceptAsync(
            new AcceptParams(LiveTask.Id, seen.Head, Hunks: [new HunkChoice("text.txt", index)], ExpectedBase: seen.Base), task.Repository.Path, CancellationToken.None));

        Task<TaskMergeResult>[] both = [Choose(0), Choose(1)];
        await ((Task)Task.WhenAll(both)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

        var first = Array.FindIndex(both, one => one.IsCompletedSuccessfully);
        var refused = both[1 - first].Exception.ShouldNotBeNull().InnerException.ShouldBeOfType<RequestFailedException>();
        refused.Error.Code.ShouldBe("baseMoved");
        refused.Error.Hint.ShouldNotBeNull().ShouldContain($"agent-ide diff {LiveTask.Id}");
        task.Repository.Read("text.txt").ShouldBe(Edited(edits[first]));
        task.Log.Snapshot.Head.ShouldBe(seen.Head);
        task.Log.Snapshot.Parts.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Accept_OfAHunkOfTheBaseThatWasLookedAt_LandsIt()
    {
        await using var task = await EditedAsync(["line 5", "line 30", "line 58"]);
        await AcceptAsync(task, ("text.txt", 0));
        var snapshot = task.Log.Snapshot;

        await task.Actor.AcceptAsync(
            new AcceptParams(LiveTask.Id, snapshot.Head, Hunks: [new HunkChoice("text.txt", 0)], ExpectedBase: snapshot.BaseCommit.ToUpperInvariant()), task.Repository.Path, CancellationToken.None);

        task.Repository.Read("text.txt").ShouldBe(Edited("line 5", "line 30"));
    }

    [Fact]
    public async Task RollBack_PastALandedHunk_LeavesItLanded_AndTheOtherHunkToBeAccepted()
    {
        await using var task = await LiveTask.CreateAsync(files: ("text.txt", s_text));
        await task.PrepareAsync();
        await task.StepAsync(("text.txt", Edited("line 5")));
        await task.StepAsync(("text.txt", Edited("line 5", "line 30")));
        await PartialAcceptTests.RestAsync(task);
        await AcceptAsync(task, ("text.txt", 1));

        await task.Actor.RollbackAsync(1, CancellationToken.None);

        task.Log.Snapshot.Changes!.Additions.ShouldBe(1);
        await PartialAcceptTests.AcceptAsync(task);
        task.Repository.Read("text.txt").ShouldBe(Edited("line 5", "line 30"));
    }

    private static async Task<LiveTask> EditedAsync(string[] lines, params (string Path, string? Content)[] others)
    {
        var task = await LiveTask.CreateAsync(files: ("text.txt", s_text));
        await task.PrepareAsync();
        await task.StepAsync([("text.txt", Edited(lines)), .. others]);
        await PartialAcceptTests.RestAsync(task);
        return task;
    }

    private static string Edited(params string[] lines) =>
        lines.Aggregate(s_text, (text, line) => text.Replace(line + "\n", line + " by the agent\n", StringComparison.Ordinal));

    private static Task<TaskMergeResult> AcceptAsync(LiveTask task, params (string Path, int Index)[] hunks) => AcceptAsync(task, files: null, hunks);

    private static Task<TaskMergeResult> AcceptAsync(LiveTask task, string[]? files, params (string Path, int Index)[] hunks) => task.Actor.AcceptAsync(
        new AcceptParams(LiveTask.Id, task.Log.Snapshot.Head, Files: files, Hunks: [.. hunks.Select(hunk => new HunkChoice(hunk.Path, hunk.Index))]),
        task.Repository.Path,
        CancellationToken.None);
}
