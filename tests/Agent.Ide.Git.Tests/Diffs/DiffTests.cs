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
        diff.Files.Single(file => file.Path == "edit.txt").Hunks.ShouldBe([new DiffHunk(0, 2, 7, 2, 7), new DiffHunk(1, 33, 6, 33, 7)]);
        diff.Files.Single(file => file.Path == "zz").Hunks.ShouldBe([new DiffHunk(0, 0, 0, 1, 1)]);
        diff.Additions.ShouldBe(5);
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
