namespace Agent.Ide.Git.Tests;

public sealed class WorktreeIndexTests
{
    [Fact]
    public async Task RefreshIndex_AfterAPersonStagedSomething_SaysWhatTheBranchSays()
    {
        await using var task = await TaskFixture.CreateAsync(("a.txt", "1\n"), ("b.txt", "1\n"));
        task.Write("a.txt", "2\n");
        await task.StoreAsync("a.txt");
        (await task.StatusAsync()).ShouldBeEmpty();
        task.Write("b.txt", "2\n");
        await task.User.GitAsync("-C", task.Task.Root, "add", "b.txt");

        (await task.StatusAsync()).ShouldBe(" M b.txt");
        (await task.StoreAsync()).Files.ShouldBe([new CheckpointFile("b.txt", FileChange.Modified)]);
        (await task.StatusAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Scan_WhenCancelled_LeavesNoLockBehind()
    {
        await using var task = await TaskFixture.CreateAsync();
        await Shell.RunAsync(task.Task.Root, "mkfifo .gitignore");
        using var cancel = new CancellationTokenSource();
        var scanning = task.Checkpoints.StoreAsync(
            new CheckpointRequest { Worktree = task.Task, ExpectedTip = task.Task.Base, Subject = "x" }, cancel.Token);
        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => scanning.WaitAsync(TimeSpan.FromSeconds(30)));

        File.Delete(task.FullPath(".gitignore"));
        File.Exists(Path.Combine(task.Task.GitDirectory, "index.lock")).ShouldBeFalse();
        task.Write("a.txt", "2\n");
        (await task.StoreAsync()).Commit.ShouldNotBeNull();
    }

    [Fact]
    public async Task Checkpoints_OfManyTasksAtOnce_AllArrive()
    {
        await using var task = await TaskFixture.CreateAsync(("a.txt", "1\n"));
        const int Tasks = 6;
        const int Steps = 5;
        var worktrees = await Task.WhenAll(Enumerable.Range(0, Tasks).Select(
            index => task.Worktrees.CreateAsync(new WorktreeRequest { Id = $"many{index}", Place = task.Place })));

        await Task.WhenAll(worktrees.Select(async worktree =>
        {
            var tip = worktree.Base;
            for (var step = 1; step <= Steps; step++)
            {
                await File.WriteAllTextAsync(Path.Combine(worktree.Root, "a.txt"), $"{worktree.Id} {step}\n");
                var named = step % 2 == 0 ? null : new[] { "a.txt" };
                tip = (await task.Checkpoints.StoreAsync(
                    new CheckpointRequest { Worktree = worktree, ExpectedTip = tip, Paths = named, Subject = $"step {step}" })).Commit!;
            }
        }));

        foreach (var worktree in worktrees)
        {
            (await task.User.GitAsync("rev-list", "--count", $"{worktree.Base}..{worktree.Branch}")).ShouldBe($"{Steps}");
            (await task.User.ShowAsync(worktree.Branch, "a.txt")).ShouldBe($"{worktree.Id} {Steps}\n");
        }

        await task.User.FsckAsync();
    }
}
