using Agent.Ide.Cli.Output;
using Agent.Ide.Client.Board;

namespace Agent.Ide.Cli.Progress;

/// <summary>A line per change of state and per step, for a log or a pipe.</summary>
/// <param name="output">Where the lines go.</param>
/// <param name="flush">Called after each line, so that a reader sees it at once.</param>
/// <param name="named">Whether each line begins with the task's id: where several are followed.</param>
internal sealed class PlainProgress(VerbOutput output, Action flush, bool named) : IProgressView
{
    private readonly Dictionary<string, string> _states = new(StringComparer.Ordinal);
    private bool _isLost;

    public Task ShowAsync(BoardChange change)
    {
        switch (change)
        {
            case TaskChange { Task: var task } when !_states.TryGetValue(task.Id, out var before) || before != task.State:
                _states[task.Id] = task.State;
                var question = task.State == TaskStates.WaitingForUser ? TerminalText.Line(task.Question) : string.Empty;
                Write(task.Id, question.Length > 0 ? $"{TaskStates.Words(task.State)}: {question}" : TaskStates.Words(task.State));
                break;
            case StepChange step:
                Write(step.Id, TaskLines.Step(step.Step));
                break;
            case ConnectionLostChange when !_isLost:
                _isLost = true;
                output.Note("The coordinator ended; connecting again.");
                break;
            case ConnectionRestoredChange:
                _isLost = false;
                output.Note("Connected again.");
                break;
        }

        return Task.CompletedTask;
    }

    public Task SuspendAsync() => Task.CompletedTask;

    public Task ResumeAsync() => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Write(string id, string text)
    {
        output.Line(named ? $"{id}  {text}" : text);
        flush();
    }
}
