using Agent.Ide.Coordinator.Sandboxing;
using Agent.Ide.Coordinator.Sandboxing.Commands;
using Agent.Ide.Coordinator.Sandboxing.Limits;
using Agent.Ide.Coordinator.Supervision;
using Agent.Ide.JsonRpc;
using Agent.Ide.Processes;
using Agent.Ide.Protocol.Worker;
using Agent.Ide.Testing.Programs;
using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Benchmarks;

/// <summary>What the walls and the limits cost: a command and a worker inside, over the same outside, turn by turn.</summary>
internal static class SandboxBenchmark
{
    private const int Rounds = 30;
    private const string Command = "exit 0";

    public static async Task RunAsync(BenchmarkReport report)
    {
        await using var repository = await TempRepository.CreateAsync(("a.txt", "a\n"));
        var worktree = Path.Combine(repository.Path, ".worktrees", "bench");
        await repository.GitAsync("worktree", "add", "--quiet", "-b", "agent/bench", worktree);
        var policy = SandboxPolicy.ForWorktree(worktree, Path.Combine(repository.Path, ".git"));
        var sandbox = await new SandboxProbe(repository.Environment).FindAsync();
        var limiter = await new LimiterProbe($"benchmark {repository.Path}", null, TimeProvider.System).FindAsync();
        if (!sandbox.IsAvailable)
        {
            throw new InvalidOperationException($"There is nothing to measure: {sandbox.Description} {sandbox.Fix}");
        }

        var commands = new CommandRunner(sandbox, limiter, repository.Environment, TimeProvider.System);
        var request = new CommandRequest { Command = Command, Policy = policy, Timeout = TimeSpan.FromMinutes(1) };
        var (inside, outside) = await CompareAsync(() => commands.RunAsync(request, CancellationToken.None), () => RunPlainAsync(worktree));
        report.Note("`bash -c 'exit 0'`, plain, median", outside, "ms");
        report.AtMost("the same in sandbox and limits, what it costs more, median", inside - outside, 8, "ms");

        string[] worker = [AgentIdeProgram.FileName, "worker"];
        var environment = SandboxEnvironment.ForWorker(repository.Environment, SystemMounts.OfHost(repository.Environment));
        var confined = new WorkerLauncher(sandbox, limiter, worker, environment);
        var open = new WorkerLauncher(new NoSandbox("Not here.", "None."), new NoLimiter("Not here.", null), worker, environment);
        (inside, outside) = await CompareAsync(() => AskAsync(confined, policy), () => AskAsync(open, policy));
        report.Note("worker, plain, from its start to its first answer, median", outside, "ms");
        report.AtMost("the same in sandbox and limits, what it costs more, median", inside - outside, 30, "ms");
    }

    /// <summary>Medians of both, taken in turns, so that what else the machine does meets both.</summary>
    private static async Task<(double Inside, double Outside)> CompareAsync(Func<Task> inside, Func<Task> outside)
    {
        var costs = (Inside: new List<double>(), Outside: new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            costs.Inside.Add(await Samples.TimeAsync(inside));
            costs.Outside.Add(await Samples.TimeAsync(outside));
        }

        return (Samples.Median(costs.Inside), Samples.Median(costs.Outside));
    }

    private static async Task RunPlainAsync(string folder) =>
        await ChildProcess.RunAsync(new ProcessStart { FileName = "/bin/bash", Arguments = ["-c", Command], WorkingDirectory = folder });

    private static async Task AskAsync(WorkerLauncher launcher, SandboxPolicy policy)
    {
        await using var worker = await launcher.StartAsync(policy, ResourceLimits.Default);
        await using var connection = new RpcConnection(
            worker.Process.StandardOutput, worker.Process.StandardInput, new RpcRouter(), new RpcConnectionOptions());
        connection.Start();
        await connection.InvokeAsync(
            WorkerMethods.Ping, new WorkerPingParams(), WorkerJson.Default.WorkerPingParams, WorkerJson.Default.WorkerPingResult, CancellationToken.None);
    }
}
