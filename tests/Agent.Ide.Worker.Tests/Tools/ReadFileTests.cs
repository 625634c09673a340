using System.Text;
using Agent.Ide.Core.Tools;
using Agent.Ide.Worker.Tools;

namespace Agent.Ide.Worker.Tests.Tools;

public sealed class ReadFileTests
{
    [Fact]
    public async Task ReadFile_OfASmallFile_IsTheFileAndNothingElse()
    {
        using var worktree = new TemporaryWorktree();
        worktree.Write("a.txt", "one\ntwo\n");
        var outcome = await worktree.ReadFileAsync("a.txt");
        outcome.Content.ShouldBe("one\ntwo\n");
        outcome.ChangedPaths.ShouldBe([]);
        outcome.ErrorCode.ShouldBeNull();
    }

    [Fact]
    public async Task ReadFile_OfALongFile_SaysHowToGoOn()
    {
        using var worktree = new TemporaryWorktree();
        worktree.Write("long.txt", string.Concat(Enumerable.Range(1, 1000).Select(i => $"line {i}\n")));
        var first = await worktree.ReadFileAsync("long.txt");
        first.Content.ShouldEndWith("line 400\n[lines 1-400 of 1000; continue with start_line 401]");
        var last = await worktree.ReadFileAsync("long.txt", 801);
        last.Content.ShouldStartWith("line 801\n");
        last.Content.ShouldEndWith("line 1000\n[lines 801-1000 of 1000]");
        (await worktree.ReadFileAsync("long.txt", 5, 6)).Content.ShouldBe("line 5\nline 6\n[lines 5-6 of 1000; continue with start_line 7]");
        (await worktree.ReadFileAsync("long.txt", 1001)).Content.ShouldBe("long.txt has 1000 lines; line 1001 is behind its end.");
        (await worktree.ReadFileAsync("long.txt", 5, 4)).ErrorCode.ShouldBe(ToolErrors.InvalidArguments);
    }

    [Fact]
    public async Task ReadFile_OfWideLines_StaysWithinItsBounds()
    {
        using var worktree = new TemporaryWorktree();
        worktree.Write("wide.txt", string.Concat(Enumerable.Repeat(new string('x', 1000) + "\n", 100)));
        var outcome = await worktree.ReadFileAsync("wide.txt", 1, 100);
        outcome.Content.Length.ShouldBeLessThan(ReadFileTool.MaxCharacters + 200);
        outcome.Content.ShouldContain("of 100; continue with start_line ");
        worktree.Write("minified.js", new string('y', 1_000_000));
        var minified = await worktree.ReadFileAsync("minified.js");
        minified.Content.Length.ShouldBeLessThan(ReadFileTool.MaxLineCharacters + 200);
        minified.Content.ShouldContain("[line cut, 1000000 characters]");
    }

    [Fact]
    public async Task ReadFile_OfABinaryFile_DescribesIt()
    {
        using var worktree = new TemporaryWorktree();
        worktree.Write("image.png", [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, 0, 0, 0]);
        var outcome = await worktree.ReadFileAsync("image.png");
        outcome.ErrorCode.ShouldBe(ToolErrors.Binary);
        outcome.Content.ShouldBe("image.png is a binary file of 11 bytes (PNG image); its content is not shown.");
    }

    [Fact]
    public async Task ReadFile_ShowsTextInEveryEncodingWithPlainLineFeeds()
    {
        using var worktree = new TemporaryWorktree();
        worktree.Write("crlf.txt", "a\r\nb\r\n").Write("bom.txt", [.. Encoding.UTF8.Preamble, .. "ä\n"u8]);
        worktree.Write("utf16.txt", [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("ü\r\nx")]);
        worktree.Write("latin1.txt", [(byte)'a', 0xe4, (byte)'\n']).Write("empty.txt", string.Empty);
        (await worktree.ReadFileAsync("crlf.txt")).Content.ShouldBe("a\nb\n");
        (await worktree.ReadFileAsync("bom.txt")).Content.ShouldBe("ä\n");
        (await worktree.ReadFileAsync("utf16.txt")).Content.ShouldBe("ü\nx");
        (await worktree.ReadFileAsync("latin1.txt")).Content.ShouldBe("a\ufffd\n");
        (await worktree.ReadFileAsync("empty.txt")).Content.ShouldBe("(empty file)");
    }

    [Fact]
    public async Task ReadFile_OfAFolderOrNothing_SaysWhatToDo()
    {
        using var worktree = new TemporaryWorktree();
        worktree.Write("folder/a.txt", "a");
        (await worktree.ReadFileAsync("folder")).ErrorCode.ShouldBe(ToolErrors.NotARegularFile);
        (await worktree.ReadFileAsync("missing.txt")).ErrorCode.ShouldBe(ToolErrors.NotFound);
        (await worktree.ReadFileAsync("folder/a.txt/b")).ErrorCode.ShouldBe(ToolErrors.NotFound);
        (await worktree.ReadFileAsync(".")).ErrorCode.ShouldBe(ToolErrors.InvalidArguments);
    }
}
