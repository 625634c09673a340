using System.Text;
using Agent.Ide.Git.Merging.Accept;

namespace Agent.Ide.Git.Tests.Merging.Accept;

public sealed class AcceptRaceTests
{
    [Fact]
    public async Task Accept_WhenTheUserCommitsMeanwhile_LandsOnTheNewTip()
    {
        await using var fixture = await AcceptFixture.CreateAsync();
        string? tip = null;

        var outcome = await fixture.AcceptAsync(reached: async stage =>
        {
            if (stage == AcceptStage.Planned && tip is null)
            {
                fixture.Temp.Write("c.txt", "the user's commit\n");
                tip = await fixture.Temp.CommitAsync("Meanwhile");
            }
        });

        outcome.ShouldBeOfType<AcceptOutcome.Accepted>().Parent.ShouldBe(tip);
        (await fixture.StatusAsync()).ShouldBeEmpty();
        fixture.Temp.Read("c.txt").ShouldBe("the user's commit\n");
    }

    [Fact]
    public async Task Accept_WhenTheBranchMovesWhileFilesAreReplaced_StartsAgainOnTheNewTip()
    {
        await using var fixture = await AcceptFixture.CreateAsync();
        var other = await fixture.Temp.CommitOnAsync("other", "main", t => t.Write("c.txt", "pushed from elsewhere\n"));
        var moved = false;

        var outcome = await fixture.AcceptAsync(reached: async stage =>
        {
            if (stage == AcceptStage.FilesUpdated && !moved)
            {
                moved = true;
                await fixture.Temp.GitAsync("update-ref", "refs/heads/main", other);
            }
        });

        outcome.ShouldBeOfType<AcceptOutcome.Accepted>().Parent.ShouldBe(other);
        (await fixture.Temp.ShowAsync("HEAD", "c.txt")).ShouldBe("pushed from elsewhere\n");
        fixture.Temp.Read("a.txt").ShouldBe(MergeFixture.TenLines.Line(4, "task"));
        fixture.ShouldBeTidy();
    }

    [Fact]
    public async Task Accept_OfATargetThatAlwaysMoves_GivesUp()
    {
        await using var fixture = await AcceptFixture.CreateAsync();

        var outcome = await fixture.AcceptAsync(reached: async stage =>
        {
            if (stage == AcceptStage.Planned)
            {
                await fixture.Temp.GitAsync("commit", "--quiet", "--allow-empty", "-m", "Again");
            }
        });

        outcome.ShouldBeOfType<AcceptOutcome.Refused>().Reason.ShouldBe(AcceptRefusal.TargetKeepsMoving);
        (await fixture.StatusAsync()).ShouldBeEmpty();
        fixture.ShouldBeTidy();
    }

    [Theory]
    [InlineData(AcceptStage.Planned)]
    [InlineData(AcceptStage.Updating)]
    internal async Task Accept_WhenTheUserSavesAFileMeanwhile_StopsAndKeepsIt(AcceptStage when)
    {
        await using var fixture = await AcceptFixture.CreateAsync();
        var start = await fixture.Temp.HashAsync("HEAD");

        var outcome = await fixture.AcceptAsync(reached: stage =>
        {
            if (stage == when)
            {
                fixture.Temp.Write("a.txt", "saved meanwhile\n");
            }

            return Task.CompletedTask;
        });

        outcome.ShouldBeOfType<AcceptOutcome.Overlapping>().Overlaps.ShouldHaveSingleItem().Path.ShouldBe("a.txt");
        fixture.Temp.Read("a.txt").ShouldBe("saved meanwhile\n");
        (await fixture.Temp.HashAsync("HEAD")).ShouldBe(start);
        (await fixture.StatusAsync()).ShouldBe(" M a.txt");
        fixture.ShouldBeTidy();
    }

    [Fact]
    public async Task Accept_WhenTheUserSavesIntoAFileThatIsJustReplaced_KeepsACopy()
    {
        await using var fixture = await AcceptFixture.CreateAsync();
        FileStream? editor = null;

        var outcome = await fixture.AcceptAsync(reached: stage =>
        {
            switch (stage)
            {
                case AcceptStage.Updating:
                    editor = new FileStream(fixture.Temp.FullPath("a.txt"), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
                    break;
                case AcceptStage.FilesUpdated:
                    editor!.Write(Encoding.UTF8.GetBytes("saved in place"));
                    editor.Dispose();
                    break;
                default:
                    break;
            }

            return Task.CompletedTask;
        });

        var kept = outcome.ShouldBeOfType<AcceptOutcome.Accepted>().Kept.ShouldHaveSingleItem();
        kept.Path.ShouldBe("a.txt");
        (await fixture.Temp.GitAsync("cat-file", "blob", kept.Blob)).ShouldStartWith("saved in place");
        (await fixture.Temp.HashAsync(kept.Ref)).ShouldNotBeEmpty();
        await fixture.Temp.FsckAsync();
    }
}
