using Agent.Ide.Core.Tasks;
using Agent.Ide.Core.Tools;

namespace Agent.Ide.Core.Loop;

/// <summary>
/// A task's log, seen by the loop. Several writers append (the loop, a person's message); the log puts them in order,
/// stores each before it returns, and the snapshot it returns includes it.
/// </summary>
public interface ITaskLog
{
    /// <summary>The newest fold.</summary>
    TaskSnapshot Snapshot { get; }

    /// <summary>Stamps, checks, stores and folds an event. Durable against a crash of the process when it returns.</summary>
    /// <exception cref="InvalidOperationException">The event does not fit the task's state; nothing was stored.</exception>
    Task<TaskSnapshot> AppendAsync(TaskEvent entry, CancellationToken cancellationToken);
}

/// <summary>A validated call on its way to where it runs.</summary>
/// <param name="Arguments">JSON text that fits the tool's schema.</param>
/// <param name="Unsandboxed">A person allowed that it runs without a sandbox.</param>
/// <param name="Network">A person allowed the task's commands the network.</param>
public sealed record ToolInvocation(
    string Tool, int Version, string Arguments, TimeSpan Timeout, bool Unsandboxed = false, bool Network = false);

/// <summary>
/// Runs the tools that touch the worktree: file and search tools in the worker, commands in a one-shot sandbox.
/// Everything that goes wrong inside comes back as an outcome with an error code; an exception means that the task
/// itself cannot go on.
/// </summary>
public interface IToolHost
{
    /// <summary>Whether what it runs is confined by the operating system.</summary>
    bool IsSandboxed { get; }

    /// <exception cref="TaskLimitException">The task met a limit that ends it.</exception>
    Task<ToolOutcome> ExecuteAsync(ToolInvocation invocation, CancellationToken cancellationToken);
}

/// <param name="Paths">Repository-relative paths that the call changed; null: look for them.</param>
/// <param name="Subject">First line of the commit message: <c>tool: summary</c>.</param>
/// <param name="Tool">Name and version for the trailer: <c>edit_file v1</c>.</param>
public sealed record CheckpointRequest(int Step, IReadOnlyList<string>? Paths, string Subject, string Tool, string? Model);

/// <param name="Commit">Full hash.</param>
/// <param name="Files">Repository-relative paths the commit changed.</param>
public sealed record StoredCheckpoint(string Commit, IReadOnlyList<string> Files);

public interface ICheckpoints
{
    /// <summary>Commits what a step changed on the task's branch. Null when nothing changed.</summary>
    /// <exception cref="CheckpointException">It could not be stored (disk full, …); the branch is as before.</exception>
    Task<StoredCheckpoint?> CommitAsync(CheckpointRequest request, CancellationToken cancellationToken);

    /// <summary>Number in the <c>Agent-Step</c> trailer of the branch's tip, with its hash; null where the tip is no step's.</summary>
    Task<(int Step, string Commit)?> ReadTipAsync(CancellationToken cancellationToken);

    /// <summary>Unified diff of a commit against its parent, bounded, for telling a model what an interrupted call left.</summary>
    Task<string> DescribeAsync(string commit, CancellationToken cancellationToken);
}

/// <summary>A step could not be stored. The message is one line for a person.</summary>
public sealed class CheckpointException : Exception
{
    public CheckpointException(string code, string message, string? hint, Exception? inner = null)
        : base(message, inner)
    {
        Code = code;
        Hint = hint;
    }

    /// <summary><c>diskFull</c>, <c>readOnly</c>, <c>branchMoved</c> or <c>gitFailed</c>.</summary>
    public string Code { get; }

    public string? Hint { get; }
}

/// <summary>Content-addressed texts that were too large for the context.</summary>
public interface IArtifacts
{
    /// <returns>The reference: the first 16 hexadecimal digits of the content's SHA-256.</returns>
    Task<string> PutAsync(string content, CancellationToken cancellationToken);

    /// <returns>Null when the reference is unknown or was evicted.</returns>
    Task<string?> GetAsync(string reference, CancellationToken cancellationToken);
}
