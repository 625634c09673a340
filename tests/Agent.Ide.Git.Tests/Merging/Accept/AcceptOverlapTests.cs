using Agent.Ide.Git.Merging;
using Agent.Ide.Git.Merging.Accept;

namespace Agent.Ide.Git.Tests.Merging.Accept;

public sealed class AcceptOverlapTests
{
    [Fact]
    public async Task Accept_WhenTheUserEditedTheSameLines_NamesThemAndChangesNothing()
    {
        await using var fixture = await AcceptFixture.CreateAsync();
        fixture.Temp.Write("a.txt", "0\n" + MergeFixture.TenLines.Line(4, "user")).Write("c.txt", "elsewhere\n");
        var before = await fixture.Temp.FingerprintAsync();

        var outcome = await fixture.AcceptAsync();

        var overlap = outcome.ShouldBeOfType<AcceptOutcome.Overlapping>().Overlaps.ShouldHaveSingleItem();
        overlap.Path.ShouldBe("a.txt");
        overlap.Kind.ShouldBe(OverlapKind.Modified);
        overlap.TaskRanges.ShouldBe([new LineRange(4, 4)]);
        overlap.UserRanges.ShouldBe([new LineRange(1, 1), new LineRange(5, 5)]);
        (await fixture.Temp.FingerprintAsync()).ShouldEqual(before);
        fixture.ShouldBeTidy();
    }

    [Fact]
    public async Task Accept_OfASecondTaskOnTheSameLines_NamesThemAndChangesNothing()
    {
        await using var fixture = await AcceptFixture.CreateAsync();
        var start = fixture.Request.BaseCommit;
        var second = await fixture.Temp.CommitOnAsync("agent/other", start, t => t.Write("a.txt", "0\n" + MergeFixture.TenLines.Line(4, "other")));
        (await fixture.AcceptAsync()).ShouldBeOfType<AcceptOutcome.Accepted>();
        var before = await fixture.Temp.FingerprintAsync();

        var outcome = await fixture.AcceptAsync(AcceptFixture.RequestFor("other", start, second));

        var conflict = outcome.ShouldBeOfType<AcceptOutcome.Conflicting>().Conflicts.ShouldHaveSingleItem();
        conflict.Path.ShouldBe("a.txt");
        conflict.OurRanges.ShouldBe([new LineRange(4, 4)]);
        conflict.TheirRanges.ShouldBe([new LineRange(5, 5)]);
        (await fixture.Temp.FingerprintAsync()).ShouldEqual(before);
        fixture.ShouldBeTidy();
    }

    [Theory]
    [InlineData("staged", "a.txt", OverlapKind.Staged)]
    [InlineData("staged and taken back", "a.txt", OverlapKind.Staged)]
    [InlineData("modified", "a.txt", OverlapKind.Modified)]
    [InlineData("deleted", "a.txt", OverlapKind.Modified)]
    [InlineData("mode", "a.txt", OverlapKind.Modified)]
    [InlineData("assumed unchanged", "a.txt", OverlapKind.Modified)]
    [InlineData("untracked", "new/n.txt", OverlapKind.Untracked)]
    [InlineData("untracked link", "new/n.txt", OverlapKind.Untracked)]
    [InlineData("ignored", "made.log", OverlapKind.Ignored)]
    [InlineData("intended", "new/n.txt", OverlapKind.Modified)]
    [InlineData("file where a folder goes", "new", OverlapKind.Untracked)]
    [InlineData("folder where a file goes", "made.log/keep.log", OverlapKind.Ignored)]
    [InlineData("other case", "MADE.log", OverlapKind.Ignored)]
    public async Task Accept_WhenUncommittedWorkIsInTheWay_NamesItAndChangesNothing(string how, string path, OverlapKind kind)
    {
        await using var fixture = await AcceptFixture.CreateAsync(
            t => t.Write("a.txt", MergeFixture.TenLines.Line(4, "task")).Write("new/n.txt", "new\n").Write("made.log", "forced\n").Write(".gitignore", "# nothing\n"));
        var temp = fixture.Temp;
        switch (how)
        {
            case "staged":
            case "staged and taken back":
                temp.Write("a.txt", MergeFixture.TenLines.Line(9, "user"));
                await temp.GitAsync("add", "a.txt");
                temp.Write("a.txt", how == "staged" ? temp.Read("a.txt") : MergeFixture.TenLines);
                break;
            case "modified":
                temp.Write("a.txt", MergeFixture.TenLines.Line(9, "user"));
                break;
            case "deleted":
                temp.Delete("a.txt");
                break;
            case "mode":
                temp.Executable("a.txt");
                break;
            case "assumed unchanged":
                await temp.GitAsync("update-index", "--assume-unchanged", "a.txt");
                temp.Write("a.txt", MergeFixture.TenLines.Line(9, "user"));
                break;
            case "untracked":
                temp.Write("new/n.txt", "mine\n");
                break;
            case "untracked link":
                Directory.CreateDirectory(temp.FullPath("new"));
                temp.Link("new/n.txt", "nowhere");
                break;
            case "ignored":
                temp.Write("made.log", "mine\n");
                break;
            case "intended":
                temp.Write("new/n.txt", "mine\n");
                await temp.GitAsync("add", "--intent-to-add", "new/n.txt");
                break;
            case "file where a folder goes":
                temp.Write("new", "mine\n");
                break;
            case "folder where a file goes":
                temp.Write("made.log/keep.log", "mine\n");
                break;
            default:
                temp.AppendConfig("core.ignorecase", "true").Write("MADE.log", "mine\n");
                break;
        }

        var before = await temp.FingerprintAsync();

        var overlap = (await fixture.AcceptAsync()).ShouldBeOfType<AcceptOutcome.Overlapping>().Overlaps.ShouldHaveSingleItem();

        overlap.Path.ShouldBe(path);
        overlap.Kind.ShouldBe(kind);
        (await temp.FingerprintAsync()).ShouldEqual(before);
        fixture.ShouldBeTidy();
    }

    [Fact]
    public async Task Accept_WhenSeveralPathsAreInTheWay_NamesThemAll()
    {
        await using var fixture = await AcceptFixture.CreateAsync();
        fixture.Temp.Write("a.txt", "mine\n").Write("new/n.txt", "mine\n");

        var outcome = await fixture.AcceptAsync();

        outcome.ShouldBeOfType<AcceptOutcome.Overlapping>().Overlaps.Select(overlap => overlap.Path).ShouldBe(["a.txt", "new/n.txt"]);
    }

    [Fact]
    public async Task Accept_OfCarriedWorkThatIsNotCommitted_NamesIt_AndLandsOnceItIs()
    {
        await using var fixture = await AcceptFixture.CreateAsync();
        var temp = fixture.Temp;
        var start = await temp.HashAsync("HEAD");
        var carried = await temp.CommitOnAsync("carried", start, t => t.Write("c.txt", "carried\n"));
        var head = await temp.CommitOnAsync("agent/carrying", carried, t => t.Write("c.txt", "carried\nand more\n").Write("b.txt", "task\n"));
        var request = AcceptFixture.RequestFor("carrying", carried, head) with { CarriedPaths = ["c.txt"] };
        temp.Write("c.txt", "carried\n");
        var before = await temp.FingerprintAsync();

        var overlap = (await fixture.AcceptAsync(request)).ShouldBeOfType<AcceptOutcome.Overlapping>().Overlaps.ShouldHaveSingleItem();

        (overlap.Path, overlap.Kind).ShouldBe(("c.txt", OverlapKind.Carried));
        (await temp.FingerprintAsync()).ShouldEqual(before);
        await temp.CommitAsync("The user commits it");
        (await fixture.AcceptAsync(request)).ShouldBeOfType<AcceptOutcome.Accepted>().Paths.ShouldBe(["b.txt", "c.txt"]);
    }
}
