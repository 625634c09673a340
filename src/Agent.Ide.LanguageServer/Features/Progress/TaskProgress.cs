using Agent.Ide.LanguageServer.Sessions;
using Agent.Ide.Protocol.Lsp;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.LanguageServer.Features.Progress;

/// <summary>
/// A work-done progress per task that an agent works on: begins when it does, tells each change of activity, ends when it rests.
/// Called by one caller at a time.
/// </summary>
public sealed class TaskProgress(EditorPeer peer)
{
    /// <summary>What was last told of each task that is shown; null for one that the editor refused to show.</summary>
    private readonly Dictionary<string, string?> _told = new(StringComparer.Ordinal);

    /// <summary>Prefix of the tokens, so that they clash with nobody else's.</summary>
    private const string TokenPrefix = "agentIde/";

    public static string TokenOf(string task) => TokenPrefix + task;

    /// <summary>The task that a person cancelled the progress of; null for a token of somebody else's.</summary>
    public static string? TaskOf(string token) => token.StartsWith(TokenPrefix, StringComparison.Ordinal) ? token[TokenPrefix.Length..] : null;

    public async Task ShowAsync(IEnumerable<AgentTask> tasks, CancellationToken cancellationToken)
    {
        if (!peer.ShowsProgress)
        {
            return;
        }

        foreach (var task in tasks)
        {
            await ShowAsync(task, cancellationToken);
        }
    }

    private async Task ShowAsync(AgentTask task, CancellationToken cancellationToken)
    {
        var works = task.State is "preparing" or "running" or "validating" or "merging";
        var text = TextOf(task);
        if (!_told.TryGetValue(task.Id, out var told))
        {
            if (works)
            {
                var begin = new ProgressValue("begin", $"Agent: {task.Title}", text, Cancellable: true);
                _told[task.Id] = await peer.BeginProgressAsync(TokenOf(task.Id), begin, cancellationToken) ? text : null;
            }
        }
        else if (!works)
        {
            _told.Remove(task.Id);
            if (told is not null)
            {
                await peer.ReportProgressAsync(TokenOf(task.Id), new ProgressValue("end", Message: task.State), cancellationToken);
            }
        }
        else if (told is not null && told != text)
        {
            _told[task.Id] = text;
            await peer.ReportProgressAsync(TokenOf(task.Id), new ProgressValue("report", Message: text, Cancellable: true), cancellationToken);
        }
    }

    private static string TextOf(AgentTask task) =>
        task.Steps == 0 ? task.Activity ?? task.State : $"step {task.Steps}, {task.Activity ?? task.State}";
}
