using Agent.Ide.Client;
using Agent.Ide.Protocol.Review;
using Agent.Ide.Protocol.Tasks;
using Agent.Ide.Testing.Machines;
using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Faults.Tests;

/// <summary>
/// The disk that holds the repository is full from one moment on, wherever in a task's life that is: its making, its worktree, a log
/// entry, a checkpoint's objects, the board, the audit log, the coordinator's log.
/// </summary>
public sealed class FullDiskTests
{
    private const string Prompt = "fill it";

    private static string Script { get; } = new Script()
        .On(
            Prompt,
            [Faults.Tests.Script.Write("new.txt", "new\n")],
            [Faults.Tests.Script.RunOnce("once")],
            [Faults.Tests.Script.Command("head -c 20000 /dev/urandom > random.bin")],
            [Faults.Tests.Script.Edit("a.txt", "two", "2")],
            [Faults.Tests.Script.Finish("Done.")])
        .ToString();

    [NeedsFact(Need.Mount)]
    public async Task AFullDisk_AtAnyMoment_CostsNoStep_AndResumeGoesOnOnceThereIsRoom()
    {
        foreach (var kilobytes in new[] { 0, 8, 24, 48, 80, 112, 160, 240 })
        {
            await using var disk = await SmallDisk.CreateAsync(Script);
            var ground = disk.Ground;
            var life = await ground.LiveAsync();
            disk.LeaveFree(kilobytes * 1024);
            var made = await TryAsync(() => life.Client.CreateAsync(new CreateTaskParams { Prompt = Prompt }, CancellationToken.None));
            if (made is not null)
            {
                (await life.SeesAsync(tasks => tasks.TryGetValue(made.Id, out var task) && Story.IsSettled(task))).ShouldBeTrue($"{kilobytes} KB");
                await ground.Repository.FsckAsync();
                if (life.Tasks[made.Id].State == "failed")
                {
                    life.Tasks[made.Id].Error!.Message.ShouldNotBeNullOrEmpty();
                }
            }

            disk.Free();
            made ??= await life.Client.CreateAsync(new CreateTaskParams { Prompt = Prompt }, CancellationToken.None);
            if (life.Tasks.TryGetValue(made.Id, out var ended) && ended.State == "failed")
            {
                (await life.Client.ResumeAsync(made.Id, CancellationToken.None)).State.ShouldNotBe("failed", $"{kilobytes} KB");
            }

            (await life.SeesAsync(tasks => tasks.TryGetValue(made.Id, out var task) && task.State is "readyForReview")).ShouldBeTrue();
            await Invariants.CheckAsync(ground);
        }
    }

    [NeedsFact(Need.Mount)]
    public async Task AFullDisk_AtEachOfAPersonsRequests_LeavesATaskThatCanBeAskedAgain()
    {
        await using var disk = await SmallDisk.CreateAsync(Script);
        var ground = disk.Ground;
        var life = await ground.LiveAsync();
        var task = await life.Client.CreateAsync(new CreateTaskParams { Prompt = Prompt }, CancellationToken.None);
        (await life.SeesAsync(tasks => tasks.TryGetValue(task.Id, out var seen) && seen.State == "readyForReview")).ShouldBeTrue();

        foreach (var kilobytes in new[] { 0, 4, 12, 28 })
        {
            await AskTwiceAsync(kilobytes, "discarded", client => client.DiscardAsync(task.Id, CancellationToken.None));
            await AskTwiceAsync(kilobytes, "readyForReview", client => client.RestoreAsync(task.Id, CancellationToken.None));
        }

        await AskTwiceAsync(0, "merged", async client => (await client.AcceptAsync(new AcceptParams(task.Id, life.Tasks[task.Id].Head), CancellationToken.None)).Task);
        (await ground.Repository.GitAsync("status", "--porcelain")).ShouldBe("?? mine.txt");
        await Invariants.CheckAsync(ground);

        async Task AskTwiceAsync(int kilobytes, string state, Func<AgentClient, Task<AgentTask>> ask)
        {
            disk.LeaveFree(kilobytes * 1024);
            var first = await TryAsync(() => ask(life.Client));
            disk.Free();
            if (first?.State != state)
            {
                var now = (await life.Client.GetAsync(task.Id, CancellationToken.None)).Task;
                if (now.State != state)
                {
                    (await ask(life.Client)).State.ShouldBe(state);
                }
            }

            (await life.SeesAsync(tasks => tasks[task.Id].State == state)).ShouldBeTrue();
            await ground.Repository.FsckAsync();
        }
    }

    private static async Task<AgentTask?> TryAsync(Func<Task<AgentTask>> request)
    {
        try
        {
            return await request();
        }
        catch (AgentRequestException e)
        {
            e.Message.ShouldNotContain("   at ");
            e.InnerException.ShouldNotBeOfType<JsonRpc.ConnectionClosedException>();
            return null;
        }
    }

    /// <summary>A ground whose checkout is a file system of its own, of a few megabytes.</summary>
    private sealed class SmallDisk : IAsyncDisposable
    {
        private readonly Mounted _mounted;
        private readonly string _filler;

        private SmallDisk(Ground ground, Mounted mounted)
        {
            Ground = ground;
            _mounted = mounted;
            _filler = ground.Repository.FullPath(".git/filler");
        }

        public Ground Ground { get; }

        public static async Task<SmallDisk> CreateAsync(string script)
        {
            var repository = await TempRepository.CreateAsync(("a.txt", "one\ntwo\nthree\n"), ("b.txt", "b\n"));
            var mounted = await Mounted.SmallDiskAsync(repository.Path, "8m");
            return new SmallDisk(Ground.Over(repository, script), mounted);
        }

        /// <summary>Fills it up but for so many bytes.</summary>
        public void LeaveFree(long bytes)
        {
            using var file = new FileStream(_filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
            var block = new byte[4096];
            try
            {
                while (true)
                {
                    file.Write(block);
                }
            }
            catch (IOException)
            {
                // Full, which was the aim.
            }

            file.SetLength(Math.Max(0, file.Length - bytes));
        }

        public void Free() => File.Delete(_filler);

        public async ValueTask DisposeAsync()
        {
            await Ground.KillAsync();
            await _mounted.DisposeAsync();
            await Ground.DisposeAsync();
        }
    }
}
