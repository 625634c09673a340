using System.Text;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Git.Merging;
using Agent.Ide.Git.Merging.Accept;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Review;

namespace Agent.Ide.Coordinator.Tasks;

/// <summary>What people decide about conflicts, and what they are told about it.</summary>
internal static class TaskResolutions
{
    /// <summary>To be called before anything is stored.</summary>
    /// <exception cref="RequestFailedException">The decisions are incomplete or contradict each other; nothing was changed.</exception>
    public static void Check(AcceptParams request)
    {
        var resolutions = request.Resolutions ?? [];
        if (resolutions.Contains(null!))
        {
            throw Malformed("A resolution is empty.");
        }

        // By its whole hash: a name means another commit after a while, and an abbreviation may.
        if (resolutions.Count > 0 && !(request.ExpectedTarget is { Length: 40 or 64 } target && target.All(char.IsAsciiHexDigit)))
        {
            throw Malformed("Resolutions name no expectedTarget, the whole hash of the commit that they were made against.");
        }

        if (resolutions.GroupBy(resolution => resolution.Path, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw Malformed($"'{twice.Key}' is resolved twice.");
        }

        _ = Of(request);
    }

    /// <summary>The decisions of a request that was checked.</summary>
    public static IReadOnlyList<ConflictResolution> Of(AcceptParams request) => [.. (request.Resolutions ?? []).Select(ToResolution)];

    /// <summary>What becomes of a conflict, for a person in any front end.</summary>
    public static string WhatToDo(TaskSnapshot task) =>
        $"Resolve it (VS Code: Resolve Conflict; terminal: `agent-ide accept {task.Id} --resolve DIR`), send the agent a message to redo its change, "
        + $"or merge {task.Created.Branch} by hand.";

    /// <summary>A decision was made about something that is not, or not any more, as it was.</summary>
    public static TaskMergeResult Unusable(
        TaskSnapshot task, string strategy, AcceptOutcome.Unresolvable unusable, IReadOnlyList<FileConflict> conflicts)
    {
        var target = TaskMerges.Describe(task);
        var why = unusable.Problem switch
        {
            ResolutionProblem.NotInConflict => $"there is no conflict with {target} (any more), so what was decided about it was not used",
            ResolutionProblem.Unfit => "this conflict cannot be resolved in this way",
            ResolutionProblem.Outdated => $"{target} has changed it since it was looked at",
            ResolutionProblem.Undecided => $"a place where the two contradict each other has neither the change of {target} nor the task's",
            ResolutionProblem.MarkersLeft => "conflict markers are left in it",
            _ => throw new InvalidOperationException($"A resolution cannot be {unusable.Problem}."),
        };
        var code = unusable.Problem == ResolutionProblem.Undecided ? TaskMergeResult.UndecidedCode : TaskMergeResult.ResolutionCode;
        var error = new TaskError(code, $"{unusable.Path} of task {task.Id}: {why}. Nothing was changed.", WhatToDo(task), ExitCodes.Conflict);
        return conflicts.Count > 0
            ? new TaskMergeResult(null, strategy, conflicts, error)
            : throw new RequestFailedException("notInConflict", error.Message, "Accept again.", ExitCodes.Failed);
    }

    private static ConflictResolution ToResolution(Resolution resolution) => resolution switch
    {
        { Text: { } text, Take: null } => new ConflictResolution.Text(resolution.Path, Encoding.UTF8.GetBytes(text)) { MustDecide = resolution.MustDecide },
        { Text: null, Take: "task" } => new ConflictResolution.Side(resolution.Path, ConflictSide.Theirs),
        { Text: null, Take: "target" } => new ConflictResolution.Side(resolution.Path, ConflictSide.Ours),
        _ => throw Malformed($"The resolution of '{resolution.Path}' is neither a text nor one of the sides 'task' and 'target'."),
    };

    private static RequestFailedException Malformed(string message) =>
        new("malformedResolution", message, "Resolve the conflict again.", ExitCodes.Usage);
}
