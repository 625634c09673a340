using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Core.Tools;
using Agent.Ide.LanguageServer.Features.Review;
using Agent.Ide.LanguageServer.Features.Settings;
using Agent.Ide.LanguageServer.Sessions;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Lsp;
using Agent.Ide.Protocol.Review;
using Agent.Ide.Protocol.Tasks;
using Microsoft.Extensions.Logging;

namespace Agent.Ide.LanguageServer.Features.Questions;

/// <summary>
/// Asks a person what a task waits for: approvals, and what is to become of work that is ready. Each question is asked once per
/// connection, and stays open for as long as the person takes; what another front end answered meanwhile wins.
/// </summary>
public sealed class TaskQuestions(EditorSession session, CancellationToken closing)
{
    private const string Allow = "Allow";
    private const string AllowAlways = "Always in this task";
    private const string Deny = "Deny";
    private const string Review = "Review";
    private const string Accept = "Accept";
    private const string Discard = "Discard";

    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    /// <summary>
    /// Looks at a task as it is now. Returns at once; the questions go on beside. What the editor's settings keep from being told counts as
    /// told: a person who wants messages from now on is not sent those of before.
    /// </summary>
    public void Look(AgentTask task)
    {
        var wanted = session.Configuration.Current.Notifications;
        var (asks, tells) = (wanted != NotificationsWanted.None, wanted == NotificationsWanted.All);
        foreach (var approval in task.Approvals)
        {
            if (_asked.Add($"{task.Id}/{approval.Call}") && asks)
            {
                Begin(() => AskApprovalAsync(task, approval));
            }
        }

        switch (task.State)
        {
            case "readyForReview" when _asked.Add($"{task.Id}@{task.Head} {task.Steps}") && tells:
                Begin(() => AskReviewAsync(task));
                break;
            case "waitingForUser" when _asked.Add($"{task.Id}?{task.Steps}") && asks:
                Begin(() => session.Peer.TellAsync(MessageKinds.Info, $"{task.Title}: the agent asks: {task.Question}", closing).AsTask());
                break;
            case "failed" when _asked.Add($"{task.Id}!{task.Steps}") && tells:
                Begin(() => session.Peer.TellAsync(MessageKinds.Error, $"{task.Title}: {task.Error?.Message} {task.Error?.Hint}".TrimEnd(), closing).AsTask());
                break;
        }
    }

    private async Task AskApprovalAsync(AgentTask task, TaskApproval approval)
    {
        var what = approval.Tool == BuiltInTools.RunCommand ? "run this command" : $"use {approval.Tool}";
        var question = $"{task.Title}: may the agent {what}?\n{approval.Summary}";
        var answer = await session.Peer.AskAsync(MessageKinds.Warning, question, [Allow, AllowAlways, Deny], closing);
        ApprovalDecision? decision = answer switch
        {
            Allow => ApprovalDecision.Allow,
            AllowAlways => ApprovalDecision.AllowAlways,
            Deny => ApprovalDecision.Deny,
            _ => null, // Closed without an answer: it goes on waiting, for this editor or for another front end.
        };
        if (decision is { } said)
        {
            using var lease = await session.Services.Tasks.LeaseAsync(task.Id, closing);
            await lease.Actor.AnswerApprovalAsync(approval.Call, said, closing);
        }
    }

    private async Task AskReviewAsync(AgentTask task)
    {
        var changes = task.Changes.Files == 0
            ? "it changed nothing"
            : $"{task.Changes.Files} {(task.Changes.Files == 1 ? "file" : "files")}, +{task.Changes.Additions} −{task.Changes.Deletions}";
        session.Reviewed.Remember(task);
        var answer = await session.Peer.AskAsync(MessageKinds.Info, $"{task.Title}: ready for review ({changes}).", [Review, Accept, Discard], closing);
        switch (answer)
        {
            case Review:
                await ReviewCommand.RunAsync(session, task.Id, closing);
                break;
            case Accept:
                await AcceptCommand.RunAsync(session, new AcceptParams(task.Id, task.Head), closing);
                break;
            case Discard:
                await DiscardAsync(task);
                break;
        }
    }

    /// <summary>The question may have stood open for long: only what it was about is discarded.</summary>
    private async Task DiscardAsync(AgentTask asked)
    {
        using var lease = await session.Services.Tasks.LeaseAsync(asked.Id, closing);
        var now = session.Services.Tasks.View(asked.Id);
        if ((now.State, now.Head, now.Steps) != (asked.State, asked.Head, asked.Steps))
        {
            throw new RequestFailedException("headMoved", $"{asked.Title} was not discarded: it has changed since you were asked.", "Look at it again.", ExitCodes.Failed);
        }

        await lease.Actor.DiscardAsync(closing);
    }

    private void Begin(Func<Task> question) => _ = Task.Run(async () =>
    {
        try
        {
            await question();
        }
        catch (RequestFailedException e)
        {
            await session.Peer.TellAsync(MessageKinds.Warning, $"{e.Message} {e.Error.Hint}".TrimEnd(), closing);
        }
        catch (Exception e) when (e is OperationCanceledException or JsonRpc.ConnectionClosedException or ObjectDisposedException)
        {
            // The editor left.
        }
        catch (Exception e)
        {
            session.Context.Logger.LogError(e, "A question to an editor failed.");
        }
    });
}
