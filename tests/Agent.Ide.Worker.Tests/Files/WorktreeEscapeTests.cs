using System.Net.Sockets;
using Agent.Ide.Core.Tools;
using Agent.Ide.Processes;
using Agent.Ide.Testing.Machines;
using Agent.Ide.Worker.Files;

namespace Agent.Ide.Worker.Tests.Files;

public sealed class WorktreeEscapeTests
{
    // {outside} stands for the folder beside the worktree: should a wall ever fall, nothing of the machine's own is hit.
    private static readonly string[] s_waysOut =
    [
        "../outside/secret.txt", "a/../../outside/secret.txt", "{outside}/secret.txt", "..", "./../outside/secret.txt",
        "link-to-file", "link-to-folder/secret.txt", "folder/deep-link/secret.txt", "absolute-link", "proc-link/root{outside}/secret.txt", "chain",
    ];

    public static TheoryData<string> WaysOut => [.. s_waysOut];

    [Theory]
    [MemberData(nameof(WaysOut))]
    public async Task ReadFile_WhenThePathLeavesTheWorktree_IsRefused(string path)
    {
        using var worktree = Hostile();
        path = path.Replace("{outside}", worktree.Outside, StringComparison.Ordinal);
        var outcome = await worktree.ReadFileAsync(path);
        outcome.ErrorCode.ShouldBe(ToolErrors.OutsideWorktree);
        outcome.Content.ShouldNotContain(TemporaryWorktree.Secret);
    }

    [Theory]
    [MemberData(nameof(WaysOut))]
    public async Task WriteFile_WhenThePathLeavesTheWorktree_ChangesNothingOutside(string path)
    {
        using var worktree = Hostile();
        path = path.Replace("{outside}", worktree.Outside, StringComparison.Ordinal);
        (await worktree.WriteFileAsync(path, "overwritten")).ErrorCode.ShouldBe(ToolErrors.OutsideWorktree);
        (await worktree.EditFileAsync(path, "secret", "gone")).ErrorCode.ShouldBe(ToolErrors.OutsideWorktree);
        File.ReadAllText(worktree.SecretPath).ShouldBe(TemporaryWorktree.Secret);
    }

    [Fact]
    public async Task WriteFile_IntoAFolderLinkThatLeavesTheWorktree_CreatesNothingOutside()
    {
        using var worktree = Hostile();
        (await worktree.WriteFileAsync("link-to-folder/new.txt", "x")).ErrorCode.ShouldBe(ToolErrors.OutsideWorktree);
        (await worktree.WriteFileAsync("link-to-folder/deeper/new.txt", "x")).ErrorCode.ShouldBe(ToolErrors.OutsideWorktree);
        (await worktree.MoveFileAsync("plain.txt", "link-to-folder/plain.txt")).ErrorCode.ShouldBe(ToolErrors.OutsideWorktree);
        (await worktree.MoveFileAsync("link-to-folder/secret.txt", "stolen.txt")).ErrorCode.ShouldBe(ToolErrors.OutsideWorktree);
        (await worktree.DeleteFileAsync("link-to-folder/secret.txt")).ErrorCode.ShouldBe(ToolErrors.OutsideWorktree);
        Directory.GetFileSystemEntries(worktree.Outside).ShouldBe([worktree.SecretPath]);
        worktree.Exists("plain.txt").ShouldBeTrue();
        worktree.Exists("stolen.txt").ShouldBeFalse();
    }

    [Fact]
    public async Task SearchAndList_NeverFollowALinkOut()
    {
        using var worktree = Hostile();
        (await worktree.SearchAsync("secret", SearchKind.Text)).Content.ShouldBe("No line matches.");
        (await worktree.SearchAsync("secret", SearchKind.Text, "link-to-folder")).ErrorCode.ShouldBe(ToolErrors.OutsideWorktree);
        (await worktree.SearchAsync("*", SearchKind.Glob, "../outside")).ErrorCode.ShouldBe(ToolErrors.OutsideWorktree);
        (await worktree.ListFilesAsync("../**")).ErrorCode.ShouldBe(ToolErrors.OutsideWorktree);
        (await worktree.ListFilesAsync()).Content.ShouldNotContain("secret.txt");
    }

    [Theory]
    [InlineData(".git")]
    [InlineData(".git/config")]
    [InlineData(".GIT/hooks/pre-commit")]
    [InlineData("sub/.git/config")]
    [InlineData("./.git")]
    [InlineData("git-link")]
    [InlineData("git-folder-link/config")]
    public async Task AnyTool_OnWhatBelongsToGit_IsRefused(string path)
    {
        using var worktree = new TemporaryWorktree();
        worktree.Write(".git/config", "[core]").Write("sub/.git/config", "[core]");
        worktree.Link("git-link", ".git/config").Link("git-folder-link", ".git");
        (await worktree.ReadFileAsync(path)).ErrorCode.ShouldBe(ToolErrors.OutsideWorktree);
        (await worktree.WriteFileAsync(path, "[core] fsmonitor = evil")).ErrorCode.ShouldBe(ToolErrors.OutsideWorktree);
        if (!path.EndsWith("-link", StringComparison.Ordinal))
        {
            (await worktree.DeleteFileAsync(path)).ErrorCode.ShouldBe(ToolErrors.OutsideWorktree);
            (await worktree.MoveFileAsync(path, "moved")).ErrorCode.ShouldBe(ToolErrors.OutsideWorktree);
        }

        worktree.Read(".git/config").ShouldBe("[core]");
        worktree.Read("sub/.git/config").ShouldBe("[core]");
    }

    [Fact]
    public async Task AnyTool_OnAFifoOrASocketOrADevice_IsRefusedAtOnce()
    {
        using var worktree = new TemporaryWorktree();
        (await worktree.RunAsync("mkfifo", "fifo")).ExitCode.ShouldBe(0);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(worktree.FullPath("socket")));
        var special = new List<string> { "fifo", "socket" };
        if ((await worktree.RunAsync("mknod", "device", "c", "1", "5")).ExitCode == 0)
        {
            special.Add("device");
        }

        foreach (var path in special)
        {
            (await worktree.ReadFileAsync(path)).ErrorCode.ShouldBe(ToolErrors.NotARegularFile, path);
            (await worktree.WriteFileAsync(path, "x")).ErrorCode.ShouldBe(ToolErrors.NotARegularFile, path);
            (await worktree.EditFileAsync(path, "x", "y")).ErrorCode.ShouldBe(ToolErrors.NotARegularFile, path);
            (await worktree.DeleteFileAsync(path)).ErrorCode.ShouldBe(ToolErrors.NotARegularFile, path);
            (await worktree.MoveFileAsync(path, "moved")).ErrorCode.ShouldBe(ToolErrors.NotARegularFile, path);
            (await worktree.SearchAsync("x", SearchKind.Text, path)).ErrorCode.ShouldBe(ToolErrors.NotARegularFile, path);
        }

        (await worktree.SearchAsync("x", SearchKind.Text)).ErrorCode.ShouldBeNull();
    }

    [Fact]
    public async Task ListFiles_WhenAnIgnoreFileIsAFifo_DoesNotHang()
    {
        using var worktree = new TemporaryWorktree();
        worktree.Write("a.txt", "x");
        (await worktree.RunAsync("mkfifo", ".gitignore")).ExitCode.ShouldBe(0);
        (await worktree.ListFilesAsync()).Content.ShouldContain("a.txt");
    }

    [Fact]
    public async Task ReadAndWrite_ThroughALinkThatStaysInside_ReachItsTargetAndNameIt()
    {
        using var worktree = new TemporaryWorktree();
        worktree.Write("real/file.txt", "before").Link("alias.txt", "real/file.txt").Link("folder-alias", "real");
        (await worktree.ReadFileAsync("alias.txt")).Content.ShouldBe("before");
        var written = await worktree.WriteFileAsync("alias.txt", "after");
        written.ErrorCode.ShouldBeNull();
        written.ChangedPaths.ShouldBe(["real/file.txt"]);
        worktree.Read("real/file.txt").ShouldBe("after");
        new FileInfo(worktree.FullPath("alias.txt")).LinkTarget.ShouldBe("real/file.txt");
        (await worktree.EditFileAsync("folder-alias/file.txt", "after", "edited")).ChangedPaths.ShouldBe(["real/file.txt"]);
        (await worktree.WriteFileAsync("folder-alias/new.txt", "x")).ChangedPaths.ShouldBe(["real/new.txt"]);
        (await worktree.DeleteFileAsync("alias.txt")).ChangedPaths.ShouldBe(["alias.txt"]);
        worktree.Read("real/file.txt").ShouldBe("edited");
    }

    [NeedsFact(Need.Linux)]
    public void AWalkWithoutOpenAt2_RefusesEveryLinkAndReadsTheRest()
    {
        using var worktree = Hostile();
        using IWorktreeFiles files = new LinuxWorktreeFiles(worktree.Root, walkOnly: true);
        foreach (var way in s_waysOut.Where(way => !way.Contains("..", StringComparison.Ordinal) && way[0] != '{'))
        {
            var path = way.Replace("{outside}", worktree.Outside, StringComparison.Ordinal);
            Should.Throw<ToolFailureException>(() => files.OpenRead(WorktreePath.Parse(path)).Dispose()).Code.ShouldBe(ToolErrors.OutsideWorktree, path);
            Should.Throw<ToolFailureException>(() => files.Write(WorktreePath.Parse(path), "x"u8)).Code.ShouldBe(ToolErrors.OutsideWorktree, path);
        }

        files.Write(WorktreePath.Parse("made/deep/file.txt"), "content"u8).ToString().ShouldBe("made/deep/file.txt");
        using var opened = files.OpenRead(WorktreePath.Parse("made/deep/file.txt"));
        opened.ReadAll(100).ShouldBe("content"u8.ToArray());
        File.ReadAllText(worktree.SecretPath).ShouldBe(TemporaryWorktree.Secret);
    }

    [Fact]
    public async Task WriteFile_WhileTheFolderIsSwappedForALinkOut_NeverLandsOutside()
    {
        using var worktree = new TemporaryWorktree();
        worktree.Write("real/secret.txt", "x").Link("current", "real");
        const string Swap = "echo started; while :; do ln -s ../outside n && mv -T n current; ln -s real n && mv -T n current; done";
        await using (var swapping = ChildProcess.Start(new ProcessStart { FileName = "/bin/sh", Arguments = ["-c", Swap], WorkingDirectory = worktree.Root }))
        {
            (await swapping.StandardOutput.ReadAsync(new byte[16])).ShouldBeGreaterThan(0);
            var refused = 0;
            var written = 0;
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            while ((refused < 50 || written < 50) && !patience.IsCancellationRequested)
            {
                try
                {
                    worktree.Files.Write(WorktreePath.Parse("current/secret.txt"), "overwritten"u8).ToString().ShouldBe("real/secret.txt");
                    written++;
                }
                catch (ToolFailureException)
                {
                    refused++;
                }
            }

            refused.ShouldBeGreaterThan(0);
            written.ShouldBeGreaterThan(0);
        }

        File.ReadAllText(worktree.SecretPath).ShouldBe(TemporaryWorktree.Secret);
        Directory.GetFileSystemEntries(worktree.Outside).ShouldBe([worktree.SecretPath]);
    }

    private static TemporaryWorktree Hostile()
    {
        var worktree = new TemporaryWorktree();
        worktree.Write("plain.txt", "plain").Write("a/b.txt", "b");
        worktree.Link("link-to-file", "../outside/secret.txt").Link("link-to-folder", "../outside").Link("folder/deep-link", "../../outside");
        worktree.Link("absolute-link", worktree.SecretPath).Link("proc-link", "/proc/self").Link("chain", "link-to-file");
        return worktree;
    }
}
