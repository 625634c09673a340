using Agent.Ide.Processes;
using Agent.Ide.Testing.Machines;
using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Git.Tests;

public sealed class RemovalTests
{
    [Fact]
    public async Task Remove_SetsAsideWhatNoCommitHolds_AndRestoreBringsItBack_AndNothingOfItIsInGit()
    {
        await using var task = await TaskFixture.CreateAsync((".gitignore", "*.log\n/build/\n"), ("sub/a.txt", "one\n"));
        await Shell.RunAsync(task.Task.Root, """
            mkdir -p build/deep empty/er sub/nested "$(printf 'odd\377')"
            echo secret > x.log; chmod 600 x.log; echo made > build/deep/out; ln -s /etc/passwd build/link
            echo text > "$(printf 'odd\377/name\376.log')"
            mkfifo pipe build/pipe
            cd sub/nested && git init -q . && echo inner > inner.txt && git add . && git -c user.name=a -c user.email=a@b commit -qm inner
            """);
        var before = await Contents.ReadAsync(task.Task.Root);

        var removal = await task.Worktrees.RemoveAsync(task.Task, deleteBranch: true);

        removal.NotKept.ShouldBeEmpty();
        removal.SetAside.ShouldBe(["build", "empty", "odd\udcff", "pipe", "sub/nested/.git", "x.log"], ignoreOrder: true);
        (await task.User.GitAsync("ls-tree", "-r", "--name-only", removal.KeptCommit)).ShouldBe(".gitignore\nsub/a.txt\nsub/nested/inner.txt");
        (await task.User.GitAsync("cat-file", "--batch-all-objects", "--batch-check", "--unordered")).ShouldNotBeEmpty();
        (await Shell.TryAsync(task.User.Path, "git cat-file --batch-all-objects --batch | grep -c secret")).OutputText.Trim().ShouldBe("0");

        await task.Worktrees.RestoreAsync("t", task.Place);

        (await Contents.ReadAsync(task.Task.Root)).ShouldBe(before);
        (await Shell.TryAsync(task.Task.Root, "stat -c %a x.log; git -C sub/nested log --format=%s")).OutputText.ShouldBe("600\ninner\n");
        Directory.Exists(Path.Combine(task.Repository.CommonDirectory, "agent-ide", "kept")).ShouldBeFalse();
        await task.User.FsckAsync();
    }

    [Fact]
    public async Task Remove_KeepsAFileOverTheSizeOfACheckpoint_AndNoLargeIgnoredOne()
    {
        var user = await TempRepository.CreateAsync((".gitignore", "*.log\n/modules/\n"), ("big.txt", "small\n"));
        await using var task = await (await TaskFixture.OpenAsync(user, maxFileBytes: 100)).WithTaskAsync();
        await Shell.RunAsync(task.Task.Root, """
            head -c 200 /dev/zero | tr '\0' x > big.txt; head -c 300 /dev/zero | tr '\0' y > new.txt
            truncate -s 17M huge.log; echo small > small.log
            mkdir -p modules/a; echo x > modules/a/b; truncate -s 17M modules/a/huge
            mkdir -p modules2/.log; mkdir many.log; cd many.log; seq 1 5100 | xargs touch
            """);

        var removal = await task.Worktrees.RemoveAsync(task.Task, deleteBranch: true);

        removal.NotKept.ShouldBe([
            new SkippedPath("huge.log", SkipReason.Ignored), new SkippedPath("many.log/", SkipReason.Ignored), new SkippedPath("modules/a/huge", SkipReason.Ignored)]);
        removal.SetAside.ShouldBe(["big.txt", "modules", "modules2", "new.txt", "small.log"]);
        await task.Worktrees.RestoreAsync("t", task.Place);
        File.ReadAllText(task.FullPath("big.txt")).ShouldBe(new string('x', 200));
        File.ReadAllText(task.FullPath("new.txt")).ShouldBe(new string('y', 300));
        File.ReadAllText(task.FullPath("modules/a/b")).ShouldBe("x\n");
        File.Exists(task.FullPath("huge.log")).ShouldBeFalse();
    }

    [Fact]
    public async Task Restore_BringsBackWhatWasStagedAndWhatWasNot()
    {
        await using var task = await TaskFixture.CreateAsync(("a.txt", "one\n"), ("b.txt", "one\n"), ("c.txt", "one\n"));
        task.Write("a.txt", "two\n");
        await task.StoreAsync();
        await task.Checkpoints.RefreshIndexAsync(task.Task);
        task.Write("a.txt", "staged\n");
        task.Write("new.txt", "new\n");
        await Shell.RunAsync(task.Task.Root, "git add a.txt new.txt && git rm -q --cached c.txt && echo more >> a.txt && rm b.txt && chmod +x c.txt");
        var status = (await Shell.TryAsync(task.Task.Root, "git status --porcelain && git diff && git diff --cached")).OutputText;
        var tip = await task.TipAsync();

        await task.Worktrees.RemoveAsync(task.Task, deleteBranch: true);
        await task.Worktrees.RestoreAsync("t", task.Place);

        (await task.TipAsync()).ShouldBe(tip);
        (await Shell.TryAsync(task.Task.Root, "git status --porcelain && git diff && git diff --cached")).OutputText.ShouldBe(status);
    }

    [Fact]
    public async Task Remove_WhenItIsRefusedAfterTheLook_LeavesBranchIndexAndFiles()
    {
        await using var task = await TaskFixture.CreateAsync();
        task.Write("a.txt", "two\n");
        await Shell.RunAsync(task.Task.Root, "git add a.txt && echo more >> a.txt");
        var tip = await task.TipAsync();
        using var cancellation = new CancellationTokenSource();
        task.Worktrees.PhaseReached = (_, _) => cancellation.Cancel();

        await Should.ThrowAsync<OperationCanceledException>(() => task.Worktrees.RemoveAsync(task.Task, deleteBranch: true, cancellation.Token));

        (await task.TipAsync()).ShouldBe(tip);
        (await Shell.TryAsync(task.Task.Root, "git status --porcelain")).OutputText.ShouldBe("MM a.txt\n");
    }

    [Fact]
    public async Task Remove_WhileAProgramWritesThere_IsRefused_AndOnlyToldWhenSomebodyMerelyStandsThere()
    {
        await using var task = await TaskFixture.CreateAsync();
        await using (var writer = await StartAsync(task.Task.Root, "exec 3>> a.txt; echo ready; read x"))
        {
            var failure = await Should.ThrowAsync<GitException>(() => task.Worktrees.RemoveAsync(task.Task, deleteBranch: true));
            failure.Problem.ShouldBe(GitProblem.InUse);
            failure.Message.ShouldContain($"sh ({writer.Id})");
            Directory.Exists(task.Task.Root).ShouldBeTrue();
        }

        await using var standing = await StartAsync(task.Task.Root, "echo ready; read x");
        var removal = await task.Worktrees.RemoveAsync(task.Task, deleteBranch: true);

        removal.StillUsedBy.ShouldHaveSingleItem().Id.ShouldBe(standing.Id);
        Directory.Exists(task.Task.Root).ShouldBeFalse();
    }

    [NeedsFact(Need.Mount)]
    public async Task Remove_WithAMountInside_IsRefused_AndNothingOfWhatIsMountedIsTouched()
    {
        await using var task = await TaskFixture.CreateAsync();
        var outside = Directory.CreateDirectory(Path.Combine(task.User.Folder, "outside")).FullName;
        File.WriteAllText(Path.Combine(outside, "precious"), "p");
        var inside = Directory.CreateDirectory(task.FullPath("in side")).FullName;
        await using (await Mounted.BindAsync(outside, inside))
        {
            var failure = await Should.ThrowAsync<GitException>(() => task.Worktrees.RemoveAsync(task.Task, deleteBranch: true));
            failure.Problem.ShouldBe(GitProblem.InUse);
            failure.Message.ShouldContain(inside);
        }

        File.Exists(Path.Combine(outside, "precious")).ShouldBeTrue();
        File.Exists(task.FullPath("a.txt")).ShouldBeTrue();
    }

    [NeedsFact(Need.ImmutableFiles)]
    public async Task Remove_OfAnImmutableFile_SaysSo_KeepsTheWork_AndTheNextAttemptGoesOn()
    {
        await using var task = await TaskFixture.CreateAsync();
        task.Write("kept.txt", "k\n");

        await Shell.RunAsync(task.Task.Root, "chattr +i kept.txt");
        var folder = Path.GetDirectoryName(task.Task.Root)!;
        try
        {
            var failure = await Should.ThrowAsync<GitException>(() => task.Worktrees.RemoveAsync(task.Task, deleteBranch: true));
            failure.Message.ShouldContain("chattr -i");
        }
        finally
        {
            await Shell.RunAsync(folder, "chattr -i $(find . -name kept.txt)");
        }

        var removal = await task.Worktrees.RemoveAsync(task.Task, deleteBranch: true);

        (await task.User.ShowAsync(removal.KeptCommit, "kept.txt")).ShouldBe("k\n");
        Directory.Exists(folder).ShouldBeFalse();
    }

    [Fact]
    public async Task Remove_OfVeryDeepAndReadOnlyFolders_AndOfSecondNamesOfFilesElsewhere_ChangesNothingElsewhere()
    {
        await using var task = await TaskFixture.CreateAsync((".gitignore", "/deep/\n"), ("a.txt", "one\n"));
        var elsewhere = Path.Combine(task.User.Folder, "elsewhere");
        File.WriteAllText(elsewhere, "e");
        await Shell.RunAsync(task.Task.Root, $"""
            chmod 444 '{elsewhere}'; mkdir locked; ln '{elsewhere}' locked/second; chmod 555 locked
            chain=$(seq -s /directory 1 300 | tr -d 0-9); mkdir -p "deep$chain" "other$chain"; echo end > "other$chain/file"; mv other "deep$chain"
            """);
        const string Depths = "find deep -printf '%d\\n' | sort -n | tail -n 1; find deep -name file -printf '%s\\n'";
        var depth = (await Shell.TryAsync(task.Task.Root, Depths)).OutputText;
        depth.ShouldBe("600\n4\n");

        await task.Worktrees.RemoveAsync(task.Task, deleteBranch: true);

        (await Shell.TryAsync("/", $"stat -c '%a %h' '{elsewhere}'")).OutputText.ShouldBe("444 1\n");
        await task.Worktrees.RestoreAsync("t", task.Place);
        (await Shell.TryAsync(task.Task.Root, Depths)).OutputText.ShouldBe(depth);
        await Shell.RunAsync(task.Task.Root, "rm -rf deep");
    }

    [Fact]
    public async Task Remove_AfterTheUserMovedTheWorktree_FindsItWhereItIs()
    {
        await using var task = await TaskFixture.CreateAsync();
        task.Write("new.txt", "n\n");
        var elsewhere = Path.Combine(task.User.Folder, "moved");
        await task.User.GitAsync("worktree", "move", task.Task.Root, elsewhere);
        var found = (await task.Worktrees.FindAsync("t"))!;

        var removal = await task.Worktrees.RemoveAsync(found, deleteBranch: true);

        Directory.Exists(elsewhere).ShouldBeFalse();
        (await task.User.ShowAsync(removal.KeptCommit, "new.txt")).ShouldBe("n\n");
        await task.Worktrees.RestoreAsync("t", task.Place);
        File.ReadAllText(task.FullPath("new.txt")).ShouldBe("n\n");
    }

    [Fact]
    public async Task Remove_WhenGitsMetadataWasRemovedByHand_KeepsTheFilesAllTheSame()
    {
        await using var task = await TaskFixture.CreateAsync();
        task.Write("a.txt", "two\n");
        await task.StoreAsync();
        task.Write("new.txt", "n\n");
        Directory.Delete(task.Task.GitDirectory, recursive: true);
        (await task.Worktrees.FindAsync("t")).ShouldBeNull();
        var lost = (await task.Worktrees.SurveyAsync([Path.GetDirectoryName(task.Task.Root)!])).ShouldHaveSingleItem();
        lost.HasMetadata.ShouldBeFalse();

        var removal = await task.Worktrees.RemoveAsync(lost, task.Task.Branch, new RemovalOptions { DeleteBranch = true });

        (await task.User.ShowAsync(removal!.KeptCommit, "new.txt")).ShouldBe("n\n");
        (await task.User.ShowAsync(removal.KeptCommit, "a.txt")).ShouldBe("two\n");
        Directory.Exists(task.Task.Root).ShouldBeFalse();
    }

    [Fact]
    public async Task Survey_OfAFolderThatIsNotOurs_DoesNotFindIt()
    {
        await using var task = await TaskFixture.CreateAsync();
        var folder = Path.GetDirectoryName(task.Task.Root)!;
        await task.User.GitAsync("worktree", "add", "-q", "-b", "mine", Path.Combine(folder, "mine"));
        Directory.Delete(Path.Combine(task.Repository.CommonDirectory, "worktrees", "mine"), recursive: true);
        await Shell.RunAsync(folder, "mkdir plain && ln -s t link && git init -q own");

        (await task.Worktrees.SurveyAsync([folder])).Select(found => found.Id).ShouldBe(["t"]);
    }

    [Fact]
    public async Task Remove_OfAnOrphan_LeavesItsBranchWhereItWas()
    {
        await using var task = await TaskFixture.CreateAsync();
        task.Write("a.txt", "two\n");
        var step = (await task.StoreAsync()).Commit!;
        task.Write("new.txt", "n\n");

        await task.Worktrees.RemoveAsync(task.Task, deleteBranch: false);

        (await task.User.HashAsync(task.Task.Branch)).ShouldBe(step);
        await task.Worktrees.RestoreAsync("t", task.Place);
        File.ReadAllText(task.FullPath("new.txt")).ShouldBe("n\n");
    }

    [NeedsFact(Need.FullDisk)]
    public async Task Remove_WhenTheDiskIsFull_ChangesNothing()
    {
        await using var task = await TaskFixture.CreateAsync();
        task.Write("new.txt", new string('x', 100_000));
        var tip = await task.TipAsync();
        await using (var full = await FullDisk.OverObjectsAsync(task.Repository.CommonDirectory))
        {
            var failure = await Should.ThrowAsync<GitException>(() => task.Worktrees.RemoveAsync(task.Task, deleteBranch: true));
            failure.Problem.ShouldBe(GitProblem.Storage);
        }

        (await task.TipAsync()).ShouldBe(tip);
        File.Exists(task.FullPath("new.txt")).ShouldBeTrue();
        await task.Worktrees.RemoveAsync(task.Task, deleteBranch: true);
    }

    private static async Task<ChildProcess> StartAsync(string folder, string script)
    {
        var process = ChildProcess.Start(new ProcessStart { FileName = "sh", Arguments = ["-c", script], WorkingDirectory = folder });
        using var reader = new StreamReader(process.StandardOutput, leaveOpen: true);
        (await reader.ReadLineAsync()).ShouldBe("ready");
        return process;
    }
}
