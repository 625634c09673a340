using System.Globalization;
using System.Net.Sockets;
using Agent.Ide.Processes;
using Agent.Ide.Protocol.Tasks;
using Agent.Ide.Testing.Models;

namespace Agent.Ide.Faults.Tests;

/// <summary>More of everything than a person would ask for, and fewer descriptors than a process needs.</summary>
public sealed class CrowdTests
{
    private const string Places = "AGENT_IDE_WORKTREE__MAX_CONCURRENT";
    private const int MegabytesAllowed = 250;

    [Fact]
    public async Task FiveHundredTasks_QueueInTheirOrder_InLittleMemory()
    {
        const int Count = 500;
        await using var ground = await Ground.CreateAsync(new Script().On("work", [Script.Finish("Done.")]).ToString(), (Places, "2"));
        ground.Model.FaultFor = static request => request.IsChat ? new ModelFault { Hold = true } : null;
        var life = await ground.LiveAsync();
        var ids = new List<string>();
        for (var number = 0; number < Count; number++)
        {
            ids.Add((await life.Client.CreateAsync(new CreateTaskParams { Prompt = $"work {number}" }, CancellationToken.None)).Id);
        }

        (await life.SeesAsync(tasks => AreAtWork(tasks, ids, 0, 1))).ShouldBeTrue();
        await life.Client.StopAsync(ids[0], CancellationToken.None);
        (await life.SeesAsync(tasks => AreAtWork(tasks, ids, 1, 2))).ShouldBeTrue();
        PeakMegabytes(life.Id).ShouldBeLessThan(MegabytesAllowed);

        await ground.KillAsync();
        life = await ground.LiveAsync();
        (await life.SeesAsync(tasks => AreAtWork(tasks, ids, 1, 2))).ShouldBeTrue();
        await life.Client.StopAsync(ids[2], CancellationToken.None);
        (await life.SeesAsync(tasks => AreAtWork(tasks, ids, 1, 3))).ShouldBeTrue();
        PeakMegabytes(life.Id).ShouldBeLessThan(MegabytesAllowed);
    }

    [Fact]
    public async Task FiftyTasksAtOnce_AllEnd()
    {
        const int Count = 50;
        await using var ground = await Ground.CreateAsync(
            new Script().On("work", [Script.Write("new.txt", "new\n")], [Script.Edit("a.txt", "two", "2")], [Script.Finish("Done.")]).ToString(), (Places, "50"));
        var life = await ground.LiveAsync();
        var ids = new List<string>();
        for (var number = 0; number < Count; number++)
        {
            ids.Add((await life.Client.CreateAsync(new CreateTaskParams { Prompt = $"work {number}" }, CancellationToken.None)).Id);
        }

        (await life.SeesAsync(tasks => ids.TrueForAll(id => tasks.TryGetValue(id, out var task) && Story.IsSettled(task)))).ShouldBeTrue();
        ids.ShouldAllBe(id => life.Tasks[id].State == "readyForReview");
        PeakMegabytes(life.Id).ShouldBeLessThan(MegabytesAllowed);
        await Invariants.CheckAsync(ground);
    }

    [Fact]
    public async Task ACoordinatorOutOfDescriptors_ServesAgainOnceThereAreSome()
    {
        await using var ground = await Ground.CreateAsync(new Script().On("work", [Script.Write("new.txt", "new\n")], [Script.Finish("Done.")]).ToString());
        var life = await ground.LiveAsync();
        var open = Directory.GetFileSystemEntries($"/proc/{life.Id}/fd").Length;
        await LimitDescriptorsAsync(life.Id, open + 2);
        var sockets = new List<Socket>();
        try
        {
            for (var number = 0; number < 20; number++)
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                sockets.Add(socket);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(ground.Location.SocketPath));
            }
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }

        await LimitDescriptorsAsync(life.Id, 1024);
        var task = await life.Client.CreateAsync(new CreateTaskParams { Prompt = "work" }, CancellationToken.None);

        (await life.SeesAsync(tasks => tasks.TryGetValue(task.Id, out var seen) && seen.State == "readyForReview")).ShouldBeTrue();
        life.Ended.IsCompleted.ShouldBeFalse();
    }

    /// <summary>The two are at work, and whoever was made after them waits.</summary>
    private static bool AreAtWork(IReadOnlyDictionary<string, AgentTask> tasks, List<string> ids, int first, int second) =>
        StatesOf(tasks, ids, "running").SequenceEqual([ids[first], ids[second]]) && StatesOf(tasks, ids, "queued").SequenceEqual(ids.Skip(second + 1));

    private static List<string> StatesOf(IReadOnlyDictionary<string, AgentTask> tasks, List<string> ids, string state) =>
        ids.FindAll(id => tasks.TryGetValue(id, out var task) && task.State == state);

    private static int PeakMegabytes(int process)
    {
        const string Name = "VmHWM:";
        var line = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith(Name, StringComparison.Ordinal));
        return int.Parse(line[Name.Length..].Replace("kB", string.Empty, StringComparison.Ordinal), CultureInfo.InvariantCulture) / 1024;
    }

    private static async Task LimitDescriptorsAsync(int process, int count)
    {
        var result = await ChildProcess.RunAsync(new ProcessStart { FileName = "prlimit", Arguments = [$"--pid={process}", $"--nofile={count}:1024"] });
        result.ExitCode.ShouldBe(0, result.Error);
    }
}
