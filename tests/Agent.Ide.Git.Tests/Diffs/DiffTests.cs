namespace Agent.Ide.Git.Tests;

public sealed class DiffTests
{
    private static readonly string Lines = string.Join('\n', Enumerable.Range(1, 40)) + "\n";

    [Fact]
    public async Task Compare_GivesRenamesHunksCountsBinaryAndOddNames()
    {
        await using var task = await TaskFixture.CreateAsync(
            ("edit.txt", Lines), ("old name", Lines + "tail\n"), ("gone", "x\n"), ("diff --git a/x b/y", "1\n"), ("kind", "k\n"));
        task.Write("edit.txt", Lines.Replace("\n5\n", "\nfive\n", StringComparison.Ordinal).Replace("\n35\n", "\n35\n35a\n", StringComparison.Ordinal));
        File.Move(task.FullPath("old name"), task.FullPath("new\nname"));
        File.Delete(task.FullPath("gone"));
        task.Write("diff --git a/x b/y", "1\n2\n");
        task.Write("zz", "last\n");
        File.WriteAllBytes(task.FullPath("binary"), [0, 1, 2]);
        File.Delete(task.FullPath("kind"));
        File.CreateSymbolicLink(task.FullPath("kind"), "target");
        var head = (await task.StoreAsync()).Commit!;

        var diff = await new Diffs(task.Repository).CompareAsync(task.Task.Base, head);

        diff.HunksComplete.ShouldBeTrue();
        diff.Files.Select(file => $"{file.Status} {file.OldPath}>{file.Path} +{file.Additions} -{file.Deletions} {file.Binary} {file.Hunks.Count}").ShouldBe(
            [
                "Added >binary +0 -0 True 0", "Modified >diff --git a/x b/y +1 -0 False 1", "Modified >edit.txt +2 -1 False 2",
                "Deleted >gone +0 -1 False 1", "TypeChanged >kind +1 -1 False 2", "Renamed old name>new\nname +0 -0 False 0", "Added >zz +1 -0 False 1",
            ],
            ignoreOrder: true);
        diff.Files.Single(file => file.Path == "edit.txt").Hunks.ShouldBe(
            [
                new DiffHunk(0, 2, 7, 2, 7) { Additions = 1, Deletions = 1, FirstLine = 5, LastLine = 5, Text = "five" },
                new DiffHunk(1, 33, 6, 33, 7) { Additions = 1, FirstLine = 36, LastLine = 36, Text = "35a" },
            ]);
        diff.Files.Single(file => file.Path == "zz").Hunks.ShouldBe([new DiffHunk(0, 0, 0, 1, 1) { Additions = 1, FirstLine = 1, LastLine = 1, Text = "last" }]);
        diff.Additions.ShouldBe(5);
    }

    [Theory]
    [InlineData("1\n2\n3\n", "", "+0 -3 1-1 1")]
    [InlineData("1\n2\n3\n", "1\n3\n", "+0 -1 2-2 2")]
    [InlineData("1\n2\n3\n4\n", "one\n2\n3\n", "+1 -2 1-3 one")]
    [InlineData("1\n2\n3", "1\n2\nthree", "+1 -1 3-3 three")]
    [InlineData("1\n", "\n1\n", "+1 -0 1-1 ")]
    [InlineData("1\n", "1\n\n\t--- a\u0007b\r\n", "+2 -0 2-3 --- a b")]
    public async Task Compare_SaysWhatEachHunkChanges_AndALineToKnowItBy(string before, string after, string expected)
    {
        await using var task = await TaskFixture.CreateAsync(("a", before), ("b", "b\n"));
        task.Write("a", after);
        var head = (await task.StoreAsync()).Commit!;

        var hunk = (await new Diffs(task.Repository).CompareAsync(task.Task.Base, head)).Files.ShouldHaveSingleItem().Hunks.ShouldHaveSingleItem();

        $"+{hunk.Additions} -{hunk.Deletions} {hunk.FirstLine}-{hunk.LastLine} {hunk.Text}".ShouldBe(expected);
    }

    [Fact]
    public async Task Compare_CountsBlankLines_ThatGitIsToldToPrintWithoutTheirSign()
    {
        await using var task = await TaskFixture.CreateAsync(("a", "1\n\n\n4\n"));
        task.User.AppendConfig("diff.suppressBlankEmpty", "true");
        task.Write("a", "1\n\n\nfour\n");
        var head = (await task.StoreAsync()).Commit!;

        var hunk = (await new Diffs(task.Repository).CompareAsync(task.Task.Base, head)).Files.ShouldHaveSingleItem().Hunks.ShouldHaveSingleItem();

        (hunk.FirstLine, hunk.LastLine).ShouldBe((4, 4));
    }

    [Fact]
    public async Task Compare_ShortensTheLineThatAHunkIsKnownBy_BetweenCharacters()
    {
        await using var task = await TaskFixture.CreateAsync(("a", "1\n"));
        task.Write("a", "1\nx" + string.Concat(Enumerable.Repeat("😀", 100_000)) + "\n");
        var head = (await task.StoreAsync()).Commit!;

        var hunk = (await new Diffs(task.Repository).CompareAsync(task.Task.Base, head)).Files[0].Hunks[0];

        hunk.Text.ShouldBe("x" + string.Concat(Enumerable.Repeat("😀", 49)) + "…");
    }

    [Fact]
    public async Task Patch_IsWhatGitPrints_AndIsCutWhereAsked()
    {
        await using var task = await TaskFixture.CreateAsync(("a", Lines));
        task.Write("a", Lines.Replace("\n5\n", "\nfive\n", StringComparison.Ordinal));
        var head = (await task.StoreAsync()).Commit!;
        var diffs = new Diffs(task.Repository);

        var whole = await diffs.PatchAsync(task.Task.Base, head, stat: false, 1 << 20);
        var cut = await diffs.PatchAsync(task.Task.Base, head, stat: false, 100);
        var stat = await diffs.PatchAsync(task.Task.Base, head, stat: true, 1 << 20);

        whole.Truncated.ShouldBeFalse();
        whole.Text.ShouldContain("-5\n+five\n");
        cut.Truncated.ShouldBeTrue();
        cut.Text.ShouldEndWith("\n");
        cut.Bytes.Length.ShouldBeLessThanOrEqualTo(100);
        stat.Text.ShouldContain("1 file changed, 1 insertion(+), 1 deletion(-)");
    }

    [Fact]
    public async Task Stat_ShowsThatAFileBecameExecutable()
    {
        await using var task = await TaskFixture.CreateAsync(("a", Lines));
        File.SetUnixFileMode(Path.Combine(task.Task.Root, "a"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var head = (await task.StoreAsync()).Commit!;

        (await new Diffs(task.Repository).PatchAsync(task.Task.Base, head, stat: true, 1 << 20)).Text.ShouldContain("a (mode +x)");
    }

    [Fact]
    public async Task Patch_RunsNoExternalProgram()
    {
        await using var task = await TaskFixture.CreateAsync(("a", "1\n"));
        task.User.AppendConfig("diff.external", $"touch {task.User.Folder}/ran; true");
        task.User.AppendConfig("diff.x.textconv", $"touch {task.User.Folder}/ran; cat");
        task.Write(".gitattributes", "* diff=x\n");
        task.Write("a", "2\n");
        var head = (await task.StoreAsync()).Commit!;
        await task.User.GitAsync("checkout", "-q", "--detach", head);

        (await new Diffs(task.Repository).PatchAsync(task.Task.Base, head, stat: false, 1 << 20)).Text.ShouldContain("+2\n");
        (await new Diffs(task.Repository).CompareAsync(task.Task.Base, head)).Files.Count.ShouldBe(2);

        File.Exists(Path.Combine(task.User.Folder, "ran")).ShouldBeFalse();
    }
}
