namespace Agent.Ide.Git.Tests;

public sealed class RollbackTests
{
    [Fact]
    public async Task Rollback_TakesFilesIndexAndBranchBack_AndKeepsWhatItUndoes()
    {
        await using var task = await TaskFixture.CreateAsync(("a", "1\n"), ("b", "1\n"), (".gitignore", "*.log\n"));
        task.Write("a", "2\n");
        task.Write("dir/new", "n\n");
        var first = (await task.StoreAsync()).Commit!;
        task.Write("a", "3\n");
        File.Delete(task.FullPath("b"));
        Directory.Delete(task.FullPath("dir"), recursive: true);
        task.Write("dir", "a file now\n");
        var second = (await task.StoreAsync()).Commit!;
        task.Write("leftover", "l\n");
        task.Write("x.log", "ignored\n");

        var kept = await task.Rollback.ToAsync(task.Task, second, first);

        kept.ShouldBe("refs/agent-ide/kept/t/1");
        (await task.TipAsync()).ShouldBe(first);
        File.ReadAllText(task.FullPath("a")).ShouldBe("2\n");
        File.ReadAllText(task.FullPath("b")).ShouldBe("1\n");
        File.ReadAllText(task.FullPath("dir/new")).ShouldBe("n\n");
        File.Exists(task.FullPath("leftover")).ShouldBeFalse();
        File.ReadAllText(task.FullPath("x.log")).ShouldBe("ignored\n");
        (await task.User.GitAsync("rev-parse", $"{kept}~1")).ShouldBe(second);
        (await task.User.ShowAsync(kept!, "leftover")).ShouldBe("l\n");
        (await task.User.GitAsync("-C", task.Task.Root, "status", "--porcelain")).ShouldBeEmpty();
        (await task.StoreAsync()).Commit.ShouldBeNull();
        await task.User.FsckAsync();
    }

    [Fact]
    public async Task Rollback_WhenAnIgnoredFileIsInTheWay_KeepsItToo()
    {
        await using var task = await TaskFixture.CreateAsync(("a.txt", "1\n"));
        task.Write("made.txt", "tracked\n");
        var first = (await task.StoreAsync("made.txt")).Commit!;
        File.Delete(task.FullPath("made.txt"));
        task.Write(".gitignore", "made.txt\n");
        var second = (await task.StoreAsync()).Commit!;
        task.Write("made.txt", "ignored now\n");

        var kept = await task.Rollback.ToAsync(task.Task, second, first);

        File.ReadAllText(task.FullPath("made.txt")).ShouldBe("tracked\n");
        (await task.User.ShowAsync(kept!, "made.txt")).ShouldBe("ignored now\n");
    }

    [Fact]
    public async Task Rollback_ToTheTipItself_KeepsNothing()
    {
        await using var task = await TaskFixture.CreateAsync();

        (await task.Rollback.ToAsync(task.Task, task.Task.Base, task.Task.Base)).ShouldBeNull();
    }

    [Fact]
    public async Task Rollback_ToACommitOutsideTheTask_Refuses()
    {
        await using var task = await TaskFixture.CreateAsync();
        task.Write("a.txt", "2\n");
        var tip = (await task.StoreAsync("a.txt")).Commit!;
        var elsewhere = await task.User.CommitAsync("elsewhere");

        (await Should.ThrowAsync<GitException>(() => task.Rollback.ToAsync(task.Task, tip, elsewhere))).Problem.ShouldBe(GitProblem.UnknownCommit);
        (await task.TipAsync()).ShouldBe(tip);
    }

    [Fact]
    public async Task Rollback_RunsNoFilterThatAnAgentAskedFor()
    {
        var user = await Testing.Repositories.TempRepository.CreateAsync(("a.txt", "1\n"));
        user.AppendConfig("filter.planted.smudge", $"touch {user.Folder}/ran; cat");
        await using var task = await (await TaskFixture.OpenAsync(user)).WithTaskAsync();
        task.Write(".gitattributes", "* filter=planted\n");
        task.Write("a.txt", "2\n");
        var first = (await task.StoreAsync()).Commit!;
        task.Write("a.txt", "3\n");
        var second = (await task.StoreAsync()).Commit!;

        await task.Rollback.ToAsync(task.Task, second, first);

        File.ReadAllText(task.FullPath("a.txt")).ShouldBe("2\n");
        File.Exists(Path.Combine(user.Folder, "ran")).ShouldBeFalse();
    }

    [Fact]
    public async Task Rollback_SmudgesWhatTheBaseAsksFor()
    {
        var user = await Testing.Repositories.TempRepository.CreateAsync((".gitattributes", "*.up filter=upper\n"), ("a.up", "ONE\n"), ("same.up", "SAME\n"));
        user.AppendConfig("filter.upper.clean", "tr a-z A-Z");
        user.AppendConfig("filter.upper.smudge", "tr A-Z a-z");
        await using var task = await (await TaskFixture.OpenAsync(user)).WithTaskAsync();
        task.Write("a.up", "two\n");
        var first = (await task.StoreAsync("a.up")).Commit!;
        task.Write("a.up", "three\n");
        var second = (await task.StoreAsync("a.up")).Commit!;

        await task.Rollback.ToAsync(task.Task, second, first);

        File.ReadAllText(task.FullPath("a.up")).ShouldBe("two\n");
        File.ReadAllText(task.FullPath("same.up")).ShouldBe("same\n");
        (await task.StoreAsync()).Commit.ShouldBeNull();
    }

    [Fact]
    public async Task Restore_SmudgesWhatTheBaseAsksForAndNothingElse()
    {
        var user = await Testing.Repositories.TempRepository.CreateAsync((".gitattributes", "*.up filter=upper\n"), ("a.up", "ONE\n"), ("b.up", "TWO\n"));
        user.AppendConfig("filter.upper.clean", "tr a-z A-Z");
        user.AppendConfig("filter.upper.smudge", "tr A-Z a-z");
        await using var task = await (await TaskFixture.OpenAsync(user)).WithTaskAsync();
        task.Write("a.up", "changed\n");
        task.Write(".gitattributes", "*.txt filter=upper\n");
        task.Write("c.txt", "UPPER\n");
        await task.Worktrees.RemoveAsync(task.Task, deleteBranch: true);

        await task.Worktrees.RestoreAsync("t", task.Place);

        File.ReadAllText(task.FullPath("a.up")).ShouldBe("changed\n");
        File.ReadAllText(task.FullPath("b.up")).ShouldBe("two\n");
        File.ReadAllText(task.FullPath("c.txt")).ShouldBe("UPPER\n");
        (await task.StoreAsync()).Files.Select(file => file.Path).ShouldBe([".gitattributes", "a.up", "c.txt"]);
    }

    [Fact]
    public async Task Rollback_NeverWritesThroughALinkThatAnAgentPutInAFoldersPlace()
    {
        await using var task = await TaskFixture.CreateAsync(("dir/a", "1\n"), ("dir/b", "1\n"));
        var outside = Directory.CreateDirectory(Path.Combine(task.User.Folder, "outside")).FullName;
        File.WriteAllText(Path.Combine(outside, "a"), "mine\n");
        Directory.Delete(task.FullPath("dir"), recursive: true);
        File.CreateSymbolicLink(task.FullPath("dir"), outside);
        var tip = (await task.StoreAsync()).Commit!;

        await task.Rollback.ToAsync(task.Task, tip, task.Task.Base);

        File.ReadAllText(Path.Combine(outside, "a")).ShouldBe("mine\n");
        Directory.GetFiles(outside).Length.ShouldBe(1);
        File.ReadAllText(task.FullPath("dir/b")).ShouldBe("1\n");
    }
}
