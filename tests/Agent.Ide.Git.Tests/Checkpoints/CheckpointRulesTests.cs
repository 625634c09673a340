namespace Agent.Ide.Git.Tests;

/// <summary>What attributes, ignore rules, submodules and nested repositories do to a checkpoint.</summary>
public sealed class CheckpointRulesTests
{
    [Fact]
    public async Task Store_WhenANamedPathIsIgnored_LeavesItOutUnlessItIsTracked()
    {
        await using var task = await TaskFixture.CreateAsync((".gitignore", "*.log\nbin/\n"), ("a", "1\n"));
        await task.User.GitAsync("-C", task.Task.Root, "rm", "-q", "--cached", "--", "a");
        task.Write("x.log", "log\n");
        task.Write("bin/y", "y\n");
        task.Write(":z.log", "z\n");
        task.Write("ok", "ok\n");

        var result = await task.StoreAsync("x.log", "bin/y", "ok", ":z.log");

        result.Files.ShouldBe([new CheckpointFile("ok", FileChange.Added)]);
        result.Skipped.ShouldBe(
            [new("x.log", SkipReason.Ignored), new("bin/y", SkipReason.Ignored), new(":z.log", SkipReason.Ignored)], ignoreOrder: true);
    }

    [Fact]
    public async Task Store_WhenTheAgentEditsIgnoreRules_WhatTheBaseIgnoresStaysOut()
    {
        await using var task = await TaskFixture.CreateAsync((".gitignore", "secret\n"));
        task.Write(".gitignore", "node_modules/\n");
        task.Write("secret", "key\n");
        task.Write("node_modules/x", "x\n");
        task.Write("plain", "p\n");

        var scanned = await task.StoreAsync();
        var named = await task.StoreAsync("secret", "node_modules/x");

        scanned.Files.Select(file => file.Path).ShouldBe([".gitignore", "plain"]);
        named.Commit.ShouldBeNull();
    }

    [Fact]
    public async Task Store_WhenAnIgnoredFileIsTracked_StoresIt()
    {
        var user = await Testing.Repositories.TempRepository.CreateAsync(("a.log", "1\n"));
        user.Write(".gitignore", "*.log\n");
        await user.CommitAsync();
        await using var task = await (await TaskFixture.OpenAsync(user)).WithTaskAsync();
        task.Write("a.log", "2\n");

        (await task.StoreAsync("a.log")).Files.ShouldBe([new CheckpointFile("a.log", FileChange.Modified)]);
    }

    [Fact]
    public async Task Store_UnderTextAttributesOfTheBase_TurnsCrLfIntoLf()
    {
        await using var task = await TaskFixture.CreateAsync((".gitattributes", "* text=auto\n*.bin -text\n"), ("a.txt", "1\n"));
        task.Write("a.txt", "1\r\n2\r\n");
        task.Write("sub/new.txt", "x\r\n");
        task.Write("raw.bin", "x\r\n");

        var result = await task.StoreAsync("a.txt", "sub/new.txt", "raw.bin");

        (await task.User.ShowAsync(result.Commit!, "a.txt")).ShouldBe("1\n2\n");
        (await task.User.ShowAsync(result.Commit!, "sub/new.txt")).ShouldBe("x\n");
        (await task.User.ShowAsync(result.Commit!, "raw.bin")).ShouldBe("x\r\n");
        (await task.StatusAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Store_WhenTheBranchHasCrLfUnderAutomaticText_KeepsIt()
    {
        var user = await Testing.Repositories.TempRepository.CreateAsync(("a.txt", "1\r\n"));
        user.Write(".gitattributes", "* text=auto\n");
        await user.GitAsync("add", ".gitattributes");
        await user.GitAsync("commit", "-qm", "attributes");
        await using var task = await (await TaskFixture.OpenAsync(user)).WithTaskAsync();
        task.Write("a.txt", "1\r\n2\r\n");

        var result = await task.StoreAsync("a.txt");

        (await task.User.ShowAsync(result.Commit!, "a.txt")).ShouldBe("1\r\n2\r\n");
    }

    [Fact]
    public async Task Store_WithAutoCrLfOfTheUser_ConvertsWithoutAttributes()
    {
        var user = await Testing.Repositories.TempRepository.CreateAsync(("a.txt", "1\n"));
        user.AppendConfig("core.autocrlf", "true");
        await using var task = await (await TaskFixture.OpenAsync(user)).WithTaskAsync();
        task.Write("b.txt", "1\r\n");

        var result = await task.StoreAsync("b.txt");

        (await task.User.ShowAsync(result.Commit!, "b.txt")).ShouldBe("1\n");
    }

    [Fact]
    public async Task Store_RunsACleanFilterTheBaseAsksFor_AndNoneTheAgentAsksFor()
    {
        var user = await Testing.Repositories.TempRepository.CreateAsync((".gitattributes", "*.up filter=upper\n"), ("a.up", "X\n"));
        user.AppendConfig("filter.upper.clean", "tr a-z A-Z");
        user.AppendConfig("filter.upper.smudge", "tr A-Z a-z");
        user.AppendConfig("filter.upper.required", "true");
        user.AppendConfig("filter.planted.clean", $"touch {user.Folder}/ran; cat");
        await using var task = await (await TaskFixture.OpenAsync(user)).WithTaskAsync();
        File.ReadAllText(task.FullPath("a.up")).ShouldBe("x\n");
        task.Write("a.up", "hello\n");
        task.Write(".gitattributes", "* filter=planted\n");
        task.Write("plain.txt", "plain\n");

        var scanned = await task.StoreAsync();
        await task.Checkpoints.RefreshIndexAsync(task.Task);
        task.Write("plain.txt", "other\n");
        var named = await task.StoreAsync("plain.txt");

        (await task.User.ShowAsync(scanned.Commit!, "a.up")).ShouldBe("HELLO\n");
        (await task.User.ShowAsync(named.Commit!, "plain.txt")).ShouldBe("other\n");
        File.Exists(Path.Combine(user.Folder, "ran")).ShouldBeFalse();
        (await task.StoreAsync()).Commit.ShouldBeNull();
    }

    [Fact]
    public async Task Store_LeavesSubmodulesAlone()
    {
        await using var inner = await Testing.Repositories.TempRepository.CreateAsync(("in.txt", "1\n"));
        var user = await Testing.Repositories.TempRepository.CreateAsync(("a", "1\n"));
        await user.GitAsync("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.Path, "module");
        await user.CommitAsync();
        await using var task = await (await TaskFixture.OpenAsync(user)).WithTaskAsync();
        task.Write("module/planted.txt", "x\n");
        task.Write("a", "2\n");

        var named = await task.StoreAsync("module/planted.txt", "a");
        var scanned = await task.StoreAsync();
        Directory.Delete(task.FullPath("module"), recursive: true);
        var gone = await task.StoreAsync();

        named.Skipped.ShouldBe([new SkippedPath("module/planted.txt", SkipReason.Submodule)]);
        named.Files.ShouldBe([new CheckpointFile("a", FileChange.Modified)]);
        scanned.Commit.ShouldBeNull();
        gone.Commit.ShouldBeNull();
        (await task.TreeAsync()).ShouldContain("160000 module");
    }

    [Fact]
    public async Task Store_TakesARepositoryTheAgentMade_AsOrdinaryFilesAndRunsNothingOfIt()
    {
        await using var task = await TaskFixture.CreateAsync((".gitignore", "*.log\n"), ("tracked/a", "1\n"));
        await Shell.RunAsync(
            task.Task.Root,
            $$"""
            export HOME={{task.User.Home}}
            git init -q sub && cd sub && echo x > x && echo y > y.log && mkdir deep && echo z > deep/z
            git -c user.name=a -c user.email=b add x && git -c user.name=a -c user.email=b commit -qm x
            git config core.fsmonitor 'touch {{task.User.Folder}}/ran; false'
            git init -q nested && echo n > nested/n
            cd ../tracked && git init -q . && git config core.fsmonitor 'touch {{task.User.Folder}}/ran; false' && echo 2 > a
            """);

        var result = await task.StoreAsync();

        (await task.TreeAsync()).ShouldBe(
            ["100644 .gitignore", "100644 sub/deep/z", "100644 sub/nested/n", "100644 sub/x", "100644 tracked/a"], ignoreOrder: true);
        File.Exists(Path.Combine(task.User.Folder, "ran")).ShouldBeFalse();
        (await task.StoreAsync()).Commit.ShouldBeNull();
        await task.User.FsckAsync();
    }

    [Fact]
    public async Task Store_WhenTheWorktreesGitFileIsReplaced_ObeysNothingPlanted()
    {
        await using var task = await TaskFixture.CreateAsync();
        await Shell.RunAsync(
            task.Task.Root,
            $"rm .git && export HOME={task.User.Home} && git init -q . && git config core.fsmonitor 'touch {task.User.Folder}/ran; false' && echo two > a.txt");

        var result = await task.StoreAsync();
        await task.Checkpoints.RefreshIndexAsync(task.Task);

        result.Files.ShouldBe([new CheckpointFile("a.txt", FileChange.Modified)]);
        File.Exists(Path.Combine(task.User.Folder, "ran")).ShouldBeFalse();
    }

    [Fact]
    public async Task Store_RefusesALinkCalledGitmodules()
    {
        await using var task = await TaskFixture.CreateAsync();
        File.CreateSymbolicLink(task.FullPath(".gitmodules"), "a.txt");

        var result = await task.StoreAsync();

        result.Commit.ShouldBeNull();
        result.Skipped.ShouldBe([new SkippedPath(".gitmodules", SkipReason.ForbiddenName)]);
    }

    [Fact]
    public async Task Store_WhenAFolderIsNamed_StandsForWhatIsBelowIt()
    {
        await using var task = await TaskFixture.CreateAsync((".gitignore", "*.log\n"), ("old/a", "1\n"), ("old/b", "2\n"), ("other", "1\n"));
        Directory.Move(task.FullPath("old"), task.FullPath("new"));
        task.Write("new/c.log", "ignored\n");
        task.Write("other", "not named\n");

        var result = await task.StoreAsync("old", "new");

        (await task.TreeAsync()).ShouldBe(["100644 .gitignore", "100644 new/a", "100644 new/b", "100644 other"], ignoreOrder: true);
        result.Files.Count.ShouldBe(4);
    }
}
