using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.JsonRpc;
using Agent.Ide.LanguageServer.Sessions;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Lsp;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.LanguageServer.Features.Commands;

/// <summary>
/// Which task a command means: the one that its argument names; without an argument the one that the command fits, and where it fits
/// several, the one that the person chooses. So that a key binding needs no task's name.
/// </summary>
public static class TaskChoice
{
    /// <summary>As many buttons as a message can have and still be read; the newest tasks come first.</summary>
    private const int MostChoices = 9;

    private const int MostTitleCharacters = 40;

    /// <returns>The task's id; null when the person closed the question.</returns>
    /// <exception cref="RequestFailedException">There is no task that the command fits.</exception>
    public static async Task<string?> OfAsync(EditorSession session, ExecuteCommandParams request, CancellationToken cancellationToken)
    {
        if (CommandArgument.IsGiven(request))
        {
            return CommandArgument.Of(request, AgentJson.Default.TaskIdParams).Id;
        }

        var fitting = session.Services.Tasks.Views.Where(task => Fits(request.Command, task)).Take(MostChoices).ToList();
        switch (fitting)
        {
            case []:
                throw new RequestFailedException("noTask", $"There is no task to {VerbOf(request.Command)}.", null, ExitCodes.Failed);
            case [var only]:
                return only.Id;
        }

        var buttons = fitting.ToDictionary(ButtonOf, static task => task.Id, StringComparer.Ordinal);
        var pressed = await session.Peer.AskAsync(MessageKinds.Info, $"Which task do you want to {VerbOf(request.Command)}?", [.. buttons.Keys], cancellationToken);
        return pressed is not null && buttons.TryGetValue(pressed, out var id) ? id : null;
    }

    private static bool Fits(string command, AgentTask task) => command switch
    {
        AgentCommands.Review => task.Changes.Files > 0 && task.State is not ("merged" or "discarded"),
        AgentCommands.Accept => task.Changes.Files > 0 && task.State is "readyForReview" or "conflict",
        AgentCommands.Stop => task.State is "queued" or "preparing" or "running" or "waitingForApproval" or "waitingForUser",
        _ => task.State is not ("merged" or "discarded"),
    };

    private static string VerbOf(string command) => command[(command.IndexOf('.', StringComparison.Ordinal) + 1)..];

    private static string ButtonOf(AgentTask task)
    {
        var title = task.Title.ReplaceLineEndings(" ");
        return $"{(title.Length > MostTitleCharacters ? title[..MostTitleCharacters] + "…" : title)} ({task.Id})";
    }
}
