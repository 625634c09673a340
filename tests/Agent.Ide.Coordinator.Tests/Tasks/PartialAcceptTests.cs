using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Protocol.Review;

namespace Agent.Ide.Coordinator.Tests.Tasks;

/// <summary>Some files of a task land and the others stay, on a real repository.</summary>
public sealed class PartialAcceptTests
{
    [Fact]
    public async Task Accept_OfSomeFiles_LandsThem_AndTheRestIsReadyForReview()
    {
        await using var task = await TwoFilesAsync();
        task.Repository.Write("mine.txt", "mine\n");

        var landed = await AcceptAsync(task, "notes.txt");

        var snapshot = task.Log.Snapshot;
        snapshot.State.ShouldBe(TaskState.ReadyForReview);
        task.Repository.Read("notes.txt").ShouldBe("two\n");
        task.Repository.Exists("new.txt").ShouldBeFalse();
        (await task.Repository.HashAsync("main")).ShouldBe(landed.Commit);
        (await task.Repository.GitAsync("status", "--porcelain")).ShouldBe("?? mine.txt");
        (snapshot.Changes!.Files, snapshot.Changes.Additions).ShouldBe((1, 1));
        (await RemainingAsync(task)).ShouldBe(["new.txt"]);
        var part = snapshot.Parts.ShouldHaveSingleItem();
        part.Files.ShouldBe(["notes.txt"]);
        part.Commit.ShouldBe(landed.Commit);
        Directory.Exists(snapshot.Created.Worktree).ShouldBeTrue();
        (await File.ReadAllTextAsync(task.AuditPath)).ShouldContain("in part: notes.txt");
        await task.Repository.FsckAsync();
    }

    [Fact]
    public async Task Accept_OfTheRest_MergesTheTask()
    {
        await using var task = await TwoFilesAsync();
        await AcceptAsync(task, "notes.txt");
        await task.Repository.Write("notes.txt", "the user goes on\n").CommitAsync("Mine");

        await AcceptAsync(task);

        task.Log.Snapshot.State.ShouldBe(TaskState.Merged);
        task.Repository.Read("notes.txt").ShouldBe("the user goes on\n");
        task.Repository.Read("new.txt").ShouldBe("new\n");
        (await task.Repository.GitAsync("log", "-1", "--format=%(trailers:key=Agent-Advanced-Base,valueonly)")).Trim().ShouldBeEmpty();
    }

    [Fact]
    public async Task Accept_OfAllFilesByName_IsAWholeAccept()
    {
        await using var task = await TwoFilesAsync();

        await AcceptAsync(task, "new.txt", "notes.txt", "new.txt");

        task.Log.Snapshot.State.ShouldBe(TaskState.Merged);
        task.Log.Snapshot.Parts.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("no target", "expectedTarget")]
    [InlineData("twice", "resolved twice")]
    [InlineData("neither", "neither a text nor one of the sides")]
    [InlineData("empty", "is empty")]
    public async Task Accept_WithAMalformedResolution_IsRefused_AndStoresNothing(string what, string said)
    {
        await using var task = await TwoFilesAsync();
        var entries = task.Log.Snapshot.Sequence;
        Resolution[] resolutions = what switch
        {
            "twice" => [new("a", "text"), new("a", Take: "task")],
            "neither" => [new("a", Take: "mine")],
            "empty" => [null!],
            _ => [new("a", "text")],
        };
        var request = new AcceptParams(
            LiveTask.Id, task.Log.Snapshot.Head, Resolutions: resolutions, ExpectedTarget: what == "no target" ? null : task.Log.Snapshot.BaseCommit);

        var refused = await Should.ThrowAsync<RequestFailedException>(() => task.Actor.AcceptAsync(request, task.Repository.Path, CancellationToken.None));

        refused.Message.ShouldContain(said);
        task.Log.Snapshot.Sequence.ShouldBe(entries);
    }

    [Fact]
    public async Task Accept_OfNoFile_IsRefused_AndStoresNothing()
    {
        await using var task = await TwoFilesAsync();
        var entries = task.Log.Snapshot.Sequence;

        var refused = await Should.ThrowAsync<RequestFailedException>(() => task.Actor.AcceptAsync(
            new AcceptParams(LiveTask.Id, task.Log.Snapshot.Head, Files: []), task.Repository.Path, CancellationToken.None));

        refused.Error.Code.ShouldBe("noFiles");
        refused.Error.Hint.ShouldNotBeNull().ShouldContain("It changes new.txt, notes.txt.");
        task.Log.Snapshot.Sequence.ShouldBe(entries);
    }

    [Theory]
    [InlineData("other.txt")]
    [InlineData("./notes.txt")]
    [InlineData("*")]
    [InlineData(":(top)notes.txt")]
    public async Task Accept_OfAFileThatTheTaskDoesNotChange_IsRefused_AndStoresNothing(string name)
    {
        await using var task = await TwoFilesAsync();
        var entries = task.Log.Snapshot.Sequence;

        var refused = await Should.ThrowAsync<RequestFailedException>(() => AcceptAsync(task, "notes.txt", name));

        refused.Error.Code.ShouldBe("unknownFile");
        refused.Message.ShouldContain($"'{name}'");
        task.Log.Snapshot.Sequence.ShouldBe(entries);
        task.Repository.Read("notes.txt").ShouldBe("one\n");
    }

    [Fact]
    public async Task Accept_OfAFileThatHasLandedAlready_IsRefused()
    {
        await using var task = await TwoFilesAsync();
        await AcceptAsync(task, "notes.txt");

        (await Should.ThrowAsync<RequestFailedException>(() => AcceptAsync(task, "notes.txt"))).Error.Hint.ShouldBe("It changes new.txt.");
    }

    [Theory]
    [InlineData("old name.txt")]
    [InlineData("new name.txt")]
    public async Task Accept_OfEitherNameOfARenamedFile_LandsTheRename(string name)
    {
        const string Text = "a text that is long enough\nto be found again\nunder its new name\n";
        await using var task = await LiveTask.CreateAsync(files: ("old name.txt", Text));
        await task.PrepareAsync();
        await task.StepAsync(("new name.txt", Text), ("old name.txt", null), ("notes.txt", "two\n"));
        await RestAsync(task);

        await AcceptAsync(task, name);

        task.Repository.Read("new name.txt").ShouldBe(Text);
        task.Repository.Exists("old name.txt").ShouldBeFalse();
        (await RemainingAsync(task)).ShouldBe(["notes.txt"]);
    }

    [Theory]
    [InlineData("with space.txt")]
    [InlineData("100%.txt")]
    [InlineData("c#.txt")]
    [InlineData("größe/日本.txt")]
    [InlineData("-dash.txt")]
    [InlineData("quote\"s.txt")]
    [InlineData(":(glob)*.txt")]
    public async Task Accept_OfAFileWithAnOddName_LandsThatFile(string name)
    {
        await using var task = await LiveTask.CreateAsync();
        await task.PrepareAsync();
        await task.StepAsync((name, "odd\n"), ("notes.txt", "two\n"));
        await RestAsync(task);

        await AcceptAsync(task, name);

        task.Repository.Read(name).ShouldBe("odd\n");
        (await RemainingAsync(task)).ShouldBe(["notes.txt"]);
        (await task.Repository.GitAsync("status", "--porcelain")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Accept_OfADeletion_DeletesThatFileOnly()
    {
        await using var task = await LiveTask.CreateAsync();
        await task.PrepareAsync();
        await task.StepAsync(("notes.txt", null), ("new.txt", "new\n"));
        await RestAsync(task);

        await AcceptAsync(task, "notes.txt");

        task.Repository.Exists("notes.txt").ShouldBeFalse();
        (await RemainingAsync(task)).ShouldBe(["new.txt"]);
    }

    [Fact]
    public async Task Accept_OfAFileThatTookAFoldersPlace_NamesWhatItWouldDelete_AndStoresNothing()
    {
        await using var task = await LiveTask.CreateAsync(files: [("cfg/a", "a\n"), ("cfg/b/c", "c\n")]);
        await task.PrepareAsync();
        await task.StepAsync(("cfg/a", null), ("cfg/b/c", null), ("notes.txt", "two\n"));
        Directory.Delete(Path.Combine(task.Log.Snapshot.Created.Worktree, "cfg"), recursive: true);
        await task.StepAsync(("cfg", "all in one\n"));
        await RestAsync(task);
        var entries = task.Log.Snapshot.Sequence;

        var refused = await Should.ThrowAsync<RequestFailedException>(() => AcceptAsync(task, "cfg", "cfg/a"));

        refused.Error.Code.ShouldBe("inseparableFiles");
        refused.Message.ShouldContain("takes the place of cfg/b/c, which was not chosen");
        refused.Error.Hint.ShouldBe("Choose it as well, or the whole task.");
        task.Log.Snapshot.Sequence.ShouldBe(entries);
        (await Should.ThrowAsync<RequestFailedException>(() => AcceptAsync(task, "cfg"))).Message.ShouldContain("cfg/a, cfg/b/c, which were not chosen");
        task.Repository.Read("cfg/b/c").ShouldBe("c\n");

        await AcceptAsync(task, "cfg", "cfg/a", "cfg/b/c");
        task.Repository.Read("cfg").ShouldBe("all in one\n");
        (await RemainingAsync(task)).ShouldBe(["notes.txt"]);
    }

    [Fact]
    public async Task Accept_OfAFileInAFolderThatTookAFilesPlace_NamesThatFile_WhichCanGoAlone()
    {
        await using var task = await LiveTask.CreateAsync(files: ("a", "a\n"));
        await task.PrepareAsync();
        await task.StepAsync(("a", null));
        await task.StepAsync(("a/b", "something else\n"));
        await RestAsync(task);

        (await Should.ThrowAsync<RequestFailedException>(() => AcceptAsync(task, "a/b"))).Message.ShouldContain("takes the place of a, which was not chosen");
        task.Repository.Read("a").ShouldBe("a\n");

        await AcceptAsync(task, "a");
        (await RemainingAsync(task)).ShouldBe(["a/b"]);
        await AcceptAsync(task, "a/b");
        task.Log.Snapshot.State.ShouldBe(TaskState.Merged);
        task.Repository.Read("a/b").ShouldBe("something else\n");
    }

    [Fact]
    public async Task Accept_OfAFileTheUserHasEdited_ChangesNothing_AndTheOtherFileStillLands()
    {
        await using var task = await TwoFilesAsync();
        task.Repository.Write("notes.txt", "unsaved thoughts\n");
        var tip = await task.Repository.HashAsync("main");

        var stopped = await AcceptAsync(task, "notes.txt");

        stopped.Failure.ShouldNotBeNull().Code.ShouldBe(TaskMergeResult.OverlapCode);
        (await task.Repository.HashAsync("main")).ShouldBe(tip);
        task.Log.Snapshot.AdvancedBase.ShouldBeNull();

        (await AcceptAsync(task, "new.txt")).Failure.ShouldBeNull();
        task.Repository.Read("notes.txt").ShouldBe("unsaved thoughts\n");
    }

    [Fact]
    public async Task Accept_OfAFileThatConflicts_ChangesNothing_AndTheOtherFileStillLands()
    {
        await using var task = await TwoFilesAsync();
        await task.Repository.Write("notes.txt", "the user's\n").CommitAsync("Mine");
        var tip = await task.Repository.HashAsync("main");

        (await AcceptAsync(task, "notes.txt")).Conflicts.ShouldHaveSingleItem().Path.ShouldBe("notes.txt");

        (await task.Repository.HashAsync("main")).ShouldBe(tip);
        (task.Log.Snapshot.State, task.Log.Snapshot.AdvancedBase).ShouldBe((TaskState.Conflict, null));
        (await AcceptAsync(task, "new.txt")).Failure.ShouldBeNull();
        task.Log.Snapshot.State.ShouldBe(TaskState.ReadyForReview);
    }

    [Fact]
    public async Task Accept_OfWhatTheTargetHasAlready_MakesNoCommit_AndLeavesTheRest()
    {
        await using var task = await TwoFilesAsync();
        await task.Repository.Write("notes.txt", "two\n").CommitAsync("The same by hand");
        var tip = await task.Repository.HashAsync("main");

        (await AcceptAsync(task, "notes.txt")).Commit.ShouldBeNull();

        (await task.Repository.HashAsync("main")).ShouldBe(tip);
        (await RemainingAsync(task)).ShouldBe(["new.txt"]);
    }

    [Fact]
    public async Task Accept_OfSomeFiles_WhereMergeCommitsAreConfigured_SquashesThem_AndRefusesWhoAsksForAMerge()
    {
        await using var task = await TwoFilesAsync(new TaskSettings { MergeStrategy = "merge" });

        var refused = await Should.ThrowAsync<RequestFailedException>(() => task.Actor.AcceptAsync(
            new AcceptParams(LiveTask.Id, task.Log.Snapshot.Head, "merge", ["notes.txt"]), task.Repository.Path, CancellationToken.None));
        refused.Error.Code.ShouldBe("partialMerge");
        task.Log.Snapshot.State.ShouldBe(TaskState.ReadyForReview);

        await AcceptAsync(task, "notes.txt");
        (await task.Repository.GitAsync("log", "-1", "--format=%P")).Trim().Split(' ').Length.ShouldBe(1);
        await AcceptAsync(task);
        (await task.Repository.GitAsync("log", "-1", "--format=%P")).Trim().Split(' ').Length.ShouldBe(2);
        task.Repository.Read("new.txt").ShouldBe("new\n");
    }

    [Fact]
    public async Task RollBack_PastWhatLanded_LeavesItLanded()
    {
        await using var task = await LiveTask.CreateAsync();
        await task.PrepareAsync();
        await task.StepAsync(("new.txt", "new\n"));
        await task.StepAsync(("notes.txt", "two\n"));
        await RestAsync(task);
        await AcceptAsync(task, "notes.txt");

        await task.Actor.RollbackAsync(1, CancellationToken.None);

        (await RemainingAsync(task)).ShouldBe(["new.txt"]);
        task.Log.Snapshot.Changes!.Files.ShouldBe(1);
        await AcceptAsync(task);
        task.Repository.Read("notes.txt").ShouldBe("two\n");
        task.Repository.Read("new.txt").ShouldBe("new\n");
    }

    [Fact]
    public async Task RollBack_ToTheStart_LeavesNothingToAccept()
    {
        await using var task = await TwoFilesAsync();
        await AcceptAsync(task, "notes.txt");

        await task.Actor.RollbackAsync(0, CancellationToken.None);

        task.Log.Snapshot.Head.ShouldBe(task.Log.Snapshot.StartCommit);
        (await RemainingAsync(task)).ShouldBeEmpty();
    }

    [Fact]
    public async Task TheRest_SurvivesAGarbageCollection()
    {
        await using var task = await TwoFilesAsync();
        await AcceptAsync(task, "notes.txt");

        await task.Repository.GitAsync("gc", "--quiet", "--prune=now");

        (await RemainingAsync(task)).ShouldBe(["new.txt"]);
    }

    internal static async Task<LiveTask> TwoFilesAsync(TaskSettings? settings = null, bool acceptWhenReady = false)
    {
        var task = await LiveTask.CreateAsync(settings: settings, acceptWhenReady: acceptWhenReady);
        await task.PrepareAsync();
        await task.StepAsync(("notes.txt", "two\n"), ("new.txt", "new\n"));
        await RestAsync(task);
        return task;
    }

    /// <summary>The task comes to rest without having been running last, so that nothing accepts it by itself.</summary>
    internal static async Task RestAsync(LiveTask task)
    {
        task.Log.Append(new TaskStateChanged { To = TaskState.Stopped });
        task.Log.Append(new TaskStateChanged { To = TaskState.ReadyForReview });
        await task.TakeUpAsync();
    }

    internal static Task<TaskMergeResult> AcceptAsync(LiveTask task, params string[] files) => task.Actor.AcceptAsync(
        new AcceptParams(LiveTask.Id, task.Log.Snapshot.Head, Files: files.Length == 0 ? null : files), task.Repository.Path, CancellationToken.None);

    internal static async Task<string[]> RemainingAsync(LiveTask task)
    {
        var diff = await task.Git.CompareAsync(task.Log.Snapshot.BaseCommit, task.Log.Snapshot.Head, CancellationToken.None);
        return [.. diff.Files.Select(file => file.Path)];
    }
}
