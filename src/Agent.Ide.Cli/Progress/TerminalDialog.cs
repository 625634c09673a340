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
            if (DecisionOf(text, question.Reason) is not { } decision)
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

    /// <summary>y, a(lways in the task), r(epository), n; null for anything else, and for what cannot be allowed for later.</summary>
    private static string? DecisionOf(string text, string reason) => text.Trim().ToUpperInvariant() switch
    {
        "Y" or "YES" => ApprovalDecisions.Allow,
        "A" or "ALWAYS" when ApprovalText.CanBeRemembered(reason) => ApprovalDecisions.AllowAlways,
        "R" or "REPOSITORY" when ApprovalText.CanBeRemembered(reason) => ApprovalDecisions.AllowAlwaysInRepository,
        "N" or "NO" => ApprovalDecisions.Deny,
        _ => null,
    };

    private static IEnumerable<PendingQuestion> QuestionsOf(AgentTask task)
    {
        foreach (var approval in task.Approvals)
        {
            yield return new PendingQuestion(
                $"{task.Id} {approval.Call} {approval.Reason}", task.Id, approval.Call, approval.Summary, approval.Reason) { Tool = approval.Tool };
        }

        if (task is { State: TaskStates.WaitingForUser, Question: { } question })
        {
            yield return new PendingQuestion($"{task.Id} ? {task.Steps}", task.Id, null, question, string.Empty);
        }
    }

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
        var task = output.Paint(question.TaskId, Tone.Strong);
        if (question.Call is null)
        {
            host.Out.WriteLine($"{task} asks: {TerminalText.Line(question.Text)}");
            host.Out.Write("Answer: ");
        }
        else
        {
            foreach (var line in ApprovalText.Exact(
                $"{task} wants to use {TerminalText.Line(question.Tool)}:", question.Text, text => output.Paint(text, Tone.Attention)))
            {
                host.Out.WriteLine(line);
            }

            host.Out.WriteLine($"({ApprovalText.Reason(question.Reason)})");
            host.Out.Write(ApprovalText.CanBeRemembered(question.Reason)
                ? "Allow it? [y]es, [a]lways in this task, always in this [r]epository, [n]o: "
                : "Allow it? [y]es, [n]o: ");
        }

        host.Out.Flush();

        // Reading a terminal cannot be cancelled: a line that nobody waits for any more serves the next question.
        _typed ??= Task.Run(host.In.ReadLine);
    }

    /// <param name="Key">What makes it this question and no other.</param>
    /// <param name="Call">Id of the call that waits for approval; null for the agent's own question.</param>
    private sealed record PendingQuestion(string Key, string TaskId, string? Call, string Text, string Reason)
    {
        public string Tool { get; init; } = string.Empty;

        public string Elsewhere => Call is null
            ? $"answer with: agent-ide message {TaskId} \"…\""
            : $"answer with: agent-ide approve {TaskId} {Call}, or deny";
    }
}
