using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Git.Tests;

public sealed class UncommittedWorkTests
{
    private static async Task<(TaskFixture Task, Worktree Worktree)> CarryAsync(TempRepository user, long maxFileBytes = 512L * 1024 * 1024)
    {
        var task = await TaskFixture.OpenAsync(user, maxFileBytes);
        return (task, await task.Worktrees.CreateAsync(new WorktreeRequest { Id = "t", Place = task.Place, IncludeUncommitted = true }));
    }

    [Fact]
    public async Task Carry_ModesTypesRenamesAndIntents_AreInTheWorktree_AndTheCheckoutIsAsBefore()
    {
        await using var user = await TempRepository.CreateAsync(
            ("tool.sh", "#!/bin/sh\n"), ("becomes-link", "1\n"), ("folder/a", "a\n"), ("folder/b", "b\n"), ("becomes-folder", "1\n"),
            ("behind/x", "x\n"), ("other/y", "y\n"), ("old-name", "a long line that git takes for the same file\n"));
        user.Executable("tool.sh").Delete("becomes-link").Link("becomes-link", "tool.sh").Delete("folder/a").Delete("folder/b").Write("folder", "a file now\n");
        user.Delete("becomes-folder").Write("becomes-folder/inner", "i\n").Delete("behind/x").Link("behind", "other");
        await user.GitAsync("mv", "old-name", "new-name");
        user.Write("intended", "n\n").Write("intended-then-gone", "n\n").Write("removed-from-index-only", "r\n");
        await user.GitAsync("add", "-N", "intended", "intended-then-gone");
        user.Delete("intended-then-gone");
        await Shell.RunAsync(user.Path, "printf odd > \"$(printf 'b\\377')\"; printf x > \"$(printf 'line\\nfeed')\"");
        await user.GitAsync("stash", "list");
        await user.TryGitAsync("update-index", "--refresh", "-q");
        var before = await user.FingerprintAsync();

        var (task, worktree) = await CarryAsync(user);

        await using (task)
        {
            (await user.FingerprintAsync()).ShouldEqual(before);
            var carried = await user.GitAsync("-c", "core.quotePath=true", "diff", "--no-renames", "--name-status", "HEAD", worktree.Base);
            carried.Split('\n').ShouldBe(
            [
                "A\t\"b\\377\"", "D\tbecomes-folder", "A\tbecomes-folder/inner", "T\tbecomes-link", "A\tbehind", "D\tbehind/x", "A\tfolder", "D\tfolder/a", "D\tfolder/b",
                "A\tintended", "A\t\"line\\nfeed\"", "A\tnew-name", "D\told-name", "A\tremoved-from-index-only", "M\ttool.sh",
            ],
            ignoreOrder: true);
            File.GetUnixFileMode(Path.Combine(worktree.Root, "tool.sh")).HasFlag(UnixFileMode.UserExecute).ShouldBeTrue();
            new FileInfo(Path.Combine(worktree.Root, "behind")).LinkTarget.ShouldBe("other");
            (await user.GitAsync("-C", worktree.Root, "status", "--porcelain")).ShouldBeEmpty();
            Worktrees.NoticesOf(worktree).ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task Carry_WithASplitIndex_WritesNothingIntoTheUsersGitDirectory()
    {
        await using var user = await TempRepository.CreateAsync(("a", "1\n"), ("b", "1\n"));
        await user.GitAsync("config", "core.splitIndex", "true");
        await user.GitAsync("update-index", "--split-index");
        await user.Write("b", "staged\n").GitAsync("add", "b");
        user.Write("a", "changed\n").Write("new", "n\n");
        string[] Shared() => [.. Directory.EnumerateFiles(Path.Combine(user.Path, ".git"), "sharedindex.*")];
        var shared = Shared();
        shared.ShouldNotBeEmpty();
        var before = await user.FingerprintAsync();

        var (task, worktree) = await CarryAsync(user);

        await using (task)
        {
            (await user.GitAsync("diff", "--name-status", "HEAD", worktree.Base)).ShouldBe("M\ta\nM\tb\nA\tnew");
            Shared().ShouldBe(shared);
            (await user.FingerprintAsync()).ShouldEqual(before);
        }
    }

    [Fact]
    public async Task Carry_WhatIsTooLargeOrNoFileAnyMore_IsLeftOutAndSaid()
    {
        await using var user = await TempRepository.CreateAsync(("tracked", "small\n"), ("pipe", "was a file\n"));
        await Shell.RunAsync(user.Path, "truncate -s 3M huge; truncate -s 3M tracked; rm pipe; mkfifo pipe; echo x > 'git~1'");

        var (task, worktree) = await CarryAsync(user, maxFileBytes: 1024 * 1024);

        await using (task)
        {
            File.Delete(user.FullPath("pipe"));
            (await user.GitAsync("diff", "--name-status", "HEAD", worktree.Base)).ShouldBe("D\tpipe");
            var notices = Worktrees.NoticesOf(worktree);
            notices.Count.ShouldBe(4);
            foreach (var path in (string[])["huge", "tracked", "pipe", "git~1"])
            {
                notices.ShouldContain(notice => notice.StartsWith(path + " is", StringComparison.Ordinal));
            }
        }
    }

    [Fact]
    public async Task Carry_AConflictThatNobodyResolved_IsRefusedByName()
    {
        await using var user = await TempRepository.CreateAsync(("a", "1\n"));
        user.Write("a", "mine\n");
        await user.GitAsync("stash");
        await user.Write("a", "theirs\n").CommitAsync();
        await user.TryGitAsync("stash", "pop");
        var before = await user.FingerprintAsync();

        var failure = await Should.ThrowAsync<GitException>(() => CarryAsync(user));

        failure.Problem.ShouldBe(GitProblem.OperationInProgress);
        failure.Message.ShouldStartWith("a in ");
        (await user.FingerprintAsync()).ShouldEqual(before);
    }

    [Fact]
    public async Task Carry_InARepositoryWithoutACommit_SaysSo()
    {
        await using var user = await TempRepository.CreateAsync();
        user.Write("a", "1\n");

        (await Should.ThrowAsync<GitException>(() => CarryAsync(user))).Problem.ShouldBe(GitProblem.NoCommitYet);
    }

    [Fact]
    public async Task Carry_ARequiredFilterThatIsNotThere_NamesItAndTheFile()
    {
        await using var user = await TempRepository.CreateAsync((".gitattributes", "*.bin filter=missing\n"));
        user.AppendConfig("filter.missing.clean", "no-such-program-anywhere %f").AppendConfig("filter.missing.required", "true");
        user.Write("a.bin", "content\n");

        var failure = await Should.ThrowAsync<GitException>(() => CarryAsync(user));

        failure.Problem.ShouldBe(GitProblem.FilterFailed);
        failure.Message.ShouldContain("a.bin: clean filter 'missing' failed");
        failure.Message.ShouldContain("no-such-program-anywhere");
    }
}
