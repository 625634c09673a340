using System.Text;
using Agent.Ide.Core.Tools;
using Agent.Ide.Testing.Machines;

namespace Agent.Ide.Worker.Tests.Tools;

public sealed class ChangeFileTests
{
    [Fact]
    public async Task EditFile_WithOneMatch_ReplacesItAndNothingElse()
    {
        using var worktree = new TemporaryWorktree();
        worktree.Write("a.cs", "class A\n{\n    int x;\n}\n");
        var outcome = await worktree.EditFileAsync("a.cs", "    int x;\n", "    int x;\n    int y;\n");
        outcome.Content.ShouldBe("Edited a.cs at line 3.");
        outcome.Summary.ShouldBe("edited a.cs +1 -0");
        outcome.ChangedPaths.ShouldBe(["a.cs"]);
        worktree.Read("a.cs").ShouldBe("class A\n{\n    int x;\n    int y;\n}\n");
        Directory.GetFileSystemEntries(worktree.Root).ShouldBe([worktree.FullPath("a.cs")]);
    }

    [Fact]
    public async Task EditFile_WithSeveralMatches_NamesTheirLinesUnlessAllAreMeant()
    {
        using var worktree = new TemporaryWorktree();
        worktree.Write("a.txt", "x\ny\nx\n");
        var refused = await worktree.EditFileAsync("a.txt", "x", "z");
        refused.ErrorCode.ShouldBe(ToolErrors.AmbiguousMatch);
        refused.Content.ShouldContain("2 times in a.txt (lines 1, 3)");
        worktree.Read("a.txt").ShouldBe("x\ny\nx\n");
        (await worktree.EditFileAsync("a.txt", "x", "z", all: true)).Summary.ShouldBe("edited a.txt +2 -2");
        worktree.Read("a.txt").ShouldBe("z\ny\nz\n");
    }

    [Fact]
    public async Task EditFile_WithoutAMatch_ShowsWhatIsThere()
    {
        using var worktree = new TemporaryWorktree();
        worktree.Write("a.py", "def f():\n\treturn compute_total(1)\n");
        var whiteSpace = await worktree.EditFileAsync("a.py", "def f():\n    return compute_total(1)\n", "pass");
        whiteSpace.ErrorCode.ShouldBe(ToolErrors.NoMatch);
        whiteSpace.Content.ShouldContain("lines 1-2 differ from it in white space only");
        whiteSpace.Content.ShouldContain("\treturn compute_total(1)\n");
        var near = await worktree.EditFileAsync("a.py", "def g():\n\treturn compute_total(1)\n", "pass");
        near.Content.ShouldContain("A line of it is at line 2");
        (await worktree.EditFileAsync("a.py", "nothing like this", "pass")).Content.ShouldContain("Read the file again");
    }

    [Fact]
    public async Task EditFile_WithNothingToDo_IsRefused()
    {
        using var worktree = new TemporaryWorktree();
        worktree.Write("a.txt", "x");
        (await worktree.EditFileAsync("a.txt", "", "y")).ErrorCode.ShouldBe(ToolErrors.InvalidArguments);
        (await worktree.EditFileAsync("a.txt", "x", "x")).ErrorCode.ShouldBe(ToolErrors.InvalidArguments);
        (await worktree.EditFileAsync("missing.txt", "x", "y")).ErrorCode.ShouldBe(ToolErrors.NotFound);
    }

    [Fact]
    public async Task EditFile_KeepsMarksLineEndingsAndInvalidCharacters()
    {
        using var worktree = new TemporaryWorktree();
        worktree.Write("crlf.txt", [.. Encoding.UTF8.Preamble, .. "one\r\ntwo\r\nthree\r\n"u8]);
        worktree.Write("latin1.txt", [0xe4, (byte)' ', (byte)'o', (byte)'l', (byte)'d', (byte)' ', 0xff]);
        worktree.Write("utf16.txt", [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("a\r\nold\r\n")]);
        (await worktree.EditFileAsync("crlf.txt", "one\ntwo\n", "one\n2\nzwei\n")).ErrorCode.ShouldBeNull();
        File.ReadAllBytes(worktree.FullPath("crlf.txt")).ShouldBe([.. Encoding.UTF8.Preamble, .. "one\r\n2\r\nzwei\r\nthree\r\n"u8]);
        (await worktree.EditFileAsync("latin1.txt", "old", "new")).ErrorCode.ShouldBeNull();
        File.ReadAllBytes(worktree.FullPath("latin1.txt")).ShouldBe([0xe4, (byte)' ', (byte)'n', (byte)'e', (byte)'w', (byte)' ', 0xff]);
        (await worktree.EditFileAsync("utf16.txt", "a\nold", "a\nnew")).ErrorCode.ShouldBeNull();
        File.ReadAllBytes(worktree.FullPath("utf16.txt")).ShouldBe([.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("a\r\nnew\r\n")]);
    }

    [Fact]
    public async Task EditFile_OfABinaryFile_IsRefused()
    {
        using var worktree = new TemporaryWorktree();
        worktree.Write("a.bin", [1, 0, 2]);
        (await worktree.EditFileAsync("a.bin", "\u0001", "x")).ErrorCode.ShouldBe(ToolErrors.Binary);
    }

    [NeedsTheory(Need.Unix)]
    [InlineData(0x1ed)]
    [InlineData(0x180)]
    public async Task WriteAndEdit_KeepTheFilesPermissions(int mode)
    {
        using var worktree = new TemporaryWorktree();
        worktree.Write("run.sh", "echo old\n");
        File.SetUnixFileMode(worktree.FullPath("run.sh"), (UnixFileMode)mode);
        await worktree.EditFileAsync("run.sh", "old", "new");
        File.GetUnixFileMode(worktree.FullPath("run.sh")).ShouldBe((UnixFileMode)mode);
        await worktree.WriteFileAsync("run.sh", "echo newer\n");
        File.GetUnixFileMode(worktree.FullPath("run.sh")).ShouldBe((UnixFileMode)mode);
    }

    [Fact]
    public async Task WriteFile_MakesFoldersAndReportsOnlyWhatChanged()
    {
        using var worktree = new TemporaryWorktree();
        var created = await worktree.WriteFileAsync("./src//deep/a.txt", "one\ntwo\n");
        created.ChangedPaths.ShouldBe(["src/deep/a.txt"]);
        created.Summary.ShouldBe("created src/deep/a.txt +2");
        var same = await worktree.WriteFileAsync("src/deep/a.txt", "one\ntwo\n");
        same.ChangedPaths.ShouldBe([]);
        same.ErrorCode.ShouldBeNull();
        (await worktree.WriteFileAsync("src/deep/a.txt", "three")).Summary.ShouldBe("replaced src/deep/a.txt +1");
        (await worktree.WriteFileAsync("src/deep", "x")).ErrorCode.ShouldBe(ToolErrors.NotARegularFile);
        (await worktree.WriteFileAsync("src/deep/a.txt/b", "x")).ErrorCode.ShouldBe(ToolErrors.NotFound);
        (await worktree.WriteFileAsync("new/", "x")).ErrorCode.ShouldBe(ToolErrors.InvalidArguments);
        Directory.GetFileSystemEntries(worktree.FullPath("src/deep")).ShouldBe([worktree.FullPath("src/deep/a.txt")]);
    }

    [Fact]
    public async Task DeleteFile_TakesFilesLinksAndEmptyFolders()
    {
        using var worktree = new TemporaryWorktree();
        worktree.Write("a.txt", "a").Write("full/b.txt", "b").Link("link", "a.txt").Link("dangling", "nowhere");
        Directory.CreateDirectory(worktree.FullPath("empty"));
        (await worktree.DeleteFileAsync("link")).ChangedPaths.ShouldBe(["link"]);
        (await worktree.DeleteFileAsync("dangling")).ChangedPaths.ShouldBe(["dangling"]);
        (await worktree.DeleteFileAsync("a.txt")).ChangedPaths.ShouldBe(["a.txt"]);
        (await worktree.DeleteFileAsync("empty")).ChangedPaths.ShouldBe([]);
        (await worktree.DeleteFileAsync("full")).ErrorCode.ShouldBe(ToolErrors.NotARegularFile);
        (await worktree.DeleteFileAsync("a.txt")).ErrorCode.ShouldBe(ToolErrors.NotFound);
        (await worktree.DeleteFileAsync(".")).ErrorCode.ShouldBe(ToolErrors.InvalidArguments);
        worktree.Read("full/b.txt").ShouldBe("b");
    }

    [Fact]
    public async Task MoveFile_NeverReplacesAndNamesEveryPath()
    {
        using var worktree = new TemporaryWorktree();
        worktree.Write("a.txt", "a").Write("b.txt", "b").Write("folder/x.txt", "x").Write("folder/y/z.txt", "z");
        (await worktree.MoveFileAsync("a.txt", "b.txt")).ErrorCode.ShouldBe(ToolErrors.AlreadyExists);
        worktree.Read("b.txt").ShouldBe("b");
        (await worktree.MoveFileAsync("a.txt", "new/place/a.txt")).ChangedPaths.ShouldBe(["a.txt", "new/place/a.txt"]);
        worktree.Read("new/place/a.txt").ShouldBe("a");
        (await worktree.MoveFileAsync("folder", "moved")).ChangedPaths
            .ShouldBe(["folder/x.txt", "folder/y/z.txt", "moved/x.txt", "moved/y/z.txt"]);
        (await worktree.MoveFileAsync("moved", "moved/inside")).ErrorCode.ShouldBe(ToolErrors.InvalidArguments);
        (await worktree.MoveFileAsync("moved", "new")).ErrorCode.ShouldBe(ToolErrors.AlreadyExists);
        (await worktree.MoveFileAsync("missing", "x")).ErrorCode.ShouldBe(ToolErrors.NotFound);
    }
}
