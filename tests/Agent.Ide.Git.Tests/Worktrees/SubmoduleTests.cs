using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Git.Tests;

public sealed class SubmoduleTests
{
    /// <summary>A repository with a submodule in <c>libs/one</c> that has one in <c>inner</c>, both initialised.</summary>
    private static async Task<TempRepository> CreateAsync()
    {
        var user = await TempRepository.CreateAsync(("a.txt", "one\n"));
        await Shell.RunAsync(
            user.Folder,
            """
            set -e
            g() { git -c protocol.file.allow=always -c user.name=x -c user.email=x@example.invalid -c init.defaultBranch=main "$@"; }
            g init -q inner && cd inner && echo inner > in.txt && g add . && g commit -qm 1 && cd ..
            g init -q one && cd one && echo sub > sub.txt && g submodule -q add ../inner inner && g add . && g commit -qm 1 && cd ..
            cd checkout && g submodule -q add ../one libs/one && g submodule -q update --init --recursive && g commit -qam sub
            """);
        return user;
    }

    [Fact]
    public async Task Create_WritesTheFilesOfSubmodules_NestedOnesToo_WithoutAnyAddress_AndCheckpointsLeaveThemAlone()
    {
        await using var user = await CreateAsync();
        Directory.Delete(Path.Combine(user.Folder, "one"), recursive: true);
        Directory.Delete(Path.Combine(user.Folder, "inner"), recursive: true);
        var before = await user.FingerprintAsync();

        await using var task = await (await TaskFixture.OpenAsync(user)).WithTaskAsync();

        File.ReadAllText(task.FullPath("libs/one/sub.txt")).ShouldBe("sub\n");
        File.ReadAllText(task.FullPath("libs/one/inner/in.txt")).ShouldBe("inner\n");
        Path.Exists(task.FullPath("libs/one/.git")).ShouldBeFalse();
        (await task.StatusAsync()).ShouldBeEmpty();
        task.Write("libs/one/sub.txt", "edited\n");
        task.Write("libs/one/new.txt", "new\n");
        (await task.StatusAsync()).ShouldBeEmpty();
        task.Write("a.txt", "two\n");
        (await task.StoreAsync()).Files.Select(file => file.Path).ShouldBe(["a.txt"]);
        (await task.TreeAsync()).ShouldContain("160000 libs/one");
        (await user.FingerprintAsync()).ShouldEqual(before);
        await task.Worktrees.RemoveAsync(task.Task, deleteBranch: true);
        File.Exists(Path.Combine((await task.Worktrees.RestoreAsync("t", task.Place)).Root, "libs/one/inner/in.txt")).ShouldBeTrue();
    }

    [Fact]
    public async Task Create_WhereTheObjectsAreNotHere_LeavesTheFolderEmptyAndSaysSo()
    {
        await using var user = await CreateAsync();
        Directory.Delete(user.FullPath(".git/modules/libs/one/modules"), recursive: true);

        await using var task = await (await TaskFixture.OpenAsync(user)).WithTaskAsync();

        File.Exists(task.FullPath("libs/one/sub.txt")).ShouldBeTrue();
        Directory.EnumerateFileSystemEntries(task.FullPath("libs/one/inner")).ShouldBeEmpty();
        Worktrees.NoticesOf(task.Task).ShouldHaveSingleItem().ShouldContain("libs/one/inner");
    }

    [Fact]
    public async Task Create_CarryingAMovedSubmodule_StartsFromWhereItIsNow()
    {
        await using var user = await CreateAsync();
        await Shell.RunAsync(user.FullPath("libs/one"), "echo newer > sub.txt && git -c user.name=x -c user.email=x@example.invalid commit -qam 2");
        await using var task = await TaskFixture.OpenAsync(user);

        var worktree = await task.Worktrees.CreateAsync(new WorktreeRequest { Id = "t", Place = task.Place, IncludeUncommitted = true });

        (await user.GitAsync("diff", "--name-status", "HEAD", worktree.Base)).ShouldBe("M\tlibs/one");
        File.ReadAllText(Path.Combine(worktree.Root, "libs/one/sub.txt")).ShouldBe("newer\n");
    }

    [Theory]
    [InlineData("../../../../outside", "libs/one", "https://example.invalid/x")]
    [InlineData("libs/one", "../outside", "ext::sh -c 'touch /tmp/agent-ide-owned'")]
    [InlineData("-upload-pack=touch", "libs/one", "-u./payload")]
    [InlineData("/etc", "libs/one", "file:///etc")]
    [InlineData("a/../../b", ".git/hooks", "x")]
    public async Task Create_WithAHostileGitmodules_DoesNothingWithIt(string name, string path, string url)
    {
        await using var user = await CreateAsync();
        var marker = Path.Combine(user.Folder, "ran");
        user.Write(".gitmodules", $"[submodule \"{name}\"]\n\tpath = {path}\n\turl = {url}\n\tupdate = !touch {marker}\n[core]\n\tfsmonitor = touch {marker}\n\thooksPath = /tmp\n");
        await user.CommitAsync();
        Directory.CreateDirectory(Path.Combine(user.Folder, "outside"));
        await Shell.RunAsync(user.Path, $"printf '#!/bin/sh\\ntouch {marker}\\n' | tee .git/modules/libs/one/hooks/post-checkout > .git/hooks/post-checkout; chmod +x .git/hooks/post-checkout .git/modules/libs/one/hooks/post-checkout");

        await using var task = await (await TaskFixture.OpenAsync(user)).WithTaskAsync();

        Directory.EnumerateFileSystemEntries(task.FullPath("libs/one")).ShouldBeEmpty();
        Directory.EnumerateFileSystemEntries(Path.Combine(user.Folder, "outside")).ShouldBeEmpty();
        File.Exists(marker).ShouldBeFalse();
        File.Exists("/tmp/agent-ide-owned").ShouldBeFalse();
    }
}
