using System.Text;
using Agent.Ide.Testing.Machines;

namespace Agent.Ide.Git.Tests;

public sealed class CheckpointTests
{
    [Fact]
    public async Task Store_WhenAFileChanged_IsOneCommitOnTheBranchWithItsTrailers()
    {
        await using var task = await TaskFixture.CreateAsync(("a.txt", "one\n"), ("dir/b.txt", "b\n"));
        task.Write("a.txt", "two\n");

        var result = await task.StoreAsync("a.txt");

        result.Files.ShouldBe([new CheckpointFile("a.txt", FileChange.Modified)]);
        var commit = await task.Store.ReadCommitAsync(task.Task.Branch);
        commit!.Hash.ShouldBe(result.Commit);
        commit.Parents.ShouldBe([task.Task.Base]);
        commit.Subject.ShouldBe("write_file: step 1");
        commit.Step.ShouldBe(1);
        (await task.User.GitAsync("log", "-1", "--format=%an <%ae>|%cn <%ce>|%ct|%(trailers:key=Agent-Tool,valueonly,separator=)", result.Commit!))
            .ShouldBe("Agent.Ide <agent@agent-ide.invalid>|Agent.Ide <agent@agent-ide.invalid>|1700000000|write_file v1");
        (await task.User.ShowAsync(result.Commit!, "a.txt")).ShouldBe("two\n");
        (await task.StatusAsync()).ShouldBeEmpty();
        await task.User.FsckAsync();
    }

    [Fact]
    public async Task Store_WhenNothingChanged_MakesNoCommit()
    {
        await using var task = await TaskFixture.CreateAsync();
        task.Write("a.txt", "one\n");

        (await task.StoreAsync("a.txt")).Commit.ShouldBeNull();
        (await task.StoreAsync()).Commit.ShouldBeNull();
        (await task.TipAsync()).ShouldBe(task.Task.Base);
    }

    [Fact]
    public async Task Store_TakesDeletionsRenamesModesLinksBinaryEmptyAndOddNames()
    {
        await using var task = await TaskFixture.CreateAsync(
            ("gone.txt", "x\n"), ("old/name.txt", "y\n"), ("run.sh", "#!/bin/sh\n"), ("folder/inner.txt", "f\n"), ("file", "f\n"));
        File.Delete(task.FullPath("gone.txt"));
        Directory.CreateDirectory(task.FullPath("new"));
        File.Move(task.FullPath("old/name.txt"), task.FullPath("new/name.txt"));
        await Shell.RunAsync(task.Task.Root, "chmod 755 run.sh");
        File.CreateSymbolicLink(task.FullPath("link"), "../../outside");
        File.WriteAllBytes(task.FullPath("binary"), [0, 1, 2, 255, 254]);
        File.WriteAllBytes(task.FullPath("empty"), []);
        string[] odd = ["line\nfeed", "quo\"te", "-dash", "spa ce", "tab\there", "back\\slash", "ünï/cödé", ":colon", "*star"];
        foreach (var name in odd)
        {
            task.Write(name, name);
        }

        Directory.Delete(task.FullPath("folder"), recursive: true);
        task.Write("folder", "now a file\n");
        File.Delete(task.FullPath("file"));
        task.Write("file/inside", "now a folder\n");

        var result = await task.StoreAsync([.. odd, "gone.txt", "old/name.txt", "new/name.txt", "run.sh", "link", "binary", "empty", "folder", "file/inside"]);

        result.Skipped.ShouldBeEmpty();
        (await task.TreeAsync()).ShouldBe(
            [
                "100644 -dash", "100644 *star", "100644 :colon", "100644 back\\slash", "100644 binary", "100644 empty", "100644 file/inside",
                "100644 folder", "100644 line\nfeed", "120000 link", "100644 new/name.txt", "100644 quo\"te", "100755 run.sh", "100644 spa ce",
                "100644 tab\there", "100644 ünï/cödé",
            ],
            ignoreOrder: true);
        result.Files.ShouldContain(new CheckpointFile("folder/inner.txt", FileChange.Deleted));
        result.Files.ShouldContain(new CheckpointFile("file", FileChange.Deleted));
        (await task.User.ShowAsync(result.Commit!, "link")).ShouldBe("../../outside");
        (await task.StatusAsync()).ShouldBeEmpty();
        await task.User.FsckAsync();
    }

    [Fact]
    public async Task Scan_FindsTheSameAsNamedPaths()
    {
        await using var task = await TaskFixture.CreateAsync(("a", "1\n"), ("b", "1\n"), ("dir/c", "1\n"), ("d", "1\n"));
        task.Write("a", "2\n");
        File.Delete(task.FullPath("b"));
        Directory.Delete(task.FullPath("dir"), recursive: true);
        File.CreateSymbolicLink(task.FullPath("dir"), "/etc");
        task.Write("new\nname/x", "n\n");

        var result = await task.StoreAsync();

        (await task.TreeAsync()).ShouldBe(["100644 a", "100644 d", "120000 dir", "100644 new\nname/x"], ignoreOrder: true);
        result.Files.Select(file => $"{file.Change} {file.Path}").ShouldBe(
            ["Modified a", "Deleted b", "Added dir", "Deleted dir/c", "Added new\nname/x"], ignoreOrder: true);
        (await task.StatusAsync()).ShouldBeEmpty();
        (await task.StoreAsync()).Commit.ShouldBeNull();
        await task.User.FsckAsync();
    }

    [Fact]
    public async Task Store_WhenANameIsNoUtf8_KeepsItsBytes()
    {
        await using var task = await TaskFixture.CreateAsync();
        var script = $"printf x > \"$(printf 'b\\377d')\"";
        await Shell.RunAsync(task.Task.Root, script);

        var result = await task.StoreAsync();

        result.Files.Count.ShouldBe(1);
        (await task.User.GitAsync("ls-tree", "--name-only", result.Commit!)).ShouldContain("\"b\\377d\"");
        (await task.StatusAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Store_WhenTheBranchMovedMeanwhile_ChangesNothing()
    {
        await using var task = await TaskFixture.CreateAsync();
        task.Write("a.txt", "two\n");
        var elsewhere = await task.User.CommitAsync("elsewhere");
        await task.User.GitAsync("update-ref", task.Task.Branch, elsewhere);

        var failure = await Should.ThrowAsync<GitException>(() => task.Checkpoints.StoreAsync(
            new CheckpointRequest { Worktree = task.Task, ExpectedTip = task.Task.Base, Paths = ["a.txt"], Subject = "x" }));

        failure.Problem.ShouldBe(GitProblem.RefMoved);
        (await task.TipAsync()).ShouldBe(elsewhere);
    }

    [Fact]
    public async Task Store_WithAFixedDate_GivesTheSameHashesAgain()
    {
        async Task<string> RunAsync()
        {
            await using var task = await TaskFixture.CreateAsync();
            task.Write("a.txt", "two\n");
            await task.StoreAsync("a.txt");
            task.Write("b.txt", "three\n");
            return (await task.StoreAsync()).Commit!;
        }

        (await RunAsync()).ShouldBe(await RunAsync());
    }

    [Fact]
    public async Task Store_TakesAFileOf50Megabytes()
    {
        await using var task = await TaskFixture.CreateAsync();
        var content = new byte[50 * 1024 * 1024 + 3];
        new Random(1).NextBytes(content.AsSpan(0, 1024 * 1024));
        File.WriteAllBytes(task.FullPath("big"), content);

        var result = await task.StoreAsync("big");

        (await task.User.GitAsync("rev-parse", $"{result.Commit}:big")).ShouldBe(await task.User.GitAsync("hash-object", task.FullPath("big")));
        (await task.User.GitAsync("cat-file", "-s", $"{result.Commit}:big")).ShouldBe(content.Length.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Store_WhenAFileIsLargerThanTheBound_ReportsItAndStoresTheRest()
    {
        var user = await Testing.Repositories.TempRepository.CreateAsync(("a", "1\n"));
        await using var task = await (await TaskFixture.OpenAsync(user, maxFileBytes: 100)).WithTaskAsync();
        task.Write("a", "2\n");
        task.Write("big", new string('x', 101));

        var result = await task.StoreAsync();

        result.Skipped.ShouldBe([new SkippedPath("big", SkipReason.TooLarge)]);
        (await task.TreeAsync()).ShouldBe(["100644 a"]);
    }

    [Fact]
    public async Task Store_InASha256Repository_Works()
    {
        await using var user = await Testing.Repositories.TempRepository.CreateAsync();
        Directory.Delete(Path.Combine(user.Path, ".git"), recursive: true);
        await user.GitAsync("init", "--quiet", "--object-format=sha256", "-b", "main");
        user.AppendConfig("user.name", "n");
        user.AppendConfig("user.email", "e");
        user.Write("dir/a", "1\n");
        await user.CommitAsync();
        await using var task = await (await TaskFixture.OpenAsync(user)).WithTaskAsync();
        task.Write("dir/a", "2\n");

        var result = await task.StoreAsync("dir/a");

        result.Commit!.Length.ShouldBe(64);
        await user.FsckAsync();
    }

    [Fact]
    public async Task Store_ReadsOnlyWhatIsBelowTheRoot()
    {
        await using var task = await TaskFixture.CreateAsync(("dir/secret", "mine\n"));
        Directory.CreateDirectory(Path.Combine(task.User.Folder, "outside"));
        File.WriteAllText(Path.Combine(task.User.Folder, "outside", "secret"), "theirs\n");
        Directory.Delete(task.FullPath("dir"), recursive: true);
        File.CreateSymbolicLink(task.FullPath("dir"), Path.Combine(task.User.Folder, "outside"));

        var result = await task.StoreAsync("dir/other", "../x", "/etc/passwd", "a//b", "dir/../a", ".git/config", "x/.GIT/hooks/y", "GIT~1/z", "dir/secret");

        result.Skipped.Select(skipped => $"{skipped.Reason} {skipped.Path}").ShouldBe(
            [
                "OutsideWorktree dir/other", "OutsideWorktree ../x", "OutsideWorktree /etc/passwd", "OutsideWorktree a//b",
                "OutsideWorktree dir/../a", "ForbiddenName .git/config", "ForbiddenName x/.GIT/hooks/y", "ForbiddenName GIT~1/z",
            ],
            ignoreOrder: true);
        result.Files.ShouldBe([new CheckpointFile("dir/secret", FileChange.Deleted)]);
    }

    [Fact]
    public async Task Store_WhenAFifoOrSocketIsThere_DoesNotWait()
    {
        await using var task = await TaskFixture.CreateAsync(("a", "1\n"));
        await Shell.RunAsync(task.Task.Root, "rm a && mkfifo a fifo .gitignore .gitattributes .gitmodules && mkdir -p sub/.git && mkfifo sub/.git/HEAD sub/.gitignore");
        task.Write("ok", "fine\n");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));

        var named = await task.Checkpoints.StoreAsync(
            new CheckpointRequest { Worktree = task.Task, ExpectedTip = task.Task.Base, Paths = ["fifo", "a", "ok"], Subject = "x" }, limit.Token);
        var scanned = await task.Checkpoints.StoreAsync(
            new CheckpointRequest { Worktree = task.Task, ExpectedTip = named.Commit!, Subject = "x" }, limit.Token);

        named.Skipped.ShouldBe([new SkippedPath("fifo", SkipReason.NotAFile), new SkippedPath("a", SkipReason.NotAFile)]);
        named.Files.ShouldBe([new CheckpointFile("ok", FileChange.Added)]);
        scanned.Commit.ShouldBeNull();
    }

    [Theory]
    [InlineData("""d="$(printf 'odd\377')"; mkdir -p "$d/$d"; mkfifo "$d/.gitignore" "$d/$d/.gitignore" """)]
    [InlineData("""for i in $(seq 120); do mkdir d$i; mkfifo d$i/.gitignore; done""")]
    public async Task Store_WithFifosWhereverGitReads_IsDoneSoon(string script)
    {
        await using var task = await TaskFixture.CreateAsync(("a", "1\n"));
        await Shell.RunAsync(task.Task.Root, script);
        task.Write("ok", "fine\n");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));

        var stored = await task.Checkpoints.StoreAsync(
            new CheckpointRequest { Worktree = task.Task, ExpectedTip = task.Task.Base, Subject = "x" }, limit.Token);

        stored.Files.ShouldBe([new CheckpointFile("ok", FileChange.Added)]);
    }

    [NeedsFact(Need.FullDisk)]
    public async Task Store_WhenTheObjectsCannotBeWritten_SaysSoAndTheRepositoryStaysSound()
    {
        await using var task = await TaskFixture.CreateAsync();
        task.Write("a.txt", Encoding.UTF8.GetString(Enumerable.Repeat((byte)'x', 4 * 1024 * 1024).ToArray()));
        await using var full = await FullDisk.OverObjectsAsync(task.Repository.CommonDirectory);

        var failure = await Should.ThrowAsync<GitException>(() => task.StoreAsync("a.txt"));

        failure.Problem.ShouldBe(GitProblem.Storage);
        failure.Message.ShouldContain("task t");
        (await task.User.GitAsync("rev-parse", task.Task.Branch)).ShouldBe(task.Task.Base);
        Directory.EnumerateFiles(Path.Combine(task.Repository.CommonDirectory, "objects"), "tmp_obj_*").ShouldBeEmpty();
        await full.DisposeAsync();
        await task.User.FsckAsync();
        (await task.StoreAsync("a.txt")).Commit.ShouldNotBeNull();
    }
}
