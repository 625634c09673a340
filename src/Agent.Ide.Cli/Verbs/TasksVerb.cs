using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Cli.Output;
using Agent.Ide.Protocol;

namespace Agent.Ide.Cli.Verbs;

/// <summary><c>tasks</c>: all of them, newest first.</summary>
internal static class TasksVerb
{
    public const string NoTasks =
        "No tasks in this repository yet. Start one: agent-ide run \"what is to be done\" (or see it work first: agent-ide demo)";

    public static Verb Create() => new("tasks", "All tasks of the repository, newest first", VerbGroup.Watch)
    {
        Examples = ["agent-ide tasks", "agent-ide tasks --json"],
        Run = async (invocation, cancellationToken) =>
        {
            var output = invocation.Output;
            await using var client = await invocation.AttachAsync(cancellationToken);
            var list = await client.ListAsync(cancellationToken);
            if (output.IsJson)
            {
                output.Json(list, AgentJson.Default.TaskListResult);
                return ExitCodes.Done;
            }

            if (list.Tasks.Count == 0)
            {
                output.Line(NoTasks);
                return ExitCodes.Done;
            }

            var table = new TextTable("ID", "STATE", "STEPS", "CHANGES", "CONTEXT", "TITLE");
            foreach (var task in list.Tasks)
            {
                var conflicts = task.ConflictsWith.Count > 0 ? $"  (conflicts with {TerminalText.Line(string.Join(", ", task.ConflictsWith))})" : string.Empty;
                var parent = task.Parent is null ? string.Empty : $"  (from {TerminalText.Line(task.Parent)} at {task.ParentStep ?? 0})";
                table.Add(
                    (task.Id, Tone.Strong),
                    (TaskStates.Words(task.State), TaskStates.ToneOf(task.State)),
                    (task.Steps.ToString(System.Globalization.CultureInfo.InvariantCulture), Tone.Plain),
                    (TaskLines.Changes(task.Changes), Tone.Plain),
                    (Gauge.Numbers(task.Budget), Gauge.ToneOf(task.Budget)),
                    (TerminalText.Line(task.Title, 60) + parent + conflicts, conflicts.Length > 0 ? Tone.Attention : Tone.Plain));
            }

            table.Write(output);
            return ExitCodes.Done;
        },
    };
}
