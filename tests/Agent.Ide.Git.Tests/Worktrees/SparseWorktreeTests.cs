using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Git.Tests;

public sealed class SparseWorktreeTests
{
    private static async Task<TempRepository> CreateAsync(string how)
    {
        var user = await TempRepository.CreateAsync(("in/a", "a\n"), ("out/b", "b\n"), ("out/deep/c", "c\n"), ("half/shown", "s\n"), ("half/hidden/h", "h\n"), ("root", "r\n"));
        switch (how)
        {
            case "cone":
                await user.GitAsync("sparse-checkout", "set", "--cone", "in");
                break;
            case "cone, sparse index":
                await user.GitAsync("sparse-checkout", "set", "--cone", "--sparse-index", "in");
                break;
            case "patterns":
                await user.GitAsync("sparse-checkout", "set", "--no-cone", "/in/", "/root", "/half/shown");
                break;
            default:
                user.AppendConfig("core.sparseCheckout", "true");
                user.Write(".git/info/sparse-checkout", "/in/\n/root\n");
                await user.GitAsync("read-tree", "-m", "-u", "HEAD");
                break;
        }

        return user;
    }

    [Theory]
    [InlineData("cone")]
    [InlineData("cone, sparse index")]
    [InlineData("patterns")]
    [InlineData("by hand, without a configuration of its own")]
    public async Task Worktree_OfASparseCheckout_IsSparse_AndNoCheckpointDeletesWhatIsLeftOut(string how)
    {
        await using var user = await CreateAsync(how);
        var before = await user.FingerprintAsync();
        await using var task = await (await TaskFixture.OpenAsync(user)).WithTaskAsync();
        Directory.Exists(task.FullPath("out")).ShouldBeFalse();
        File.Exists(task.FullPath("in/a")).ShouldBeTrue();
        (await task.StatusAsync()).ShouldBeEmpty();

        task.Write("in/a", "changed\n");
        (await task.StoreAsync()).Files.Select(file => file.Path).ShouldBe(["in/a"]);
        task.Write("out/new", "outside of the patterns\n");
        task.Write("out/b", "written over what was never there\n");
        (await task.StoreAsync()).Files.Select(file => file.Path).ShouldBe(["out/b", "out/new"]);
        (await task.StatusAsync()).ShouldBeEmpty();
        (await task.StoreAsync()).Files.ShouldBeEmpty();
        (await task.StoreAsync("out/new", "in/a")).Files.ShouldBeEmpty();

        (await task.TreeAsync()).ShouldBe(
            ["100644 half/hidden/h", "100644 half/shown", "100644 in/a", "100644 out/b", "100644 out/deep/c", "100644 out/new", "100644 root"]);
        await task.Rollback.ToAsync(task.Task, await task.TipAsync(), task.Task.Base);
        File.Exists(task.FullPath("out/new")).ShouldBeFalse();
        (await task.StatusAsync()).ShouldBeEmpty();
        (await task.StoreAsync()).Files.ShouldBeEmpty();
        (await user.FingerprintAsync()).ShouldEqual(before);
    }

    [Fact]
    public async Task Checkpoint_OfAFolderThatIsGone_DeletesOnlyWhatWasCheckedOut()
    {
        await using var user = await CreateAsync("patterns");
        await using var task = await (await TaskFixture.OpenAsync(user)).WithTaskAsync();
        Directory.Delete(task.FullPath("half"), recursive: true);

        (await task.StoreAsync("half")).Files.Select(file => file.Path).ShouldBe(["half/shown"]);
    }

    [Fact]
    public async Task Checkpoint_OfAFileWithTheNameOfAFolderThatIsLeftOut_StoresNothingOverIt_AndSaysSo()
    {
        await using var user = await CreateAsync("cone");
        await using var task = await (await TaskFixture.OpenAsync(user)).WithTaskAsync();
        task.Write("out", "a file of that name\n");

        var stored = await task.StoreAsync("out");

        stored.Files.ShouldBeEmpty();
        stored.Skipped.ShouldHaveSingleItem().Reason.ShouldBe(SkipReason.CoversHidden);
    }

    [Fact]
    public async Task Worktree_ForAFullLinkedCheckoutOfASparseOne_IsFull()
    {
        await using var user = await TempRepository.CreateAsync(("in/a", "a\n"), ("out/b", "b\n"));
        var linked = Path.Combine(user.Folder, "linked");
        await user.GitAsync("worktree", "add", "-q", "-b", "linked", linked);
        await user.GitAsync("sparse-checkout", "set", "--cone", "in");
        var repository = await GitRepository.OpenAsync(await GitProgram.LocateAsync("git", user.Environment), linked);
        await using var store = new GitStore(repository);
        using var worktrees = new Worktrees(new Checkpoints(store));

        var worktree = await worktrees.CreateAsync(new WorktreeRequest { Id = "t", Place = new() { Checkout = repository.Checkout } });

        File.Exists(Path.Combine(worktree.Root, "out/b")).ShouldBeTrue();
    }

    [Fact]
    public async Task Remove_AndRestore_OfASparseWorktree_KeepsItSparse_AndTheAgentsFilesOutsideToo()
    {
        await using var user = await CreateAsync("cone");
        user.Write("in/carried", "carried\n");
        await using var task = await TaskFixture.OpenAsync(user);
        var worktree = await task.Worktrees.CreateAsync(new WorktreeRequest { Id = "t", Place = task.Place, IncludeUncommitted = true });
        (await user.GitAsync("diff", "--name-status", "HEAD", worktree.Base)).ShouldBe("A\tin/carried");
        Directory.CreateDirectory(Path.Combine(worktree.Root, "out"));
        File.WriteAllText(Path.Combine(worktree.Root, "out/b"), "by the agent\n");

        await task.Worktrees.RemoveAsync(worktree, deleteBranch: true);
        var restored = await task.Worktrees.RestoreAsync("t", task.Place);

        File.ReadAllText(Path.Combine(restored.Root, "out/b")).ShouldBe("by the agent\n");
        Directory.Exists(Path.Combine(restored.Root, "out/deep")).ShouldBeFalse();
        (await user.GitAsync("ls-tree", "-r", "--name-only", restored.Branch)).ShouldContain("out/deep/c");
    }
}
