using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Testing.Time;
using Microsoft.Extensions.AI;

namespace Agent.Ide.Core.Tests.Loop;

/// <summary>A task in memory, in state running, with everything its loop needs.</summary>
internal sealed class TestTask
{
    public TestTask(Func<ScriptedModel, IReadOnlyList<ChatMessage>, ChatResponse> answer, TaskSettings? settings = null, bool unattended = false)
    {
        Worktree = new FakeWorktree(Journal);
        Artifacts = new MemoryArtifacts(Journal);
        Model = new ScriptedModel(Journal, answer);
        Log = new MemoryLog(Created(settings ?? new TaskSettings(), unattended), Time, Journal);
        Log.Append(new TaskStateChanged { To = TaskState.Preparing });
        Log.Append(new TaskStateChanged { To = TaskState.Running });
    }

    /// <summary>A model that gives these answers in turn, and then ends the task.</summary>
    public TestTask(params ChatResponse[] answers)
        : this((model, _) => model.Requests.Count <= answers.Length ? answers[model.Requests.Count - 1] : ScriptedModel.Says("done"))
    {
    }

    public Journal Journal { get; } = new();

    public ManualTime Time { get; } = new();

    public FakeWorktree Worktree { get; }

    public MemoryArtifacts Artifacts { get; }

    public ScriptedModel Model { get; }

    public MemoryLog Log { get; }

    public int? ModelWindow { get; init; }

    public IStandingApprovals Approvals { get; set; } = new NoStandingApprovals();

    public TaskSnapshot Snapshot => Log.Snapshot;

    public static TaskCreated Created(TaskSettings settings, bool unattended = false, string prompt = "Do the thing.") => new()
    {
        Id = "thing-abcd",
        Title = "Thing",
        Prompt = prompt,
        Checkout = "/repository",
        BaseRef = "main",
        BaseCommit = new string('0', 40),
        Branch = "agent/thing-abcd",
        Worktree = "/repository/.worktrees/thing-abcd",
        Settings = settings,
        Unattended = unattended,
    };

    public AgentLoop Loop() => new(new LoopPorts
    {
        Log = Log,
        Model = Model,
        Tools = Worktree,
        Checkpoints = Worktree,
        Artifacts = Artifacts,
        Time = Time,
        ModelWindow = ModelWindow,
        Approvals = Approvals,
    });

    /// <summary>Runs a new loop on the log as it is; a wait of more than half a minute of real time is a failure.</summary>
    /// <exception cref="ProcessKilledException">The process died at a point the journal was told.</exception>
    public async Task<LoopEnd> RunAsync(CancellationToken cancellationToken = default)
    {
        var killed = Journal.Killed;
        var run = Loop().RunAsync(cancellationToken);
        var first = await Task.WhenAny(run, killed).WaitAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
        return first == run ? await run : throw new ProcessKilledException();
    }

    /// <summary>What the coordinator does when a waiting task is answered.</summary>
    public Task<LoopEnd> AnswerAsync(TaskEvent answer)
    {
        Log.Append(answer);
        Log.Append(new TaskStateChanged { To = TaskState.Running });
        return RunAsync();
    }
}
