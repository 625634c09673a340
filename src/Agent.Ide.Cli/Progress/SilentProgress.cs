using Agent.Ide.Client.Board;

namespace Agent.Ide.Cli.Progress;

/// <summary>Shows nothing: for a command that tells at the end.</summary>
internal sealed class SilentProgress : IProgressView
{
    public Task ShowAsync(BoardChange change) => Task.CompletedTask;

    public Task SuspendAsync() => Task.CompletedTask;

    public Task ResumeAsync() => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
