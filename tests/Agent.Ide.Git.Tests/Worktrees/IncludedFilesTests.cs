using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Git.Tests;

public sealed class IncludedFilesTests
{
    private const string Secret = "API_KEY=the-users-own-key\n";

    private static async Task<TaskFixture> CreateAsync(string patterns = ".env\n*.pem\n")
    {
        var user = await TempRepository.CreateAsync((".gitignore", ".env\n*.pem\nbuild/\n"), (".worktreeinclude", patterns), ("a.txt", "one\n"));
        user.Write(".env", Secret).Write("certificates/deep/own.pem", "a private key\n").Write("build/out.bin", "built\n").Write("plain.txt", "untracked\n");
        user.Executable("certificates/deep/own.pem");
        return await (await TaskFixture.OpenAsync(user)).WithTaskAsync();
    }

    /// <summary>Everything any ref of the repository holds.</summary>
    private static async Task<string> AllContentAsync(TaskFixture task) =>
        await task.User.GitAsync("log", "--all", "-p", "--format=%H %B", "--", ".");

    [Fact]
    public async Task Create_CopiesWhatIsIgnoredAndNamed_WithItsMode_AndNothingElse()
    {
        await using var task = await CreateAsync("*\n!/build\n!/build/**\n");
        task.User.Write(".worktrees/t/.env", "another agent's\n");
        var before = await task.User.FingerprintAsync();

        var second = await task.Worktrees.CreateAsync(new WorktreeRequest { Id = "second", Place = task.Place });

        File.ReadAllText(Path.Combine(second.Root, ".env")).ShouldBe(Secret);
        File.GetUnixFileMode(Path.Combine(second.Root, "certificates/deep/own.pem")).HasFlag(UnixFileMode.UserExecute).ShouldBeTrue();
        File.Exists(Path.Combine(second.Root, "plain.txt")).ShouldBeFalse();
        File.Exists(Path.Combine(second.Root, "build/out.bin")).ShouldBeFalse();
        Directory.Exists(Path.Combine(second.Root, ".worktrees")).ShouldBeFalse();
        (await task.User.GitAsync("-C", second.Root, "status", "--porcelain")).ShouldBeEmpty();
        Worktrees.NoticesOf(second).ShouldBeEmpty();
        (await task.User.FingerprintAsync()).ShouldEqual(before);
    }

    [Theory]
    [InlineData("edited and no longer ignored", "echo more >> .env; echo > .gitignore")]
    [InlineData("renamed", "mv .env settings.txt")]
    [InlineData("renamed over a tracked file", "mv .env a.txt")]
    [InlineData("copied", "mkdir -p src && cp .env src/settings.txt && echo > .gitignore")]
    [InlineData("linked", "ln .env settings.txt")]
    [InlineData("replaced and no longer ignored", "echo API_KEY=another > new && mv new .env && echo > .gitignore")]
    [InlineData("deleted from the list's point of view, with a folder in its place", "mv .env x && mkdir .env && mv x .env/inner && echo > .gitignore")]
    public async Task Checkpoint_WhateverAnAgentDoesToIt_DoesNotHoldIt(string how, string script)
    {
        await using var task = await CreateAsync();
        await Shell.RunAsync(task.Task.Root, script);
        task.Write("work.txt", "work\n");

        var stored = await task.StoreAsync();
        await Shell.RunAsync(task.Task.Root, "for f in settings.txt src/settings.txt; do if [ -e $f ]; then echo API_KEY=edited >> $f; mv $f moved-on.txt; fi; done");
        await task.StoreAsync();
        var removal = await task.Worktrees.RemoveAsync(task.Task, deleteBranch: true);

        stored.Files.Select(file => file.Path).ShouldContain("work.txt", how);
        (await AllContentAsync(task)).ShouldNotContain("API_KEY", Case.Sensitive, how);
        (await task.User.GitAsync("ls-tree", "-r", "--name-only", removal.KeptCommit)).Split('\n').ShouldNotContain("moved-on.txt");
    }

    [Fact]
    public async Task Checkpoint_ByPaths_LeavesItOutToo_AndSaysSo()
    {
        await using var task = await CreateAsync();
        await Shell.RunAsync(task.Task.Root, "echo > .gitignore; echo edited >> .env; mv certificates/deep/own.pem kept.txt");

        var stored = await task.StoreAsync(".gitignore", ".env", "kept.txt", "certificates/deep/own.pem");

        stored.Files.Select(file => file.Path).ShouldBe([".gitignore"]);
        stored.Skipped.Where(path => path.Reason == SkipReason.Included).Select(path => path.Path).ShouldBe([".env", "kept.txt"], ignoreOrder: true);
    }

    [Fact]
    public async Task Checkpoint_OfAFileThatLooksLikeAnIncludedOneOnlyBecauseTheRepositoryHasIt_IsStored()
    {
        var user = await TempRepository.CreateAsync((".gitignore", ".env\n"), (".worktreeinclude", ".env\n"), (".env.example", "KEY=fill me in\n"));
        user.Write(".env", "KEY=fill me in\n");
        await using var task = await (await TaskFixture.OpenAsync(user)).WithTaskAsync();
        task.Write("sub/.env.example", "KEY=fill me in\n");

        (await task.StoreAsync()).Files.Select(file => file.Path).ShouldBe(["sub/.env.example"]);
    }

    [Fact]
    public async Task Rollback_ThatTakesTheIgnoreRuleBack_LeavesItWhereItIs_AndKeepsNoCopy()
    {
        await using var task = await CreateAsync();
        await Shell.RunAsync(task.Task.Root, "echo > .gitignore; echo work > work.txt");
        var step = (await task.StoreAsync()).Commit!;

        var kept = await task.Rollback.ToAsync(task.Task, step, task.Task.Base);

        kept.ShouldNotBeNull();
        File.ReadAllText(task.FullPath(".env")).ShouldBe(Secret);
        (await AllContentAsync(task)).ShouldNotContain("the-users-own-key");
        (await task.StatusAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Restore_TakesItFromTheUsersCheckoutAgain_AndNeverThroughALinkOfAnAgent()
    {
        await using var task = await CreateAsync();
        var outside = Directory.CreateDirectory(Path.Combine(task.User.Folder, "outside")).FullName;
        await Shell.RunAsync(task.Task.Root, $"rm -rf certificates && ln -s {outside} certificates && echo edited > .env && echo '*' > .worktreeinclude");
        await task.StoreAsync();
        await task.Worktrees.RemoveAsync(task.Task, deleteBranch: true);
        task.User.Write(".env", "API_KEY=rotated\n");

        var restored = await task.Worktrees.RestoreAsync("t", task.Place);

        File.ReadAllText(Path.Combine(restored.Root, ".env")).ShouldBe("API_KEY=rotated\n");
        Directory.EnumerateFileSystemEntries(outside).ShouldBeEmpty();
        Directory.Exists(Path.Combine(restored.Root, "build")).ShouldBeFalse("an agent's patterns do not count");
        Worktrees.NoticesOf(restored).ShouldHaveSingleItem().ShouldContain("certificates/deep/own.pem");
    }

    [Fact]
    public async Task Create_WhenALinkLeadsOut_LeavesItOutAndSaysSo_AndKeepsOneThatStaysInside()
    {
        await using var user = await TempRepository.CreateAsync((".gitignore", "*.pem\n"), (".worktreeinclude", "*.pem\n"), ("a.txt", "one\n"));
        user.Link("out.pem", "/etc/passwd").Link("up.pem", "../home/x").Link("in/ok.pem", "../a.txt");
        await Shell.RunAsync(user.Path, "mkfifo pipe.pem");
        await using var task = await (await TaskFixture.OpenAsync(user)).WithTaskAsync();

        new FileInfo(task.FullPath("in/ok.pem")).LinkTarget.ShouldBe("../a.txt");
        Path.Exists(task.FullPath("out.pem")).ShouldBeFalse();
        Worktrees.NoticesOf(task.Task).Count.ShouldBe(2);
        Worktrees.NoticesOf(task.Task)[0].ShouldContain("out.pem");
        File.Delete(user.FullPath("pipe.pem"));
    }

    [Fact]
    public async Task Create_WhenItNamesTooMuch_FailsAndSaysWhat_AndLeavesNothing()
    {
        await using var user = await TempRepository.CreateAsync((".gitignore", "*.bin\n"), (".worktreeinclude", "*.bin\n"), ("a.txt", "one\n"));
        await Shell.RunAsync(user.Path, "truncate -s 3G huge.bin");
        await using var task = await TaskFixture.OpenAsync(user);

        var failure = await Should.ThrowAsync<GitException>(() => task.Worktrees.CreateAsync(new WorktreeRequest { Id = "t", Place = task.Place }));

        failure.Problem.ShouldBe(GitProblem.TooLarge);
        failure.Message.ShouldContain("huge.bin");
        Directory.Exists(Path.Combine(user.Path, ".worktrees")).ShouldBeFalse();
        (await user.GitAsync("branch", "--list", "agent/*")).ShouldBeEmpty();
    }

    [Fact]
    public async Task TheList_CutOffInTheMiddleOfARecord_IsReadAndGoesOn()
    {
        await using var task = await CreateAsync();
        await File.AppendAllTextAsync(Path.Combine(task.Task.GitDirectory, "agent-ide-included"), "pcut off");

        var included = IncludedFiles.Read(task.Task.GitDirectory);
        included.Add("new");
        included.Save();

        IncludedFiles.Read(task.Task.GitDirectory).Paths.ShouldBe([".env", "certificates/deep/own.pem", "cut off", "new"], ignoreOrder: true);
    }
}
