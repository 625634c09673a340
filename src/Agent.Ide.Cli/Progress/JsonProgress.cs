using Agent.Ide.Cli.Output;
using Agent.Ide.Client.Board;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Cli.Progress;

/// <summary>A stream for programs: one object per line, the protocol's own notification parameters.</summary>
internal sealed class JsonProgress(VerbOutput output) : IProgressView
{
    public Task ShowAsync(BoardChange change)
    {
        switch (change)
        {
            case TaskChange task:
                output.Json(new TaskChangedParams(task.Task, task.Seq), AgentJson.Default.TaskChangedParams);
                break;
            case StepChange step:
                output.Json(new StepAppendedParams(step.Id, step.Step, step.Seq), AgentJson.Default.StepAppendedParams);
                break;
            case ConnectionLostChange { Attempt: 1 }:
                output.Note("The coordinator ended; connecting again.");
                break;
        }

        return Task.CompletedTask;
    }

    public Task SuspendAsync() => Task.CompletedTask;

    public Task ResumeAsync() => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
