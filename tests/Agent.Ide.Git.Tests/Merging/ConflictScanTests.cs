using Agent.Ide.Git.Merging;
using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Git.Tests.Merging;

public sealed class ConflictScanTests
{
    [Fact]
    public async Task Scan_OfThreeTasks_NamesOnlyThePairThatClashes()
    {
        await using var temp = await TempRepository.CreateAsync(("a.txt", MergeFixture.TenLines), ("b.txt", "b\n"));
        var start = await temp.HashAsync("HEAD");
        var one = await temp.CommitOnAsync("one", start, t => t.Write("a.txt", MergeFixture.TenLines.Line(4, "one")));
        var two = await temp.CommitOnAsync("two", start, t => t.Write("a.txt", "0\n" + MergeFixture.TenLines.Line(4, "two")));
        var three = await temp.CommitOnAsync("three", start, t => t.Write("a.txt", MergeFixture.TenLines.Line(10, "three")).Write("b.txt", "three\n"));

        var pairs = await new ConflictScan(await temp.OpenAsync()).ScanAsync(
            [new MergeSide("one", start, one), new MergeSide("two", start, two), new MergeSide("three", start, three)], null);

        var pair = pairs.ShouldHaveSingleItem();
        (pair.Left, pair.Right).ShouldBe(("one", "two"));
        var file = pair.Files.ShouldHaveSingleItem();
        file.Path.ShouldBe("a.txt");
        file.OurRanges.ShouldBe([new LineRange(4, 4)]);
        file.TheirRanges.ShouldBe([new LineRange(5, 5)]);
    }

    [Fact]
    public async Task Scan_OfTasksWithDifferentBases_DoesNotBlameThemForWhatTheUserCommittedBetween()
    {
        await using var temp = await TempRepository.CreateAsync(("a.txt", MergeFixture.TenLines));
        var start = await temp.HashAsync("HEAD");
        var older = await temp.CommitOnAsync("older", start, t => t.Write("a.txt", MergeFixture.TenLines.Line(9, "older")));
        var between = "new first line\n" + MergeFixture.TenLines;
        temp.Write("a.txt", between);
        var next = await temp.CommitAsync("Between");
        var apart = await temp.CommitOnAsync("apart", next, t => t.Write("a.txt", between.Line(4, "apart")));
        var clash = await temp.CommitOnAsync("clash", next, t => t.Write("a.txt", between.Line(10, "clash")));
        var scan = new ConflictScan(await temp.OpenAsync());

        (await scan.ScanAsync([new MergeSide("older", start, older), new MergeSide("apart", next, apart)], null)).ShouldBeEmpty();
        var pair = (await scan.ScanAsync([new MergeSide("clash", next, clash), new MergeSide("older", start, older)], null)).ShouldHaveSingleItem();

        pair.Files[0].OurRanges.ShouldBe([new LineRange(10, 10)]);
        pair.Files[0].TheirRanges.ShouldBe([new LineRange(9, 9)]);
    }

    [Theory]
    [InlineData("unstaged")]
    [InlineData("staged")]
    [InlineData("untracked")]
    [InlineData("deleted")]
    public async Task Scan_AgainstUncommittedEdits_NamesTheClashAndTouchesNothing(string how)
    {
        await using var temp = await TempRepository.CreateAsync(("a.txt", MergeFixture.TenLines), ("b.txt", "b\n"));
        var start = await temp.HashAsync("HEAD");
        var task = await temp.CommitOnAsync("task", start, t => t.Write("a.txt", MergeFixture.TenLines.Line(4, "task")).Write("new.txt", "task\n"));
        temp.Write("b.txt", "an edit elsewhere\n");
        switch (how)
        {
            case "untracked":
                temp.Write("new.txt", "user\n");
                break;
            case "deleted":
                temp.Delete("a.txt");
                break;
            default:
                temp.Write("a.txt", MergeFixture.TenLines.Line(4, "user"));
                break;
        }

        if (how == "staged")
        {
            await temp.GitAsync("add", "a.txt");
        }

        var objects = CountObjects(temp);
        var before = await temp.FingerprintAsync();
        var repository = await temp.OpenAsync();

        var pairs = await new ConflictScan(repository).ScanAsync([new MergeSide("task", start, task)], repository.Checkout);

        var pair = pairs.ShouldHaveSingleItem();
        (pair.Left, pair.Right).ShouldBe(("task", ConflictScan.User));
        pair.Files.ShouldHaveSingleItem().Path.ShouldBe(how == "untracked" ? "new.txt" : "a.txt");
        pair.Files[0].OurRanges.ShouldBe([how == "untracked" ? new LineRange(1, 1) : new LineRange(4, 4)]);
        (await temp.FingerprintAsync()).ShouldEqual(before);
        CountObjects(temp).ShouldBe(objects);
        Directory.EnumerateFileSystemEntries(Path.Combine(temp.Path, ".git", "agent-ide", "scratch")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Scan_AgainstEditsOfOtherLines_FindsNothing()
    {
        await using var temp = await TempRepository.CreateAsync(("a.txt", MergeFixture.TenLines));
        var start = await temp.HashAsync("HEAD");
        var task = await temp.CommitOnAsync("task", start, t => t.Write("a.txt", MergeFixture.TenLines.Line(4, "task")));
        temp.Write("a.txt", MergeFixture.TenLines.Line(9, "user"));
        var repository = await temp.OpenAsync();

        (await new ConflictScan(repository).ScanAsync([new MergeSide("task", start, task)], repository.Checkout)).ShouldBeEmpty();
    }

    private static int CountObjects(TempRepository temp) =>
        Directory.EnumerateFiles(Path.Combine(temp.Path, ".git", "objects"), "*", SearchOption.AllDirectories).Count();
}
