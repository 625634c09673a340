using System.Text;
using Agent.Ide.Core.Tools;
using Agent.Ide.Testing.Machines;

namespace Agent.Ide.Worker.Tests.Searching;

public sealed class SearchTests
{
    public static TheoryData<string, SearchKind, string?, int> Queries => new()
    {
        { "needle", SearchKind.Text, null, 50 },
        { "needle", SearchKind.Text, null, 3 },
        { "needle", SearchKind.Text, "src", 50 },
        { "needle", SearchKind.Text, "src/a.cs", 50 },
        { "needle", SearchKind.Text, "ignored", 50 },
        { "Needle", SearchKind.Text, null, 50 },
        { "a.b(c)*", SearchKind.Text, null, 50 },
        { "needle$", SearchKind.Regex, null, 50 },
        { "^needle", SearchKind.Regex, null, 50 },
        { @"\bneedle\d+\b", SearchKind.Regex, null, 50 },
        { "(?i)NEEDLE", SearchKind.Regex, null, 50 },
        { "(?P<name>nee)dle", SearchKind.Regex, null, 50 },
        { "n[^x]{2}dle|ünïcode", SearchKind.Regex, null, 50 },
        { ".*", SearchKind.Regex, "src/deep", 50 },
        { "nowhere to be found", SearchKind.Text, null, 50 },
        { "ü", SearchKind.Text, null, 50 },
        { "--needle", SearchKind.Text, null, 50 },
        { "crlf$", SearchKind.Regex, null, 50 },
    };

    [NeedsTheory(Need.Ripgrep)]
    [MemberData(nameof(Queries))]
    public async Task BothSearches_GiveTheSameAnswer(string pattern, SearchKind kind, string? path, int most)
    {
        using var worktree = await CorpusAsync();
        var inProcess = await worktree.SearchAsync(pattern, kind, path, most);
        var ripgrep = await worktree.SearchAsync(pattern, kind, path, most, ripgrep: true);
        inProcess.Content.ShouldBe(ripgrep.Content);
        inProcess.Summary.ShouldBe(ripgrep.Summary);
        inProcess.ErrorCode.ShouldBe(ripgrep.ErrorCode);
    }

    [Theory]
    [InlineData(false)]
    [NeedsInlineData(Need.Ripgrep, true)]
    public async Task Search_RespectsIgnoreFilesAndBounds(bool ripgrep)
    {
        using var worktree = await CorpusAsync();
        var all = await worktree.SearchAsync("needle", SearchKind.Text, most: 50, ripgrep: ripgrep);
        all.Content.ShouldContain(".github/workflow.yml\n1: needle in a hidden file");
        all.Content.ShouldContain("src/a.cs\n2: needle1 here\n4: another needle");
        all.Content.ShouldContain("src/utf16.txt\n2: a needle in UTF-16");
        all.Content.ShouldNotContain("ignored/");
        all.Content.ShouldNotContain("excluded.txt");
        all.Content.ShouldNotContain("binary.bin");
        all.Content.ShouldNotContain("late.bin");
        all.Content.ShouldNotContain(".git/");
        all.Content.ShouldNotContain("link.txt");
        all.Content.Length.ShouldBeLessThan(8000);
        var few = await worktree.SearchAsync("needle", SearchKind.Text, most: 2, ripgrep: ripgrep);
        few.Content.ShouldEndWith("[first 2; there are more: narrow the pattern or the path, or raise max_results]");
    }

    [Theory]
    [InlineData(false)]
    [NeedsInlineData(Need.Ripgrep, true)]
    public async Task Search_ForAnExpressionMadeToBacktrack_Ends(bool ripgrep)
    {
        using var worktree = new TemporaryWorktree();
        worktree.Write("a.txt", new string('a', 50_000) + "\n");
        (await worktree.SearchAsync("(a+)+b|(a|aa)+c", SearchKind.Regex, ripgrep: ripgrep)).Content.ShouldBe("No line matches.");
    }

    [Theory]
    [InlineData("(", false)]
    [NeedsInlineData(Need.Ripgrep, "(", true)]
    [InlineData("a{2,1}", false)]
    [NeedsInlineData(Need.Ripgrep, "a{2,1}", true)]
    [InlineData("(?=look)", false)]
    [NeedsInlineData(Need.Ripgrep, "(?=look)", true)]
    [InlineData(@"(a)\1", false)]
    [NeedsInlineData(Need.Ripgrep, @"(a)\1", true)]
    public async Task Search_ForAnInvalidExpression_SaysSo(string pattern, bool ripgrep)
    {
        using var worktree = new TemporaryWorktree();
        worktree.Write("a.txt", "aa");
        var outcome = await worktree.SearchAsync(pattern, SearchKind.Regex, ripgrep: ripgrep);
        outcome.ErrorCode.ShouldBe(ToolErrors.InvalidArguments);
        outcome.Content.ShouldContain("expression is invalid");
    }

    [Fact]
    public async Task Search_WithArgumentsOutOfRange_IsRefused()
    {
        using var worktree = new TemporaryWorktree();
        (await worktree.SearchAsync("x", SearchKind.Text, most: 0)).ErrorCode.ShouldBe(ToolErrors.InvalidArguments);
        (await worktree.SearchAsync("x", SearchKind.Text, most: 51)).ErrorCode.ShouldBe(ToolErrors.InvalidArguments);
        (await worktree.SearchAsync("", SearchKind.Text)).ErrorCode.ShouldBe(ToolErrors.InvalidArguments);
        (await worktree.SearchAsync("a\nb", SearchKind.Text)).ErrorCode.ShouldBe(ToolErrors.InvalidArguments);
        (await worktree.SearchAsync("x", SearchKind.Text, "missing")).ErrorCode.ShouldBe(ToolErrors.NotFound);
    }

    [Theory]
    [InlineData("*.cs", null, "src/a.cs\nsrc/deep/b.cs")]
    [InlineData("src/*.cs", null, "src/a.cs")]
    [InlineData("**/*.{cs,yml}", null, ".github/workflow.yml\nsrc/a.cs\nsrc/deep/b.cs")]
    [InlineData("*.cs", "src/deep", "src/deep/b.cs")]
    [InlineData("deep/*", "src", "src/deep/b.cs\nsrc/deep/crlf.txt")]
    [InlineData("src/deep", null, "src/deep/b.cs\nsrc/deep/crlf.txt")]
    [InlineData("deep/", "src", "src/deep/b.cs\nsrc/deep/crlf.txt")]
    [InlineData("*.none", null, "No file matches.")]
    public async Task Glob_MatchesPaths(string pattern, string? path, string expected)
    {
        using var worktree = await CorpusAsync();
        (await worktree.SearchAsync(pattern, SearchKind.Glob, path)).Content.ShouldBe(expected);
    }

    [Fact]
    public async Task ListFiles_IsSortedAndBounded()
    {
        using var worktree = new TemporaryWorktree();
        worktree.Write("b/x.txt", "").Write("b.txt", "").Write("a.txt", "").Write(".gitignore", "*.log\n").Write("c.log", "");
        (await worktree.ListFilesAsync()).Content.ShouldBe(".gitignore\na.txt\nb/x.txt\nb.txt");
        (await worktree.ListFilesAsync(most: 2)).Content.ShouldBe(".gitignore\na.txt\n[2 of 4 files; use a narrower glob]");
        (await worktree.ListFilesAsync("b")).Content.ShouldBe("b/x.txt");
        (await worktree.ListFilesAsync(string.Concat(Enumerable.Repeat("{a,b}", 10)))).ErrorCode.ShouldBe(ToolErrors.InvalidArguments);
    }

    private static async Task<TemporaryWorktree> CorpusAsync()
    {
        var worktree = new TemporaryWorktree();
        (await worktree.RunAsync("git", "init", "--quiet")).ExitCode.ShouldBe(0);
        File.AppendAllText(worktree.FullPath(".git/info/exclude"), "excluded.txt\n");
        worktree.Write(".git/needle", "needle\n").Write(".gitignore", "ignored/\n*.gen\n").Write("ignored/x.txt", "needle ignored\n");
        worktree.Write("excluded.txt", "needle excluded\n").Write(".github/workflow.yml", "needle in a hidden file\n");
        worktree.Write("src/a.cs", "first\nneedle1 here\n\nanother needle\nneedle needle\n").Write("src/deep/b.cs", "no\n  ends with needle");
        worktree.Write("src/deep/crlf.txt", "a line of crlf\r\nneedle\r\n\r\nlast crlf").Write("src.txt", "needle beside the folder\n");
        worktree.Write("src/utf16.txt", [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("x\na needle in UTF-16\n")]);
        worktree.Write("src/bom.txt", [.. Encoding.UTF8.Preamble, .. "needle after a mark\nünïcode\n"u8]);
        worktree.Write("src/.gitignore", "!kept.gen\n").Write("src/kept.gen", "needle kept\n").Write("lost.gen", "needle lost\n");
        worktree.Write("latin1.txt", [.. "needle "u8, 0xe4, 0xff, .. " end\n"u8]).Write("special.txt", "a.b(c)*\naxb\n--needle\n");
        worktree.Write("binary.bin", [.. "needle\n"u8, 0, 1, 2]).Write("late.bin", [.. "needle\n"u8, .. new byte[100_000].Select(_ => (byte)'x'), 0]);
        worktree.Write("long.txt", $"{new string('x', 5000)} needle {new string('y', 5000)}\n").Write("empty.txt", "");
        worktree.Write(".ignore", "special.txt\n").Link("link.txt", "src/a.cs").Link("loop", ".");
        worktree.Write("huge.txt", "needle" + new string('z', 5 * 1024 * 1024));
        return worktree;
    }
}
