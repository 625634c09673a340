using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Git.Tests;

public sealed class WorktreeTests
{
    [Fact]
    public async Task Create_MakesWorktreeBranchAndBase_AndTheUserSeesNothing()
    {
        await using var user = await TempRepository.CreateAsync(("a.txt", "one\n"), ("dir/b.txt", "b\n"));
        user.Write("a.txt", "edited\n");
        var before = await user.FingerprintAsync();
        await using var task = await TaskFixture.OpenAsync(user);

        var worktree = await task.Worktrees.CreateAsync(new WorktreeRequest { Id = "fix-it", Place = task.Place });

        worktree.Root.ShouldBe(Path.Combine(user.Path, ".worktrees", "fix-it"));
        worktree.Branch.ShouldBe("refs/heads/agent/fix-it");
        worktree.Base.ShouldBe(await user.HashAsync("HEAD"));
        (await user.HashAsync("refs/agent-ide/base/fix-it")).ShouldBe(worktree.Base);
        File.ReadAllText(Path.Combine(worktree.Root, "dir/b.txt")).ShouldBe("b\n");
        (await user.GitAsync("-C", worktree.Root, "status", "--porcelain", "--branch")).ShouldBe("## agent/fix-it");
        (await user.FingerprintAsync()).ShouldEqual(before);
        (await task.Worktrees.ListAsync()).ShouldBe([worktree]);
        (await task.Worktrees.FindAsync("fix-it")).ShouldBe(worktree);
    }

    [Fact]
    public async Task Create_ManyAtOnce_AllSucceed_AndTheFolderIsHiddenOnce()
    {
        await using var user = await TempRepository.CreateAsync(("a.txt", "one\n"));
        await using var task = await TaskFixture.OpenAsync(user);

        var worktrees = await Task.WhenAll(Enumerable.Range(0, 12).Select(
            index => task.Worktrees.CreateAsync(new WorktreeRequest { Id = $"t{index}", Place = task.Place })));

        worktrees.Length.ShouldBe(12);
        worktrees.ShouldAllBe(worktree => File.Exists(Path.Combine(worktree.Root, "a.txt")));
        File.ReadAllLines(Path.Combine(user.Path, ".git/info/exclude")).Count(line => line == "/.worktrees/").ShouldBe(1);
        (await user.GitAsync("status", "--porcelain")).ShouldBeEmpty();
        await user.FsckAsync();
    }

    [Fact]
    public async Task Create_FromALinkedWorktreeOfTheUser_HidesItsFolderThereToo()
    {
        await using var user = await TempRepository.CreateAsync(("a.txt", "one\n"));
        var linked = Path.Combine(user.Folder, "linked");
        await user.GitAsync("worktree", "add", "-q", "-b", "feature", linked);
        var program = await GitProgram.LocateAsync("git", user.Environment);
        var repository = await GitRepository.OpenAsync(program, linked);
        await using var store = new GitStore(repository);
        using var worktrees = new Worktrees(new Checkpoints(store));

        var worktree = await worktrees.CreateAsync(new WorktreeRequest { Id = "t", Place = new() { Checkout = repository.Checkout } });

        worktree.Root.ShouldBe(Path.Combine(linked, ".worktrees", "t"));
        repository.MainCheckout.ShouldBe(user.Path);
        (await user.GitAsync("-C", linked, "status", "--porcelain")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Create_FromADetachedHeadOrANamedRef_StartsThere()
    {
        await using var user = await TempRepository.CreateAsync(("a.txt", "one\n"));
        var first = await user.HashAsync("HEAD");
        user.Write("a.txt", "two\n");
        var second = await user.CommitAsync();
        await user.GitAsync("checkout", "-q", "--detach");
        await using var task = await TaskFixture.OpenAsync(user);

        var detached = await task.Worktrees.CreateAsync(new WorktreeRequest { Id = "d", Place = task.Place });
        var named = await task.Worktrees.CreateAsync(new WorktreeRequest { Id = "n", Place = task.Place, BaseRevision = "main~1" });
        var unknown = await Should.ThrowAsync<GitException>(
            () => task.Worktrees.CreateAsync(new WorktreeRequest { Id = "u", Place = task.Place, BaseRevision = "--nonsense" }));

        detached.Base.ShouldBe(second);
        named.Base.ShouldBe(first);
        unknown.Problem.ShouldBe(GitProblem.UnknownCommit);
    }

    [Theory]
    [InlineData("agent", GitProblem.BranchBlocked)]
    [InlineData("agent/t", GitProblem.BranchExists)]
    [InlineData("agent/t/deeper", GitProblem.BranchBlocked)]
    public async Task Create_WhenABranchIsInTheWay_SaysWhichAndLeavesNothing(string branch, GitProblem problem)
    {
        await using var user = await TempRepository.CreateAsync(("a.txt", "one\n"));
        await user.GitAsync("branch", branch);
        await using var task = await TaskFixture.OpenAsync(user);
        var before = await user.FingerprintAsync();

        var failure = await Should.ThrowAsync<GitException>(
            () => task.Worktrees.CreateAsync(new WorktreeRequest { Id = "t", Place = task.Place }));

        failure.Problem.ShouldBe(problem);
        failure.Message.ShouldContain($"branch {branch} ");
        Directory.Exists(Path.Combine(user.Path, ".worktrees")).ShouldBeFalse();
        (await user.GitAsync("for-each-ref", "refs/agent-ide")).ShouldBeEmpty();
        (await user.FingerprintAsync()).ShouldEqual(before);
    }

    [Fact]
    public async Task Create_WhenTheFolderExists_LeavesItAndMakesNoBranch()
    {
        await using var user = await TempRepository.CreateAsync(("a.txt", "one\n"));
        user.Write(".worktrees/t/mine", "mine\n");
        await using var task = await TaskFixture.OpenAsync(user);

        var failure = await Should.ThrowAsync<GitException>(
            () => task.Worktrees.CreateAsync(new WorktreeRequest { Id = "t", Place = task.Place }));

        failure.Problem.ShouldBe(GitProblem.WorktreeExists);
        user.Read(".worktrees/t/mine").ShouldBe("mine\n");
        (await user.GitAsync("branch", "--list", "agent/*")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Create_WhenTheBaseFolderIsALink_Refuses()
    {
        await using var user = await TempRepository.CreateAsync(("a.txt", "one\n"));
        user.Link(".worktrees", user.Home);
        await using var task = await TaskFixture.OpenAsync(user);

        (await Should.ThrowAsync<GitException>(() => task.Worktrees.CreateAsync(new WorktreeRequest { Id = "t", Place = task.Place })))
            .Message.ShouldContain("is a link");
    }

    [Fact]
    public async Task Create_CarryingUncommittedWork_MakesItTheBase_AndTouchesNeitherIndexNorFiles()
    {
        await using var user = await TempRepository.CreateAsync(
            ("modified", "1\n"), ("staged", "1\n"), ("deleted", "1\n"), ("both", "1\n"), (".gitignore", "*.log\n"), ("same", "1\n"));
        user.Write("modified", "2\n").Write("staged", "2\n").Write("both", "2\n").Delete("deleted").Write("new/file", "n\n").Write("x.log", "l\n");
        await user.GitAsync("add", "staged", "both");
        user.Write("both", "3\n");
        await Shell.RunAsync(user.Path, "git init -q nested && echo x > nested/x");
        await user.TryGitAsync("update-index", "--refresh", "-q");
        var before = await user.FingerprintAsync();
        await using var task = await TaskFixture.OpenAsync(user);
        await Shell.RunAsync(user.Path, "mkfifo pipe");

        var worktree = await task.Worktrees.CreateAsync(new WorktreeRequest { Id = "t", Place = task.Place, IncludeUncommitted = true });

        // Taking a fingerprint would wait at it.
        File.Delete(user.FullPath("pipe"));
        var commit = await task.Store.ReadCommitAsync(worktree.Base);
        commit!.Parents.ShouldBe([await user.HashAsync("HEAD")]);
        (await user.GitAsync("diff", "--name-status", "HEAD", worktree.Base)).ShouldBe("M\tboth\nD\tdeleted\nM\tmodified\nA\tnew/file\nM\tstaged");
        File.ReadAllText(Path.Combine(worktree.Root, "both")).ShouldBe("3\n");
        (await user.FingerprintAsync()).ShouldEqual(before);
    }

    [Fact]
    public async Task Create_CarryingNothing_StartsFromHead()
    {
        await using var user = await TempRepository.CreateAsync(("a", "1\n"));
        await using var task = await TaskFixture.OpenAsync(user);

        var worktree = await task.Worktrees.CreateAsync(new WorktreeRequest { Id = "t", Place = task.Place, IncludeUncommitted = true });

        worktree.Base.ShouldBe(await user.HashAsync("HEAD"));
    }

    [Fact]
    public async Task Remove_KeepsWhatWasThere_AndRestoreBringsItBack()
    {
        await using var task = await TaskFixture.CreateAsync(("a.txt", "one\n"), (".gitignore", "*.log\n"));
        task.Write("a.txt", "two\n");
        await task.StoreAsync("a.txt");
        var tip = await task.TipAsync();
        task.Write("untracked", "u\n");
        task.Write("x.log", "ignored\n");
        Directory.CreateSymbolicLink(task.FullPath("home"), task.User.Home);
        File.WriteAllText(Path.Combine(task.User.Home, "precious"), "p");
        await Shell.RunAsync(task.Task.Root, "mkdir -p locked/in && echo x > locked/in/f && chmod 555 locked/in && printf x > \"$(printf 'b\\377.log')\"");

        var removal = await task.Worktrees.RemoveAsync(task.Task, deleteBranch: true);

        removal.KeptRef.ShouldBe("refs/agent-ide/kept/t/1");
        removal.NotKept.ShouldBeEmpty();
        Directory.Exists(Path.Combine(task.User.Path, ".worktrees")).ShouldBeFalse();
        Directory.Exists(task.Task.GitDirectory).ShouldBeFalse();
        File.Exists(Path.Combine(task.User.Home, "precious")).ShouldBeTrue();
        (await task.User.GitAsync("branch", "--list", "agent/*")).ShouldBeEmpty();
        (await task.Worktrees.ListAsync()).ShouldBeEmpty();

        var restored = await task.Worktrees.RestoreAsync("t", task.Place);

        restored.ShouldBe(task.Task);
        File.ReadAllText(task.FullPath("a.txt")).ShouldBe("two\n");
        File.ReadAllText(task.FullPath("untracked")).ShouldBe("u\n");
        File.ReadAllText(task.FullPath("x.log")).ShouldBe("ignored\n");
        (await task.TipAsync()).ShouldBe(tip);
        (await task.StatusAsync()).ShouldBe("?? home\n?? locked/in/f\n?? untracked");
        await task.User.FsckAsync();
    }

    [Fact]
    public async Task Remove_WhenTheFolderIsSomebodyElses_Refuses()
    {
        await using var task = await TaskFixture.CreateAsync();
        await Shell.RunAsync(task.Task.Root, "rm .git && git init -q .");

        var failure = await Should.ThrowAsync<GitException>(() => task.Worktrees.RemoveAsync(task.Task, deleteBranch: true));

        failure.Problem.ShouldBe(GitProblem.NotOurs);
        Directory.Exists(task.Task.Root).ShouldBeTrue();
    }

    [Fact]
    public async Task List_LeavesTheUsersOwnWorktreesOut_AndRemovingOneOfOursWhoseFolderIsGoneTouchesNoOther()
    {
        await using var task = await TaskFixture.CreateAsync();
        await task.User.GitAsync("worktree", "add", "-q", "-b", "mine", Path.Combine(task.User.Folder, "mine"));
        Directory.Delete(Path.Combine(task.User.Folder, "mine"), recursive: true);
        Directory.Delete(task.Task.Root, recursive: true);

        (await task.Worktrees.ListAsync()).Select(worktree => worktree.Id).ShouldBe(["t"]);
        (await task.Worktrees.RemoveAsync(task.Task, deleteBranch: false)).KeptCommit.ShouldBe(task.Task.Base);

        (await task.Worktrees.ListAsync()).ShouldBeEmpty();
        Directory.Exists(Path.Combine(task.Repository.CommonDirectory, "worktrees", "mine")).ShouldBeTrue();
        (await task.User.GitAsync("rev-parse", "agent/t")).ShouldBe(task.Task.Base);
    }

    [Fact]
    public async Task Create_BelowAFolderReachedThroughALink_NamesTheRealOne_AndCanBeRemoved()
    {
        await using var user = await TempRepository.CreateAsync(("a", "1\n"));
        var real = Directory.CreateDirectory(Path.Combine(user.Folder, "real")).FullName;
        Directory.CreateSymbolicLink(Path.Combine(user.Folder, "link"), real);
        await using var task = await TaskFixture.OpenAsync(user);
        var place = task.Place with { BasePath = Path.Combine(user.Folder, "link", "wt"), BranchPrefix = "team/agents" };

        var worktree = await task.Worktrees.CreateAsync(new WorktreeRequest { Id = "t", Place = place });

        worktree.Root.ShouldBe(Path.Combine(real, "wt", "t"));
        worktree.Branch.ShouldBe("refs/heads/team/agents/t");
        (await task.Worktrees.ListAsync()).ShouldBe([worktree]);
        await task.Worktrees.RemoveAsync(worktree, deleteBranch: true);
        Directory.Exists(real).ShouldBeTrue();
        Directory.Exists(worktree.Root).ShouldBeFalse();
    }

    [Fact]
    public async Task Remove_AfterItWasInterrupted_GoesOnWhereItStopped()
    {
        await using var task = await TaskFixture.CreateAsync();
        task.Write("a.txt", "two\n");
        var step = (await task.StoreAsync("a.txt")).Commit!;
        await task.User.GitAsync("update-ref", "refs/agent-ide/kept/t/1", step);
        Directory.Delete(task.Task.Root, recursive: true);

        var removal = await task.Worktrees.RemoveAsync(task.Task, deleteBranch: true);

        removal.KeptRef.ShouldBe("refs/agent-ide/kept/t/1");
        removal.KeptCommit.ShouldBe(step);
        (await task.Worktrees.ListAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Remove_WhenTheBranchWasDeletedByHand_KeepsTheFilesAllTheSame()
    {
        await using var task = await TaskFixture.CreateAsync();
        task.Write("a.txt", "two\n");
        await task.StoreAsync("a.txt");
        await task.User.GitAsync("update-ref", "-d", task.Task.Branch);

        var removal = await task.Worktrees.RemoveAsync(task.Task, deleteBranch: true);

        (await task.User.ShowAsync(removal.KeptCommit, "a.txt")).ShouldBe("two\n");
    }

    [Theory]
    [InlineData("claimed")]
    [InlineData("added")]
    [InlineData("marked")]
    [InlineData("half written")]
    public async Task Create_AfterItWasKilled_BeginsAgain(string stage)
    {
        await using var task = await TaskFixture.CreateAsync(("a.txt", "one\n"), ("b.txt", "two\n"));
        var mark = Path.Combine(task.Task.GitDirectory, "agent-ide-task");
        switch (stage)
        {
            case "claimed":
                await task.User.GitAsync("worktree", "remove", "--force", task.Task.Root);
                break;
            case "added":
                File.Delete(mark);
                await Shell.RunAsync(task.Task.Root, "rm *.txt");
                break;
            case "marked":
                File.WriteAllLines(mark, File.ReadAllLines(mark)[..2]);
                await Shell.RunAsync(task.Task.Root, "rm *.txt");
                break;
            default:
                File.WriteAllLines(mark, File.ReadAllLines(mark)[..2]);
                File.Delete(task.FullPath("b.txt"));
                break;
        }

        (await task.Worktrees.FindAsync("t")).ShouldBeNull();
        var again = await task.Worktrees.CreateAsync(new WorktreeRequest { Id = "t", Place = task.Place });

        (await task.Worktrees.FindAsync("t")).ShouldBe(again);
        File.ReadAllText(Path.Combine(again.Root, "b.txt")).ShouldBe("two\n");
        (await task.StoreAsync()).Commit.ShouldBeNull();
    }

    [Fact]
    public async Task Restore_AfterItWasKilled_BeginsAgain()
    {
        await using var task = await TaskFixture.CreateAsync();
        task.Write("a.txt", "two\n");
        await task.StoreAsync();
        await task.Worktrees.RemoveAsync(task.Task, deleteBranch: true);
        var restored = await task.Worktrees.RestoreAsync("t", task.Place);
        var mark = Path.Combine(restored.GitDirectory, "agent-ide-task");
        File.WriteAllLines(mark, File.ReadAllLines(mark)[..2]);
        File.WriteAllText(Path.Combine(restored.Root, "a.txt"), "one\n");

        (await task.Worktrees.RestoreAsync("t", task.Place)).ShouldBe(restored);

        File.ReadAllText(Path.Combine(restored.Root, "a.txt")).ShouldBe("two\n");
    }
}
