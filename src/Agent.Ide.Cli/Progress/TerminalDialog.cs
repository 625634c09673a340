using Agent.Ide.Cli.Hosting;
using Agent.Ide.Cli.Output;
using Agent.Ide.Client;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Cli.Progress;

/// <summary>
/// Asks the person at the terminal what a task waits for: an approval or an answer. One thing at a time; what was answered
/// elsewhere meanwhile is withdrawn.
/// </summary>
internal sealed class TerminalDialog(CliHost host, VerbOutput output, AgentClient client)
{
    private readonly HashSet<string> _answered = new(StringComparer.Ordinal);
    private PendingQuestion? _open;
    private Task<string?>? _typed;
    private bool _inputEnded;

    /// <summary>Completes when something was typed that <see cref="HandleTypedAsync"/> should look at; null where nothing is asked.</summary>
    public Task? Typed => _open is null ? null : _typed;

    /// <summary>Looks at what the tasks wait for: asks the next question, or withdraws the one that was answered elsewhere.</summary>
    public async Task ConsiderAsync(IEnumerable<AgentTask> tasks, IProgressView view)
    {
        var waiting = tasks.SelectMany(QuestionsOf).Where(question => !_answered.Contains(question.Key)).ToList();
        if (_open is not null)
        {
            if (waiting.Any(question => question.Key == _open.Key))
            {
                return;
            }

            output.Line();
            output.Line("Answered elsewhere.");
            _open = null;
        }

        if (waiting.Count == 0 || _inputEnded)
        {
            await view.ResumeAsync();
            return;
        }

        await view.SuspendAsync();
        _open = waiting[0];
        Ask(_open);
    }

    /// <summary>Acts on what was typed.</summary>
    public async Task HandleTypedAsync(CancellationToken cancellationToken)
    {
        var question = _open ?? throw new InvalidOperationException("Nothing was asked.");
        var text = await _typed!;
        _typed = null;
        if (text is null)
        {
            _inputEnded = true;
            output.Note($"The input ended; {question.Elsewhere}");
            _open = null;
            return;
        }

        if (question.Call is { } call)
        {
            if (DecisionOf(text) is not { } decision)
            {
                Ask(question);
                return;
            }

            await SendAsync(() => client.RespondAsync(question.TaskId, call, decision, cancellationToken));
        }
        else if (text.Trim().Length == 0)
        {
            Ask(question);
            return;
        }
        else
        {
            await SendAsync(() => client.MessageAsync(new MessageParams(question.TaskId, text.Trim()), cancellationToken));
        }

        _answered.Add(question.Key);
        _open = null;
    }

    /// <summary>y, a(lways), n; null for anything else.</summary>
    internal static string? DecisionOf(string text) => text.Trim().ToUpperInvariant() switch
    {
        "Y" or "YES" => ApprovalDecisions.Allow,
        "A" or "ALWAYS" => ApprovalDecisions.AllowAlways,
        "N" or "NO" => ApprovalDecisions.Deny,
        _ => null,
    };

    private static IEnumerable<PendingQuestion> QuestionsOf(AgentTask task)
    {
        foreach (var approval in task.Approvals)
        {
            yield return new PendingQuestion(
                $"{task.Id} {approval.Call}", task.Id, approval.Call, $"{approval.Tool}: {approval.Summary}", ReasonWords(approval.Reason));
        }

        if (task is { State: TaskStates.WaitingForUser, Question: { } question })
        {
            yield return new PendingQuestion($"{task.Id} ? {task.Steps}", task.Id, null, question, string.Empty);
        }
    }

    private static string ReasonWords(string reason) => reason switch
    {
        "noSandbox" => "no sandbox on this machine",
        "always" => "configured to ask always",
        "remote" => "runs on another machine",
        _ => TerminalText.Line(reason),
    };

    private async Task SendAsync(Func<Task> send)
    {
        try
        {
            await send();
        }
        catch (AgentRequestException exception)
        {
            output.Note(TerminalText.Line($"{exception.Message} {exception.Error.Hint}"));
        }
    }

    private void Ask(PendingQuestion question)
    {
        var text = TerminalText.Line(question.Text);
        host.Out.WriteLine(question.Call is null
            ? $"{output.Paint(question.TaskId, Tone.Strong)} asks: {text}"
            : $"{output.Paint(question.TaskId, Tone.Strong)} wants to run {output.Paint(text, Tone.Attention)} ({question.Reason})");
        host.Out.Write(question.Call is null ? "Answer: " : "Allow it? [y]es, [a]lways, [n]o: ");
        host.Out.Flush();

        // Reading a terminal cannot be cancelled: a line that nobody waits for any more serves the next question.
        _typed ??= Task.Run(host.In.ReadLine);
    }

    /// <param name="Key">What makes it this question and no other.</param>
    /// <param name="Call">Id of the call that waits for approval; null for the agent's own question.</param>
    private sealed record PendingQuestion(string Key, string TaskId, string? Call, string Text, string Reason)
    {
        public string Elsewhere => Call is null
            ? $"answer with: agent-ide message {TaskId} \"…\""
            : $"answer with: agent-ide approve {TaskId} {Call}, or deny";
    }
}
