using Agent.Ide.Worker.Files;
using Agent.Ide.Worker.Ignoring;

namespace Agent.Ide.Worker.Tests.Searching;

/// <summary>The walk must see exactly what git does not ignore; git itself is asked.</summary>
public sealed class IgnoreParityTests
{
    private static readonly string[] s_files =
    [
        "a.txt", "a.log", "keep.log", "build/out.o", "src/build/x.o", "src/main.c", "src/main.o", "src/deep/er/x.tmp", "doc/a.html", "doc/sub/b.html",
        "foo/bar/baz.txt", "foo/baz.txt", "x/foo/bar/q.txt", "node_modules/p/index.js", "sub/node_modules/q.js", ".hidden/file", ".env", "sp ace.txt",
        "trail ", "#hash", "!bang", "a[b].txt", "ab.txt", "abc.txt", "star*.txt", "A.TXT", "UPPER/file", "temp1", "temp2", "tempX", "deep/a/b/c/d.txt",
        "deep/d.txt", "only/dir/keep.me", "only/dir/drop.me", "only/keep.me", "back\\slash", "ünïcode.txt", "q?.txt", "data/1.csv", "data/a.csv", "nested/x.gen",
        "nested/inner/x.gen", "nested/inner/y.gen", "vendor/lib/a.c", "vendor/b.c",
    ];

    public static TheoryData<string> IgnoreFiles => new()
    {
        "*.log\n!keep.log\n", "build/\n", "/build\n", "build\n", "*.o\n", "doc/*.html\n", "doc/**/*.html\n", "**/foo/bar\n", "foo/**\n", "foo/**/baz.txt\n",
        "**/node_modules/\n", "/node_modules\n", ".*\n!.env\n", "sp\\ ace.txt\n", "trail\\ \n", "trail \n", "\\#hash\n", "#hash\n", "\\!bang\n", "a[b].txt\n",
        "a\\[b\\].txt\n", "a[a-c].txt\n", "a[!x]c.txt\n", "star\\*.txt\n", "star*\n", "temp[0-9]\n", "temp[[:digit:]]\n", "temp[^[:digit:]]\n", "deep/**/d.txt\n",
        "deep/*/d.txt\n", "only/dir/*\n!only/dir/keep.me\n", "only/\n!only/keep.me\n", "*\n!*/\n!*.txt\n", "*.TXT\n", "?.txt\n", "q\\?.txt\n", "ünïcode.txt\n",
        "/*\n!/src\n", "src/*\n!src/main.c\n", "\r\n*.log\r\n", "\ufeff*.log\n", "**\n", "**/\n", "/**\n", "a**.txt\n", "data/[0-9].csv\n", "[\n", "a[\n", "[]]\n",
        "back\\\\slash\n", "vendor/*\n!vendor/lib/\n", "!*.log\n*.log\n", "/\n", "//\n", "foo//bar\n", "*/x.o\n", "**/deep/**/x.tmp\n", "src/**/\n", "./a.txt\n",
    };

    [Theory]
    [MemberData(nameof(IgnoreFiles))]
    public async Task Walk_SeesWhatGitDoesNotIgnore(string ignoreFile)
    {
        using var worktree = new TemporaryWorktree();
        foreach (var file in s_files)
        {
            worktree.Write(file, "x");
        }

        worktree.Write(".gitignore", ignoreFile).Write("nested/.gitignore", "*.gen\n!/inner/y.gen\n").Write("nested/inner/.gitignore", "!x.gen\n");
        (await worktree.RunAsync("git", "init", "--quiet")).ExitCode.ShouldBe(0);
        File.WriteAllText(worktree.FullPath(".git/info/exclude"), "abc.txt\n/vendor/b.c\n");
        Walked(worktree).ShouldBe(await SeenByGitAsync(worktree));
    }

    [Fact]
    public async Task Walk_InALinkedWorktree_RespectsTheExcludesOfTheRepository()
    {
        using var repository = new TemporaryWorktree();
        (await repository.RunAsync("git", "init", "--quiet")).ExitCode.ShouldBe(0);
        (await repository.RunAsync("git", "-c", "user.name=t", "-c", "user.email=t@t", "commit", "--quiet", "--allow-empty", "-m", "x")).ExitCode.ShouldBe(0);
        File.WriteAllText(repository.FullPath(".git/info/exclude"), "secret.*\n");
        (await repository.RunAsync("git", "worktree", "add", "--quiet", "linked")).ExitCode.ShouldBe(0);
        File.WriteAllText(repository.FullPath("linked/secret.txt"), "x");
        File.WriteAllText(repository.FullPath("linked/open.txt"), "x");
        using var files = WorktreeFiles.Open(repository.FullPath("linked"));
        new TreeWalk(files).Below(WorktreePath.ParseFolder("."), CancellationToken.None).Select(file => file.Path).ShouldBe(["open.txt"]);
    }

    [Fact]
    public void Walk_OnAPatternMadeToBeSlow_EndsQuickly()
    {
        using var worktree = new TemporaryWorktree();
        worktree.Write(new string('a', 200) + ".txt", "x").Write(".gitignore", string.Concat(Enumerable.Repeat("*a", 90)) + "*b\n");
        worktree.Write(string.Join('/', Enumerable.Repeat("a", 60)) + "/x", "x");
        worktree.Write("a/.gitignore", string.Concat(Enumerable.Repeat("**/a/", 25)) + "b\n");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        new TreeWalk(worktree.Files).Below(WorktreePath.ParseFolder("."), patience.Token).Count().ShouldBe(4);
    }

    private static List<string> Walked(TemporaryWorktree worktree) =>
        [.. new TreeWalk(worktree.Files).Below(WorktreePath.ParseFolder("."), CancellationToken.None).Select(file => file.Path).Order(StringComparer.Ordinal)];

    private static async Task<List<string>> SeenByGitAsync(TemporaryWorktree worktree)
    {
        var result = await worktree.RunAsync(
            "git", "-c", "core.excludesFile=/dev/null", "ls-files", "-z", "--others", "--exclude-standard");
        result.ExitCode.ShouldBe(0, result.Error);
        return [.. result.OutputText.Split('\0', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];
    }
}
