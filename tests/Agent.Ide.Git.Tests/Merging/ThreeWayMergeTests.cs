using Agent.Ide.Git.Merging;
using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Git.Tests.Merging;

public sealed class ThreeWayMergeTests
{
    [Fact]
    public async Task Merge_OfDifferentLines_GivesATreeWithBothAndTouchesNothing()
    {
        await using var temp = await TempRepository.CreateAsync(("a.txt", MergeFixture.TenLines), ("b.txt", "b\n"));
        var start = await temp.HashAsync("HEAD");
        var ours = await temp.CommitOnAsync("ours", start, t => t.Write("a.txt", MergeFixture.TenLines.Line(1, "ours")));
        var theirs = await temp.CommitOnAsync("theirs", start, t => t.Write("a.txt", MergeFixture.TenLines.Line(9, "theirs")).Write("new/c.txt", "c\n"));
        var before = await temp.FingerprintAsync();

        var result = await new ThreeWayMerge(await temp.OpenAsync()).MergeAsync(start, ours, theirs);

        result.Conflicts.ShouldBeEmpty();
        (await temp.ShowAsync(result.Tree!, "a.txt")).ShouldBe(MergeFixture.TenLines.Line(1, "ours").Line(9, "theirs"));
        (await temp.ShowAsync(result.Tree!, "new/c.txt")).ShouldBe("c\n");
        (await temp.FingerprintAsync()).ShouldEqual(before);
        await temp.FsckAsync();
    }

    [Fact]
    public async Task Merge_OfTheSameLines_NamesPathAndLinesOfEachSide()
    {
        await using var temp = await TempRepository.CreateAsync(("a.txt", MergeFixture.TenLines));

        var result = await temp.MergeAsync(
            t => t.Write("a.txt", "zero\n" + MergeFixture.TenLines.Line(5, "ours")),
            t => t.Write("a.txt", MergeFixture.TenLines.Line(5, "theirs\nand more").Line(10, "ten")));

        result.Tree.ShouldBeNull();
        var conflict = result.Conflicts.ShouldHaveSingleItem();
        conflict.Path.ShouldBe("a.txt");
        conflict.Kind.ShouldBe(ConflictKind.Content);
        conflict.OurRanges.ShouldBe([new LineRange(6, 6)]);
        conflict.TheirRanges.ShouldBe([new LineRange(5, 6)]);
    }

    [Fact]
    public async Task Merge_OfAFileThatHoldsConflictMarkers_StillFindsTheRightLines()
    {
        const string Text = "<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\nx\ny\nz\nlast\n";
        await using var temp = await TempRepository.CreateAsync(("a.txt", Text));

        var result = await temp.MergeAsync(t => t.Write("a.txt", Text.Line(8, "ours")), t => t.Write("a.txt", Text.Line(8, "theirs")));

        var conflict = result.Conflicts.ShouldHaveSingleItem();
        conflict.OurRanges.ShouldBe([new LineRange(8, 8)]);
        conflict.TheirRanges.ShouldBe([new LineRange(8, 8)]);
    }

    [Fact]
    public async Task Merge_UsesTheBaseItIsGiven_NotTheOneGitWouldPick()
    {
        await using var temp = await TempRepository.CreateAsync(("a.txt", MergeFixture.TenLines));
        var first = await temp.HashAsync("HEAD");
        temp.Write("a.txt", MergeFixture.TenLines.Line(5, "carried"));
        var second = await temp.CommitAsync();
        var task = await temp.CommitOnAsync("task", second, t => t.Write("a.txt", MergeFixture.TenLines.Line(5, "carried").Line(9, "task")));

        var result = await new ThreeWayMerge(await temp.OpenAsync()).MergeAsync(second, first, task);

        (await temp.ShowAsync(result.Tree!, "a.txt")).ShouldBe(MergeFixture.TenLines.Line(9, "task"));
    }

    [Fact]
    public async Task Merge_OfARenameAndAnEdit_EditsTheRenamedFile()
    {
        await using var temp = await TempRepository.CreateAsync(("old.txt", MergeFixture.TenLines));

        var result = await temp.MergeAsync(t => t.Move("old.txt", "new.txt"), t => t.Write("old.txt", MergeFixture.TenLines.Line(3, "edit")));

        result.Conflicts.ShouldBeEmpty();
        (await temp.ShowAsync(result.Tree!, "new.txt")).ShouldBe(MergeFixture.TenLines.Line(3, "edit"));
    }

    [Fact]
    public async Task Merge_OfModeAndContent_KeepsBoth()
    {
        await using var temp = await TempRepository.CreateAsync(("run.sh", MergeFixture.TenLines));

        var result = await temp.MergeAsync(t => t.Executable("run.sh"), t => t.Write("run.sh", MergeFixture.TenLines.Line(2, "two")));

        (await temp.GitAsync("ls-tree", result.Tree!, "run.sh")).ShouldStartWith("100755 ");
        (await temp.ShowAsync(result.Tree!, "run.sh")).ShouldBe(MergeFixture.TenLines.Line(2, "two"));
    }

    [Theory]
    [InlineData(ConflictKind.AddAdd, "x")]
    [InlineData(ConflictKind.ModifyDelete, "a.txt")]
    [InlineData(ConflictKind.Rename, "a.txt")]
    [InlineData(ConflictKind.Binary, "bin")]
    [InlineData(ConflictKind.Mode, "x")]
    [InlineData(ConflictKind.FileDirectory, "x")]
    public async Task Merge_OfContradictions_NamesTheirKind(ConflictKind kind, string path)
    {
        await using var temp = await TempRepository.CreateAsync(("a.txt", MergeFixture.TenLines));
        temp.Write("bin", [0, 1, 2]);
        await temp.CommitAsync();

        var result = kind switch
        {
            ConflictKind.AddAdd => await temp.MergeAsync(t => t.Write("x", "same\nours\n"), t => t.Write("x", "same\ntheirs\n")),
            ConflictKind.ModifyDelete => await temp.MergeAsync(
                t => t.Write("a.txt", MergeFixture.TenLines.Line(4, "ours")), t => t.Delete("a.txt")),
            ConflictKind.Rename => await temp.MergeAsync(t => t.Move("a.txt", "b.txt"), t => t.Move("a.txt", "c.txt")),
            ConflictKind.Binary => await temp.MergeAsync(t => t.Write("bin", [0, 1, 3]), t => t.Write("bin", [0, 1, 4])),
            ConflictKind.Mode => await temp.MergeAsync(t => t.Write("x", "file\n"), t => t.Link("x", "a.txt")),
            _ => await temp.MergeAsync(t => t.Write("x", "file\n"), t => t.Write("x/y", "in a folder\n")),
        };

        result.Tree.ShouldBeNull();
        var conflict = result.Conflicts.ShouldHaveSingleItem();
        conflict.Kind.ShouldBe(kind);
        conflict.Path.ShouldBe(path);
        conflict.Message.ShouldNotContain("~");
        if (kind == ConflictKind.AddAdd)
        {
            conflict.TheirRanges.ShouldBe([new LineRange(2, 2)]);
        }
        else if (kind == ConflictKind.ModifyDelete)
        {
            conflict.OurRanges.ShouldBe([new LineRange(4, 4)]);
            conflict.TheirRanges.ShouldBeEmpty();
        }
    }

    [Theory]
    [InlineData("with space and \"quotes\".txt")]
    [InlineData("tab\tand\nline feed.txt")]
    [InlineData("-dash.txt")]
    [InlineData("ünïcode.txt")]
    [InlineData(":(top)magic*.txt")]
    public async Task Merge_OfOddNames_NamesThemAsTheyAre(string name)
    {
        await using var temp = await TempRepository.CreateAsync((name, MergeFixture.TenLines));

        var result = await temp.MergeAsync(
            t => t.Write(name, MergeFixture.TenLines.Line(1, "ours")), t => t.Write(name, MergeFixture.TenLines.Line(1, "theirs")));

        var conflict = result.Conflicts.ShouldHaveSingleItem();
        conflict.Path.ShouldBe(name);
        conflict.OurRanges.ShouldBe([new LineRange(1, 1)]);
    }

    [Fact]
    public async Task Merge_WithAConfiguredMergeDriver_DoesNotRunItButMergesLines()
    {
        await using var temp = await TempRepository.CreateAsync(("a.txt", MergeFixture.TenLines), (".gitattributes", "*.txt merge=planted\n"));
        var trace = Path.Combine(temp.Folder, "driver-ran");
        temp.AppendConfig("merge.planted.driver", $"touch '{trace}'");

        var result = await temp.MergeAsync(
            t => t.Write("a.txt", MergeFixture.TenLines.Line(1, "ours")), t => t.Write("a.txt", MergeFixture.TenLines.Line(9, "theirs")));

        File.Exists(trace).ShouldBeFalse();
        (await temp.ShowAsync(result.Tree!, "a.txt")).ShouldBe(MergeFixture.TenLines.Line(1, "ours").Line(9, "theirs"));
    }

    [Fact]
    public async Task Merge_HonoursBuiltInDriversOfTheBase_NotOfASide()
    {
        await using var temp = await TempRepository.CreateAsync(("docs/log.md", "start\n"), ("a.txt", "start\n"), ("docs/.gitattributes", "*.md merge=union\n"));

        var result = await temp.MergeAsync(
            t => t.Write("docs/log.md", "start\nours\n").Write("a.txt", "start\nours\n"),
            t => t.Write("docs/log.md", "start\ntheirs\n").Write("a.txt", "start\ntheirs\n").Write(".gitattributes", "a.txt merge=union\n"));

        result.Conflicts.ShouldHaveSingleItem().Path.ShouldBe("a.txt");
    }
}
