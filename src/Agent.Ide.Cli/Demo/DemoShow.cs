using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Cli.Output;
using Agent.Ide.Cli.Progress;
using Agent.Ide.Cli.Verbs;
using Agent.Ide.Client;
using Agent.Ide.Protocol.Review;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Cli.Demo;

/// <summary>The demo's acts, one after the other, on a repository made for it.</summary>
internal sealed class DemoShow(VerbInvocation invocation, AgentClient client)
{
    private readonly VerbOutput _output = invocation.Output;

    /// <exception cref="DemoFailedException">Something did not come out as the script has it.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var discount = await CreateAsync(DemoScript.Discount, "discount", cancellationToken);
        var cents = await CreateAsync(DemoScript.Cents, "cents", cancellationToken);
        var greeting = await CreateAsync(DemoScript.Greeting, "greeting", cancellationToken);

        Heading("1. Three agents work side by side, each in a git worktree of its own");
        await FollowAsync([discount, cents, greeting], cancellationToken);
        foreach (var id in (ReadOnlySpan<string>)[discount, cents, greeting])
        {
            Summarise(Ready(id));
        }

        Heading($"2. Each step is a commit; this is what {discount} changes");
        await ShowDiffAsync(discount, cancellationToken);

        Heading($"3. Accept {discount}: one commit of yours on main");
        await AcceptAsync(discount, cancellationToken);

        Heading($"4. Accept {cents}: it changed the same line, so nothing is touched");
        await ConflictAsync(cents, cancellationToken);

        Heading($"5. Step {DemoScript.UnwantedStep} of {greeting} was not asked for: roll it back");
        await RollbackAsync(greeting, cancellationToken);
    }

    private async Task<string> CreateAsync(string prompt, string title, CancellationToken cancellationToken) =>
        (await client.CreateAsync(new CreateTaskParams { Prompt = prompt, Title = title, Unattended = true }, cancellationToken)).Id;

    private async Task FollowAsync(HashSet<string> ids, CancellationToken cancellationToken)
    {
        // Steps of agents that run side by side come in any order; into a file they are written afterwards, agent by agent.
        var live = invocation.Host.OutIsTerminal && _output.Colour;
        await using IProgressView view = live ? ProgressViews.Create(invocation, named: true) : new SilentProgress();
        foreach (var id in ids)
        {
            await client.FollowAsync(id, cancellationToken);
        }

        // The notice that the model is a scripted one stands in the demo's first line.
        var follower = new TaskFollower(client, view, _output)
        {
            Ids = ids,
            IsReached = task => TaskStates.IsSettled(task.State),
            ShowsNotices = false,
        };
        await follower.RunAsync(cancellationToken);
    }

    private AgentTask Ready(string id)
    {
        var task = client.Board.Find(id)!;
        return task.State == TaskStates.ReadyForReview
            ? task
            : throw new DemoFailedException(
                $"{id} is {TaskStates.Words(task.State)} instead of ready for review: {task.Error?.Message ?? "no reason given"}", task.Error?.Hint);
    }

    private void Summarise(AgentTask task)
    {
        _output.Line($"{_output.Paint(task.Id.PadRight(14), Tone.Strong)} {_output.Paint(TaskStates.Words(task.State), TaskStates.ToneOf(task.State))}"
            + $"  {_output.Paint(Gauge.Text(task.Budget), Gauge.ToneOf(task.Budget))}  {TaskLines.Changes(task.Changes)}");
        foreach (var step in client.Board.StepsOf(task.Id))
        {
            _output.Line(_output.Paint($"   #{step.Number} {TerminalText.Line(step.Tool)} {TerminalText.Line(step.Summary, 60)}"
                + (step.Commit is { } commit ? $"  {Amounts.Hash(commit)}" : string.Empty), Tone.Faint));
        }
    }

    private async Task ShowDiffAsync(string id, CancellationToken cancellationToken)
    {
        var patch = await client.PatchAsync(new PatchParams(id), cancellationToken);
        DiffVerb.Paint(_output, patch.Text);
    }

    private async Task AcceptAsync(string id, CancellationToken cancellationToken)
    {
        var result = await client.AcceptAsync(new AcceptParams(id, client.Board.Find(id)!.Head), cancellationToken);
        AcceptVerb.Describe(_output, result);
        if (result.Commit is null)
        {
            throw new DemoFailedException($"{id} was not accepted.", result.Task.Error?.Message);
        }
    }

    private async Task ConflictAsync(string id, CancellationToken cancellationToken)
    {
        var result = await client.AcceptAsync(new AcceptParams(id, client.Board.Find(id)!.Head), cancellationToken);
        AcceptVerb.Describe(_output, result);
        if (result.Commit is not null)
        {
            throw new DemoFailedException($"{id} was accepted although it conflicts.", null);
        }
    }

    private async Task RollbackAsync(string id, CancellationToken cancellationToken)
    {
        var unwanted = client.Board.StepsOf(id).First(step => step.Number == DemoScript.UnwantedStep);
        _output.Line(_output.Paint($"  {TerminalText.Line(unwanted.Tool)} {TerminalText.Line(unwanted.Summary, 60)}", Tone.Bad));
        var task = await client.RollbackAsync(id, DemoScript.UnwantedStep - 1, cancellationToken);
        _output.Line($"{_output.Paint("Back", Tone.Good)} at step {task.Steps} ({Amounts.Hash(task.Head)}); what was undone stays restorable. Now it changes:");
        var stat = await client.PatchAsync(new PatchParams(id, Stat: true), cancellationToken);
        foreach (var line in TerminalText.Block(stat.Text).TrimEnd('\n').Split('\n'))
        {
            _output.Line($" {line.TrimEnd()}");
        }
    }

    private void Heading(string text)
    {
        _output.Line();
        _output.Line(_output.Paint(text, Tone.Strong));
    }
}
