using Agent.Ide.Client.Board;

namespace Agent.Ide.Cli.Progress;

/// <summary>Shows what happens to the tasks that a command follows. Called from one place at a time.</summary>
internal interface IProgressView : IAsyncDisposable
{
    Task ShowAsync(BoardChange change);

    /// <summary>Gets out of the way of a question; nothing is drawn until <see cref="ResumeAsync"/>.</summary>
    Task SuspendAsync();

    Task ResumeAsync();
}
