using System.Text.Json;
using Agent.Ide.Core.Tools;
using Agent.Ide.Worker.Files;

namespace Agent.Ide.Worker.Tools;

/// <summary>One tool. It keeps nothing between calls; whatever it needs is in the worktree and in the arguments.</summary>
public interface IWorkerTool
{
    string Name { get; }

    int Version { get; }

    /// <param name="arguments">Fit the schema of this version.</param>
    /// <param name="cancellationToken">Cancelled by the caller or when the call's time is up.</param>
    /// <exception cref="ToolFailureException">What the model is told instead of a result.</exception>
    /// <exception cref="JsonException">The arguments do not fit after all.</exception>
    Task<ToolOutcome> ExecuteAsync(JsonElement arguments, CancellationToken cancellationToken);
}
