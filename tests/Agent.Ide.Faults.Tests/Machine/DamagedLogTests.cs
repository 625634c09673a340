using Agent.Ide.Client;
using Agent.Ide.Coordinator.Storage;
using Agent.Ide.Faults.Host;
using Agent.Ide.Protocol.Tasks;
using Microsoft.Data.Sqlite;

namespace Agent.Ide.Faults.Tests;

/// <summary>Logs that nobody can read any more, and one that nobody ever wrote to.</summary>
public sealed class DamagedLogTests
{
    private const string Prompt = "write a file";

    private static string Script { get; } = new Script()
        .On(Prompt, [Faults.Tests.Script.Write("new.txt", "new\n")], [Faults.Tests.Script.Finish("Done.")]).ToString();

    [Theory]
    [InlineData("garbage")]
    [InlineData("truncated")]
    [InlineData("empty")]
    [InlineData("entry")]
    public async Task ADamagedLog_IsShownAsSuch_StaysAsItIs_AndKeepsNobodyElseFromWorking(string how)
    {
        await using var ground = await Ground.CreateAsync(Script);
        var damaged = new Story(ground, Prompt);
        await damaged.RunAsync(() => Coming.Peace);
        await ground.StopAsync();
        var path = new StateFolder(ground.CommonDirectory).TaskLog(damaged.Id);
        var whole = await File.ReadAllBytesAsync(path);
        var left = Damage(path, how);
        // On the board it was closed at rest, so that nobody reads its log until somebody asks for it.
        var life = await ground.LiveAsync();
        await ShouldBeRefusedAsync(life.Client, damaged.Id);
        (await life.SeesAsync(tasks => tasks[damaged.Id].State == "failed")).ShouldBeTrue();
        if (how != "empty")
        {
            // Without the board even its name would be all that is known. One that is empty would then be none that was ever begun.
            await ground.KillAsync();
            foreach (var suffix in new[] { "", "-wal", "-shm" })
            {
                File.Delete(new StateFolder(ground.CommonDirectory).Board + suffix);
            }

            life = await ground.LiveAsync();
        }

        var shown = life.Tasks[damaged.Id];
        shown.State.ShouldBe("failed");
        shown.Error!.Code.ShouldBe("logDamaged");
        shown.Error.Message.ShouldContain(path);
        shown.Error.Hint.ShouldNotBeNullOrEmpty();
        await ShouldBeRefusedAsync(life.Client, damaged.Id);
        var other = await life.Client.CreateAsync(new CreateTaskParams { Prompt = Prompt + ", again" }, CancellationToken.None);
        (await life.SeesAsync(tasks => tasks.TryGetValue(other.Id, out var task) && task.State == "readyForReview")).ShouldBeTrue();
        (await life.Client.WorktreesAsync(CancellationToken.None)).Worktrees.Count.ShouldBe(2, "What is found is found by looking, whatever became of the logs.");
        if (how != "empty")
        {
            (await File.ReadAllBytesAsync(path)).ShouldBe(left);
        }

        await File.WriteAllBytesAsync(path, whole);
        (await life.Client.GetAsync(damaged.Id, CancellationToken.None)).Task.State.ShouldBe("readyForReview", "A backup was put back.");
        await Invariants.CheckAsync(ground);
    }

    [Fact]
    public async Task ACoordinatorThatDiesWhileItMakesATask_LeavesNoTask()
    {
        await using var ground = await Ground.CreateAsync(Script);
        var life = await ground.LiveAsync(() => new Coming(Fault.Before(1)));
        await Should.ThrowAsync<AgentRequestException>(life.Client.CreateAsync(new CreateTaskParams { Prompt = Prompt }, CancellationToken.None));
        await life.Ended.WaitAsync(Ground.Patience);
        new StateFolder(ground.CommonDirectory).TaskIds().Count().ShouldBe(1, "The file is made before its first entry.");

        life = await ground.LiveAsync();

        life.Tasks.ShouldBeEmpty();
        await ground.StopAsync();
        Directory.EnumerateFiles(new StateFolder(ground.CommonDirectory).Tasks).ShouldBeEmpty();
        (await ground.Repository.GitAsync("for-each-ref", "--format=%(refname)")).ShouldBe("refs/heads/main");
    }

    private static async Task ShouldBeRefusedAsync(AgentClient client, string id)
    {
        var refusal = await Should.ThrowAsync<AgentRequestException>(client.GetAsync(id, CancellationToken.None));
        refusal.Message.ShouldContain("damaged");
    }

    /// <returns>The file's content from now on.</returns>
    private static byte[] Damage(string path, string how)
    {
        switch (how)
        {
            case "garbage":
                var garbage = new byte[20_000];
                new Random(1).NextBytes(garbage);
                File.WriteAllBytes(path, garbage);
                break;
            case "truncated":
                using (var file = File.OpenWrite(path))
                {
                    file.SetLength(file.Length / 2);
                }

                break;
            case "empty":
                File.WriteAllBytes(path, []);
                break;
            default:
                using (var connection = SqliteConnections.Open(path, "NORMAL", string.Empty))
                {
                    using var command = new SqliteCommand("UPDATE events SET body = substr(body, 1, 20) WHERE seq = 3", connection);
                    command.ExecuteNonQuery();
                }

                break;
        }

        return File.ReadAllBytes(path);
    }
}
