using System.Text;
using Agent.Ide.Git.Merging;
using Agent.Ide.Git.Merging.Accept;
using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Git.Tests.Merging.Accept;

/// <summary>Accepts in which a person decided what becomes of conflicts.</summary>
public sealed class ResolutionTests
{
    private const string Decided = "1\n2\n3\nboth\n5\n6\n7\n8\n9\n10\n";

    [Fact]
    public async Task Accept_WithATextOfThePersonsOwn_LandsItWithWhatMergesByItself()
    {
        await using var fixture = await ConflictingAsync();

        var outcome = await AcceptAsync(fixture, Text("a.txt", Decided));

        outcome.ShouldBeOfType<AcceptOutcome.Accepted>().Paths.ShouldBe(["a.txt", "new/n.txt"]);
        fixture.Temp.Read("a.txt").ShouldBe(Decided);
        fixture.Temp.Read("b.txt").ShouldBe("main's\n", "what the target did elsewhere stays");
        (await fixture.StatusAsync()).ShouldBeEmpty();
        fixture.ShouldBeTidy();
        await fixture.Temp.FsckAsync();
    }

    [Theory]
    [InlineData(AcceptStage.Planned)]
    [InlineData(AcceptStage.Journalled)]
    [InlineData(AcceptStage.Locked)]
    [InlineData(AcceptStage.Updating)]
    [InlineData(AcceptStage.FilesUpdated)]
    [InlineData(AcceptStage.RefMoved)]
    [InlineData(AcceptStage.IndexPublished)]
    internal async Task Recover_AfterACrash_LandsThePersonsTextOrNothing(AcceptStage stage)
    {
        await using var fixture = await ConflictingAsync();
        var main = await fixture.Temp.HashAsync("main");
        var before = fixture.Temp.Read("a.txt");
        fixture.Request = fixture.Request with { Resolutions = [Text("a.txt", Decided)], ResolvedAgainst = main };

        await fixture.CrashAtAsync(stage);
        await fixture.RecoverAsync();

        fixture.ShouldBeTidy();
        (await fixture.StatusAsync()).ShouldBeEmpty();
        fixture.Temp.Read("a.txt").ShouldBe(stage >= AcceptStage.RefMoved ? Decided : before);
        ((await fixture.Temp.HashAsync("main")) != main).ShouldBe(stage >= AcceptStage.RefMoved);
    }

    [Theory]
    [InlineData(ConflictSide.Ours, "main", "main's\n", true)]
    [InlineData(ConflictSide.Theirs, "task", "task's\n", false)]
    public async Task Accept_WithASideForEachConflict_TakesItWhole(ConflictSide side, string content, string added, bool isThere)
    {
        await using var fixture = await AcceptFixture.CreateAsync(
            t => t.Write("a.txt", MergeFixture.TenLines.Line(4, "task")).Write("bin", "task\0").Write("added", "task's\n").Delete("gone"),
            ("a.txt", MergeFixture.TenLines), ("bin", "old\0"), ("gone", "old\n"));
        var temp = fixture.Temp;
        temp.Write("a.txt", MergeFixture.TenLines.Line(4, "main")).Write("bin", "main\0").Write("added", "main's\n").Write("gone", "main's\n");
        await temp.CommitAsync("Meanwhile");
        string[] paths = ["a.txt", "added", "bin", "gone"];

        var outcome = await AcceptAsync(fixture, [.. paths.Select(path => new ConflictResolution.Side(path, side))]);

        // The target's sides, all of them, leave nothing to merge.
        outcome.ShouldBeOfType(side == ConflictSide.Ours ? typeof(AcceptOutcome.NothingToMerge) : typeof(AcceptOutcome.Accepted));
        temp.Read("a.txt").ShouldBe(MergeFixture.TenLines.Line(4, content));
        temp.Read("bin").ShouldBe(content + "\0");
        temp.Read("added").ShouldBe(added);
        temp.Exists("gone").ShouldBe(isThere);
        (await fixture.StatusAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Accept_WithADecisionAboutSomeOfTheConflicts_NamesTheOthersAndChangesNothing()
    {
        await using var fixture = await AcceptFixture.CreateAsync(t => t.Write("a.txt", "task\n").Write("b.txt", "task\n"));
        fixture.Temp.Write("a.txt", "main\n").Write("b.txt", "main\n");
        var main = await fixture.Temp.CommitAsync("Meanwhile");

        var outcome = await AcceptAsync(fixture, Text("a.txt", "both\n"));

        outcome.ShouldBeOfType<AcceptOutcome.Conflicting>().Conflicts.ShouldHaveSingleItem().Path.ShouldBe("b.txt");
        (await fixture.Temp.HashAsync("HEAD")).ShouldBe(main);
        fixture.Temp.Read("a.txt").ShouldBe("main\n");
    }

    [Fact]
    public async Task Accept_WhenTheTargetChangedTheFileSince_AsksToLookAgain_AndNotWhenItChangedAnother()
    {
        await using var fixture = await ConflictingAsync();
        var temp = fixture.Temp;
        var seen = await temp.HashAsync("main");
        fixture.Request = fixture.Request with { Resolutions = [Text("a.txt", Decided)], ResolvedAgainst = seen };
        temp.Write("a.txt", MergeFixture.TenLines.Line(4, "main").Line(9, "later"));
        await temp.CommitAsync("Later, in the same file");

        var outcome = await fixture.AcceptAsync();

        ShouldBe(outcome, "a.txt", ResolutionProblem.Outdated);
        temp.Read("a.txt").ShouldContain("later");
        temp.Write("a.txt", MergeFixture.TenLines.Line(4, "main"));
        await temp.CommitAsync("Back");
        temp.Write("c.txt", "later\n");
        await temp.CommitAsync("Later, elsewhere");
        (await fixture.AcceptAsync()).ShouldBeOfType<AcceptOutcome.Accepted>();
        temp.Read("a.txt").ShouldBe(Decided);
        temp.Read("c.txt").ShouldBe("later\n");
    }

    [Fact]
    public async Task Accept_WithConflictMarkersLeft_IsRefused_UnlessAFileIsAboutThem()
    {
        await using var fixture = await ConflictingAsync();

        var outcome = await AcceptAsync(fixture, Text("a.txt", "1\n<<<<<<< main\nmain\n=======\ntask\n>>>>>>> task\n"));

        ShouldBe(outcome, "a.txt", ResolutionProblem.MarkersLeft);
        await using var about = await AcceptFixture.CreateAsync(
            t => t.Write("a.txt", "<<<<<<< ours\ntask\n"), ("a.txt", "<<<<<<< ours\n"));
        about.Temp.Write("a.txt", "<<<<<<< ours\nmain\n");
        await about.Temp.CommitAsync("Meanwhile");
        (await AcceptAsync(about, Text("a.txt", "<<<<<<< ours\nboth\n"))).ShouldBeOfType<AcceptOutcome.Accepted>();
    }

    [Fact]
    public async Task Accept_WithMarkersOfTheSizeThatAttributesSay_IsRefused()
    {
        await using var fixture = await AcceptFixture.CreateAsync(
            t => t.Write("a.txt", "task\n"), ("a.txt", "old\n"), (".gitattributes", "*.txt conflict-marker-size=20\n"));
        fixture.Temp.Write("a.txt", "main\n");
        var main = await fixture.Temp.CommitAsync("Meanwhile");
        var draft = (await new AcceptPreview(fixture.Repository).ReadAsync(fixture.Request, main, "a.txt", ("main", "task"), 1000))!.Draft;

        var outcome = await AcceptAsync(fixture, new ConflictResolution.Text("a.txt", draft));

        ShouldBe(outcome, "a.txt", ResolutionProblem.MarkersLeft);
        fixture.Temp.Read("a.txt").ShouldBe("main\n");
    }

    [Fact]
    public async Task Accept_OfATextThatHasToDecide_WhereBothAddedTheFile_IsRefusedAsLongAsItIsEmpty()
    {
        await using var fixture = await AcceptFixture.CreateAsync(t => t.Write("new.txt", "task\n"));
        fixture.Temp.Write("new.txt", "main\n");
        await fixture.Temp.CommitAsync("Meanwhile");

        var outcome = await AcceptAsync(fixture, Text("new.txt", string.Empty) with { MustDecide = true });

        ShouldBe(outcome, "new.txt", ResolutionProblem.Undecided);
        (await AcceptAsync(fixture, Text("new.txt", "both\n") with { MustDecide = true })).ShouldBeOfType<AcceptOutcome.Accepted>();
        fixture.Temp.Read("new.txt").ShouldBe("both\n");
    }

    [Theory]
    [InlineData("4", "8", false)]
    [InlineData("main", "8", false)]
    [InlineData("main", "task", true)]
    [InlineData("own", "own", true)]
    public async Task Accept_OfATextThatHasToDecide_IsRefusedWhereAPlaceIsAsItWasBefore(string fourth, string eighth, bool lands)
    {
        await using var fixture = await AcceptFixture.CreateAsync(
            t => t.Write("a.txt", MergeFixture.TenLines.Line(1, "task alone").Line(4, "task").Line(8, "task")));
        fixture.Temp.Write("a.txt", MergeFixture.TenLines.Line(4, "main").Line(8, "main").Line(10, "main alone"));
        await fixture.Temp.CommitAsync("Meanwhile");
        var decided = Text("a.txt", MergeFixture.TenLines.Line(1, "task alone").Line(4, fourth).Line(8, eighth).Line(10, "main alone"));

        var outcome = await AcceptAsync(fixture, decided with { MustDecide = true });

        if (lands)
        {
            outcome.ShouldBeOfType<AcceptOutcome.Accepted>();
        }
        else
        {
            ShouldBe(outcome, "a.txt", ResolutionProblem.Undecided);
            (await AcceptAsync(fixture, decided)).ShouldBeOfType<AcceptOutcome.Accepted>("a person may want neither");
        }
    }

    [Fact]
    public async Task Accept_WithADecisionThatFitsNoConflict_IsRefusedAndChangesNothing()
    {
        await using var fixture = await AcceptFixture.CreateAsync(
            t => t.Write("bin", "task\0").Move("old.txt", "task.txt"), ("bin", "old\0"), ("old.txt", MergeFixture.TenLines), ("b.txt", "b\n"));
        var temp = fixture.Temp;
        temp.Write("bin", "main\0").Move("old.txt", "main.txt");
        var main = await temp.CommitAsync("Meanwhile");

        foreach (var (resolution, problem) in new (ConflictResolution, ResolutionProblem)[]
        {
            (Text("bin", "text\n"), ResolutionProblem.Unfit),
            (new ConflictResolution.Side("old.txt", ConflictSide.Theirs), ResolutionProblem.Unfit),
            (Text("b.txt", "text\n"), ResolutionProblem.NotInConflict),
            (Text("../outside", "text\n"), ResolutionProblem.NotInConflict),
            (Text(".git/config", "text\n"), ResolutionProblem.NotInConflict),
        })
        {
            ShouldBe(await AcceptAsync(fixture, resolution), resolution.Path, problem);
        }

        (await temp.HashAsync("HEAD")).ShouldBe(main);
        (await fixture.StatusAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Accept_WhileTheUserHasUncommittedWorkOnTheFile_StopsAtIt()
    {
        await using var fixture = await ConflictingAsync();
        fixture.Temp.Write("a.txt", "typing\n");

        var outcome = await AcceptAsync(fixture, Text("a.txt", Decided));

        outcome.ShouldBeOfType<AcceptOutcome.Overlapping>().Overlaps.ShouldHaveSingleItem().Path.ShouldBe("a.txt");
        fixture.Temp.Read("a.txt").ShouldBe("typing\n");
    }

    [Fact]
    public async Task Accept_OfATextForAFileThatTheTaskMadeExecutable_KeepsItExecutable()
    {
        await using var fixture = await AcceptFixture.CreateAsync(
            t => t.Write("run.sh", "task\n").Executable("run.sh"), ("run.sh", "old\n"));
        fixture.Temp.Write("run.sh", "main\n");
        await fixture.Temp.CommitAsync("Meanwhile");

        (await AcceptAsync(fixture, Text("run.sh", "both\r\nlines"))).ShouldBeOfType<AcceptOutcome.Accepted>();

        (await fixture.Temp.GitAsync("ls-tree", "HEAD", "run.sh")).ShouldStartWith("100755");
        (await fixture.Temp.GitAsync("cat-file", "-s", "HEAD:run.sh")).ShouldBe("11", "line ends as they were given");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Accept_OfATextForAScriptThatBothAdded_KeepsItExecutable(bool isTheTarget)
    {
        await using var fixture = await AcceptFixture.CreateAsync(t => AddScript(t, "task\n", !isTheTarget));
        AddScript(fixture.Temp, "main\n", isTheTarget);
        await fixture.Temp.CommitAsync("Meanwhile");

        (await AcceptAsync(fixture, Text("run.sh", "both\n"))).ShouldBeOfType<AcceptOutcome.Accepted>();

        (await fixture.Temp.GitAsync("ls-tree", "HEAD", "run.sh")).ShouldStartWith("100755");

        static void AddScript(TempRepository temp, string content, bool executable)
        {
            temp.Write("run.sh", content);
            if (executable)
            {
                temp.Executable("run.sh");
            }
        }
    }

    [Fact]
    public async Task Preview_ShowsTheTexts_AndADraftThatNamesTheSides()
    {
        await using var fixture = await ConflictingAsync();
        var main = await fixture.Temp.HashAsync("main");
        var preview = new AcceptPreview(fixture.Repository);
        var objects = await fixture.Temp.GitAsync("count-objects");

        (await preview.FindAsync(fixture.Request, main)).ShouldHaveSingleItem().Choice.ShouldBe(ConflictChoice.Text);
        var texts = await preview.ReadAsync(fixture.Request, main, "a.txt", ("main", "some täsk"), 1000);

        Encoding.UTF8.GetString(texts!.Base!).ShouldBe(MergeFixture.TenLines);
        Encoding.UTF8.GetString(texts.Ours).ShouldBe(MergeFixture.TenLines.Line(4, "main"));
        Encoding.UTF8.GetString(texts.Theirs).ShouldBe(MergeFixture.TenLines.Line(4, "task"));
        Encoding.UTF8.GetString(texts.Draft).ShouldBe("1\n2\n3\n<<<<<<< main\nmain\n=======\ntask\n>>>>>>> some täsk\n5\n6\n7\n8\n9\n10\n");
        (await preview.ReadAsync(fixture.Request, main, "b.txt", ("main", "task"), 1000)).ShouldBeNull();
        (await Should.ThrowAsync<GitException>(preview.ReadAsync(fixture.Request, main, "a.txt", ("main", "task"), 3))).Problem.ShouldBe(GitProblem.TooLarge);
        (await fixture.Temp.GitAsync("count-objects")).ShouldBe(objects, "looking leaves nothing behind");
    }

    [Fact]
    public async Task Preview_OfAFileWhoseNameIsNoText_OffersNoDecisionByItsName()
    {
        await using var fixture = await AcceptFixture.CreateAsync();
        var temp = fixture.Temp;
        var blobs = new List<string>();
        foreach (var text in (string[])["main\n", "task\n"])
        {
            temp.Write("blob", text);
            blobs.Add(await temp.GitAsync("hash-object", "-w", "blob"));
        }

        temp.Delete("blob");
        var (main, head) = (await CommitAsync(blobs[0]), await CommitAsync(blobs[1]));
        var request = fixture.Request with { BaseCommit = await CommitAsync(null), ExpectedHead = head };

        var conflict = (await new AcceptPreview(fixture.Repository).FindAsync(request, main)).ShouldHaveSingleItem();

        conflict.Path.ShouldBe("odd\udcff");
        conflict.Choice.ShouldBe(ConflictChoice.None);

        async Task<string> CommitAsync(string? blob)
        {
            var entry = blob is null ? string.Empty : $"100644 blob {blob}\\todd\\377\\n";
            var tree = await Shell.TryAsync(temp.Path, $"printf '{entry}' | git mktree");
            return await temp.GitAsync("commit-tree", "-m", "Odd", tree.OutputText.Trim());
        }
    }

    [Fact]
    public async Task Preview_OfAPart_KnowsItsConflictsOnly()
    {
        await using var fixture = await AcceptFixture.CreateAsync(t => t.Write("a.txt", "task\n").Write("b.txt", "task\n"));
        fixture.Temp.Write("a.txt", "main\n").Write("b.txt", "main\n");
        var main = await fixture.Temp.CommitAsync("Meanwhile");
        var part = fixture.Request with { Files = ["b.txt"] };

        (await new AcceptPreview(fixture.Repository).FindAsync(part, main)).ShouldHaveSingleItem().Path.ShouldBe("b.txt");
        var outcome = await fixture.AcceptAsync(part with { Resolutions = [Text("b.txt", "both\n")], ResolvedAgainst = main });

        outcome.ShouldBeOfType<AcceptOutcome.Accepted>().AdvancedBase.ShouldNotBeNull();
        fixture.Temp.Read("b.txt").ShouldBe("both\n");
        fixture.Temp.Read("a.txt").ShouldBe("main\n");
    }

    private static void ShouldBe(AcceptOutcome outcome, string path, ResolutionProblem problem)
    {
        var unusable = outcome.ShouldBeOfType<AcceptOutcome.Unresolvable>();
        (unusable.Path, unusable.Problem).ShouldBe((path, problem));
        unusable.Conflicts.ShouldNotBeEmpty();
    }

    private static ConflictResolution.Text Text(string path, string content) => new(path, Encoding.UTF8.GetBytes(content));

    /// <summary>Task and target changed line 4 of <c>a.txt</c>; the task adds a file, the target changes another.</summary>
    private static async Task<AcceptFixture> ConflictingAsync()
    {
        var fixture = await AcceptFixture.CreateAsync();
        fixture.Temp.Write("a.txt", MergeFixture.TenLines.Line(4, "main")).Write("b.txt", "main's\n");
        await fixture.Temp.CommitAsync("Meanwhile");
        return fixture;
    }

    private static async Task<AcceptOutcome> AcceptAsync(AcceptFixture fixture, params ConflictResolution[] resolutions) =>
        await fixture.AcceptAsync(fixture.Request with { Resolutions = resolutions, ResolvedAgainst = await fixture.Temp.HashAsync("main") });
}
