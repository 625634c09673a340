using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Faults.Tests;

/// <summary>A task that goes through everything that a task can go through, and what must have come of it.</summary>
internal static class WholeLife
{
    private const string Prompt = "live a whole life";

    public static string Script { get; } = new Script()
        .On(
            Prompt,
            [Faults.Tests.Script.Write("new/file.txt", "written\n")],
            [Faults.Tests.Script.RunOnce("first")],
            [Faults.Tests.Script.Edit("a.txt", "two", "2"), Faults.Tests.Script.Read("b.txt")],
            [Faults.Tests.Script.Finish("The first part is done.")],
            [Faults.Tests.Script.RunOnce("second")],
            [Faults.Tests.Script.Finish("The second part is done.")])
        .ToString();

    public static Story Of(Ground ground) => new Story(ground, Prompt)
        .ThenMessage("Go on.", stepsAfter: 7)
        .ThenRollback(5)
        .ThenMessage("Go on, again.", stepsAfter: 7)
        .ThenDiscard()
        .ThenRestore()
        .ThenAccept();

    /// <summary>The user has the task's work in one commit, and everything else is as it was.</summary>
    public static async Task CheckAsync(Ground ground, Story story, CheckoutFingerprint before)
    {
        var repository = ground.Repository;
        var snapshot = Invariants.ReadLogs(ground)[story.Id];
        var interrupted = snapshot.Steps.Where(step => step.ErrorCode is not null).ToDictionary(step => step.Number, step => step.ErrorCode);
        interrupted.Values.ShouldAllBe(code => code == "interrupted");
        if (!interrupted.ContainsKey(1))
        {
            repository.Read("new/file.txt").ShouldBe("written\n");
        }

        if (!interrupted.ContainsKey(3))
        {
            repository.Read("a.txt").ShouldBe("one\n2\nthree\n");
        }

        // Where every step died before it changed anything, there is nothing to commit.
        var changed = (await repository.GitAsync("diff", "--name-only", snapshot.BaseCommit, snapshot.Head)).Length > 0;
        (await repository.GitAsync("rev-list", "--count", "main")).ShouldBe(changed ? "2" : "1");
        (await repository.GitAsync("diff", "--name-only", snapshot.Head, "main")).ShouldBeEmpty();
        (await repository.GitAsync("log", "-1", "--format=%an", "main")).ShouldBe(TempRepository.UserName);
        (await repository.GitAsync("status", "--porcelain")).ShouldBe("?? mine.txt");
        var after = await repository.FingerprintAsync();
        after.DifferencesFrom(before).Select(line => line.Split(": ")[0]).Except(["index", "ref refs/heads/main", "status", "ORIG_HEAD"])
            .ShouldAllBe(name => name == "file a.txt" || name == "file new/file.txt" || name == "folder new" || name == "file " + Invariants.RunsFile);
    }
}
