using Agent.Ide.Git.Merging;
using Agent.Ide.Git.Merging.Accept;
using Agent.Ide.Testing.Machines;

namespace Agent.Ide.Git.Tests.Merging.Accept;

/// <summary>What a killed coordinator's git, which runs on without it, can do to a checkout that was recovered.</summary>
public sealed class AcceptOrphanTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [NeedsFact(Need.Linux)]
    public async Task Recover_WhileTheGitOfAKilledCoordinatorStillWrites_EndsItBeforeTheUserGoesOn()
    {
        await using var fixture = await AcceptFixture.CreateAsync(
            t => t.Write("a.txt", "task's a\n").Write("m.slow", "task's m\n").Write("z.txt", "task's z\n"),
            ("a.txt", "a\n"), ("m.slow", "m\n"), ("z.txt", "z\n"), (".gitattributes", "*.slow filter=slow\n"));
        var temp = fixture.Temp;
        var (reached, gate) = (Path.Combine(temp.Folder, "reached"), Path.Combine(temp.Folder, "gate"));
        await Shell.RunAsync(temp.Folder, "mkfifo reached gate");
        // The first that is run tells so and waits; what recovery runs does not.
        await File.WriteAllTextAsync(
            Path.Combine(temp.Folder, "smudge.sh"),
            $"if mkdir '{temp.Folder}/first' 2>/dev/null; then echo > '{reached}'; read go < '{gate}'; fi\ncat\n");
        temp.AppendConfig("filter.slow.smudge", $"sh '{temp.Folder}/smudge.sh'");
        await fixture.CrashAtAsync(AcceptStage.Updating);

        var orphan = WriteOnAsync(fixture);
        await File.ReadAllTextAsync(reached).WaitAsync(s_patience);
        (await fixture.RecoverAsync()).ShouldHaveSingleItem().Result.ShouldBe(RecoveryResult.Undone);
        (await fixture.StatusAsync()).ShouldBeEmpty();
        temp.Write("z.txt", "z\nthe user goes on\n");
        await using (var open = new FileStream(gate, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            open.Write("go\n"u8);
            await open.FlushAsync();
            await orphan.WaitAsync(s_patience);
        }

        temp.Read("z.txt").ShouldBe("z\nthe user goes on\n");
        (await fixture.StatusAsync()).ShouldBe(" M z.txt");
        temp.Read("a.txt").ShouldBe("a\n");
        temp.Read("m.slow").ShouldBe("m\n");
        fixture.ShouldBeTidy();
    }

    [Fact]
    public async Task Recover_OfAJournalThatNamesNoMark_EndsNobody()
    {
        await using var fixture = await AcceptFixture.CreateAsync();
        await fixture.CrashAtAsync(AcceptStage.FilesUpdated);
        var journals = new AcceptJournals(fixture.Repository.CommonDirectory);
        journals.Write(journals.ReadAll().Single() with { Mark = string.Empty });

        (await fixture.RecoverAsync()).ShouldHaveSingleItem().Result.ShouldBe(RecoveryResult.Undone);

        (await fixture.StatusAsync()).ShouldBeEmpty();
        fixture.ShouldBeTidy();
    }

    /// <summary>What the coordinator was at when it was killed, without the coordinator.</summary>
    private static async Task WriteOnAsync(AcceptFixture fixture)
    {
        var repository = fixture.Repository;
        var journals = new AcceptJournals(repository.CommonDirectory);
        var journal = journals.ReadAll().Single();
        var changes = await TreeChange.ReadAsync(repository.Objects, journal.Tip, journal.Commit, CancellationToken.None);
        var plan = new AcceptPlan(journal.Ref, journal.Tip, journal.Commit, changes, null);
        try
        {
            await new CheckoutUpdate(repository, repository.Checkout, journals, journal, plan, TimeProvider.System).ReplaceFilesAsync();
        }
        catch (GitException)
        {
            // It was ended.
        }
        catch (IOException)
        {
            // It went on to its end, and found the accept's folder gone.
        }
    }
}
