using System.Text.Encodings.Web;
using System.Text.Json;
using Agent.Ide.Core.Budget;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Core.Tools;

namespace Agent.Ide.Core.Loop;

/// <summary>The task cannot go on; its open step stays open and is recovered when it is resumed.</summary>
internal sealed class StepFailedException(TaskError error, Exception inner) : Exception(error.Message, inner)
{
    public TaskError Error { get; } = error;
}

/// <summary>
/// Makes a step of a call: the intent is stored, the tool runs, what it changed is committed, the result is stored. A
/// step that was begun always ends, also when the task is being cancelled: with what its tool left, committed.
/// </summary>
internal sealed class StepRunner
{
    /// <summary>The tool host ends a call in time itself, and can then say what it had; this is for when it does not.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    private const string NetworkDenied = "\n[harness: the user denied this task the network; its commands run without one.]";

    private const int SubjectLength = 72;
    private const int SummaryLength = 100;
    private const int ShownArguments = 200;

    private readonly LoopPorts _ports;
    private readonly LoopTools _loopTools;
    private readonly ContextBudget _budget;

    public StepRunner(LoopPorts ports, ContextBudget budget)
    {
        _ports = ports;
        _budget = budget;
        _loopTools = new LoopTools(ports.Log, ports.Artifacts, budget);
    }

    public async Task RunAsync(LoopDecision.RunTool run, TimeSpan timeLeft, CancellationToken cancellationToken)
    {
        var definition = run.Tool.Definition;
        var open = await StartAsync(run.Call, definition.Name, definition.Version, run.Arguments, cancellationToken, run.AllowedBy);
        if (definition.Name != BuiltInTools.AskUser)
        {
            await ExecuteAsync(open, run, timeLeft, cancellationToken);
        }
    }

    /// <summary>Runs the call of a step that was started before.</summary>
    public async Task ExecuteAsync(StepStarted open, LoopDecision.RunTool run, TimeSpan timeLeft, CancellationToken cancellationToken)
    {
        var started = _ports.Time.GetTimestamp();
        ToolOutcome outcome;
        try
        {
            outcome = await InvokeAsync(run, timeLeft, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await FinishInterruptedAsync(
                open, run.Tool.Definition, "This call was interrupted: the task was stopped while it ran.", _ports.Time.GetElapsedTime(started));
            return;
        }
        catch (TaskLimitException e)
        {
            throw new StepFailedException(e.Error, e);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new StepFailedException(LoopErrors.ToolHost(open.Tool, open.Step, e), e);
        }

        // From here on nothing is cancelled: what a tool changed and what the log says of it must agree.
        var changed = !run.Tool.Definition.IsReadOnly && outcome.ChangedPaths is not { Count: 0 };
        var checkpoint = changed ? await CommitAsync(open, run.Tool.Definition, outcome.ChangedPaths, outcome.Summary) : null;
        await FinishAsync(open, outcome, _ports.Time.GetElapsedTime(started), checkpoint);
    }

    public async Task RefuseAsync(LoopDecision.RefuseCall refused, StepStarted? open, CancellationToken cancellationToken)
    {
        open ??= await StartAsync(
            refused.Call,
            refused.Tool?.Name ?? OneLine.Of(refused.Call.Tool, 64),
            refused.Tool?.Version ?? 0,
            Presentable(refused.Call.Arguments),
            cancellationToken);
        await FinishAsync(open, ToolOutcome.Error(refused.ErrorCode, refused.Message), TimeSpan.Zero, null);
    }

    public Task AnswerAsync(LoopDecision.AnswerQuestion answer) => FinishAsync(
        answer.Open,
        new ToolOutcome { Content = answer.Text, Summary = $"answered: {OneLine.Of(answer.Text, SummaryLength - 10)}" },
        _ports.Time.GetUtcNow() - answer.Open.At,
        null);

    /// <summary>Ends a step whose loop was killed, by what the branch's tip and the worktree tell about it.</summary>
    public async Task RecoverAsync(StepStarted open, ToolDefinition? definition, CancellationToken cancellationToken)
    {
        var before = _ports.Log.Snapshot.Head;
        try
        {
            if (await _ports.Checkpoints.ReadTipAsync(cancellationToken) is { } tip && tip.Step == open.Step && tip.Commit != before)
            {
                var diff = await _ports.Checkpoints.DescribeAsync(tip.Commit, cancellationToken);
                await FinishAsync(
                    open,
                    new ToolOutcome
                    {
                        Content = $"The harness was restarted and lost the result of this call. It had made these changes:\n{diff}",
                        Summary = "done; its result was lost in a restart",
                    },
                    TimeSpan.Zero,
                    new StoredCheckpoint(tip.Commit, ArgumentPaths.Of(open.Arguments)));
                return;
            }
        }
        catch (CheckpointException e)
        {
            throw new StepFailedException(new TaskError(e.Code, e.Message, e.Hint), e);
        }

        await FinishInterruptedAsync(
            open, definition, "The harness was restarted while this call ran; whether it came to its end is unknown.", TimeSpan.Zero);
    }

    private async Task<StepStarted> StartAsync(
        RequestedCall call, string tool, int version, string arguments, CancellationToken cancellationToken, string? allowedBy = null)
    {
        var started = new StepStarted
        {
            Step = _ports.Log.Snapshot.LastStep + 1,
            CallId = call.CallId,
            Tool = tool,
            Version = version,
            Arguments = arguments,
            AllowedBy = allowedBy,
        };
        // Not cancelled half way: an intent that may or may not be stored would be neither a step nor none.
        cancellationToken.ThrowIfCancellationRequested();
        var snapshot = await _ports.Log.AppendAsync(started, CancellationToken.None);
        return snapshot.OpenStep ?? started;
    }

    private async Task<ToolOutcome> InvokeAsync(LoopDecision.RunTool run, TimeSpan timeLeft, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var definition = run.Tool.Definition;
        if (definition.Place == ToolPlace.Loop)
        {
            return await _loopTools.ExecuteAsync(definition.Name, run.Arguments, cancellationToken);
        }

        var timeout = Timeout(run, timeLeft);
        using var deadline = new CancellationTokenSource(timeout + Grace, _ports.Time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            var outcome = await _ports.Tools.ExecuteAsync(
                new ToolInvocation(definition.Name, definition.Version, run.Arguments, timeout, run.Unsandboxed, run.Network), linked.Token);
            return outcome.ErrorCode is not null && definition.Place == ToolPlace.Command && WasDeniedTheNetwork()
                ? outcome with { Content = outcome.Content + NetworkDenied }
                : outcome;
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return ToolOutcome.Error(ToolErrors.Timeout, $"{definition.Name} did not end within {timeout.TotalSeconds:0} s and was stopped.") with
            {
                ChangedPaths = definition.IsReadOnly ? [] : null,
            };
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new InvalidOperationException("the tool host gave up on the call", e);
        }
    }

    private bool WasDeniedTheNetwork() =>
        _ports.Log.Snapshot is { NetworkAllowed: false, Created.Settings.Network: TaskSettings.FullNetwork };

    /// <summary>A call may ask for less time than the configuration grants, never for more.</summary>
    private static TimeSpan Timeout(LoopDecision.RunTool run, TimeSpan timeLeft)
    {
        var timeout = run.Tool.Timeout;
        if (run.Tool.Definition.Name == BuiltInTools.RunCommand
            && JsonSerializer.Deserialize(run.Arguments, ToolArgumentsJson.Default.RunCommandArguments)!.TimeoutSeconds is { } asked
            && TimeSpan.FromSeconds(asked) < timeout)
        {
            timeout = TimeSpan.FromSeconds(asked);
        }

        var least = TimeSpan.FromSeconds(1);
        return timeLeft < timeout ? (timeLeft > least ? timeLeft : least) : timeout;
    }

    private async Task FinishInterruptedAsync(StepStarted open, ToolDefinition? definition, string what, TimeSpan duration)
    {
        StoredCheckpoint? left = null;
        var content = $"{what} Make the call again if it is still needed.";
        if (definition is { IsReadOnly: false })
        {
            left = await CommitAsync(open, definition, null, "interrupted");
            content = left is null
                ? $"{what} It left no changes. Make the call again if it is still needed."
                : $"{what} It left these changes, which are kept:\n{await DescribeAsync(left.Commit)}";
        }

        await FinishAsync(
            open, new ToolOutcome { Content = content, Summary = "interrupted", ErrorCode = ToolErrors.Interrupted }, duration, left);
    }

    private async Task<string> DescribeAsync(string commit)
    {
        try
        {
            return await _ports.Checkpoints.DescribeAsync(commit, CancellationToken.None);
        }
        catch (CheckpointException e)
        {
            // The work is committed; only its description for the model is missing.
            return $"(commit {commit}; its diff could not be read: {OneLine.Of(e.Message, 200)})";
        }
    }

    private async Task<StoredCheckpoint?> CommitAsync(StepStarted open, ToolDefinition definition, IReadOnlyList<string>? paths, string summary)
    {
        var request = new CheckpointRequest(
            open.Step, paths, OneLine.Of($"{open.Tool}: {summary}", SubjectLength), definition.Label, _ports.Log.Snapshot.Usage.Model);
        try
        {
            return await _ports.Checkpoints.CommitAsync(request, CancellationToken.None);
        }
        catch (CheckpointException e)
        {
            throw new StepFailedException(new TaskError(e.Code, e.Message, e.Hint), e);
        }
    }

    private async Task FinishAsync(StepStarted open, ToolOutcome outcome, TimeSpan duration, StoredCheckpoint? checkpoint)
    {
        var content = outcome.Content;
        string? reference = null;
        var saved = 0;
        if (content.Length > _budget.LargestResult)
        {
            reference = await _ports.Artifacts.PutAsync(content, CancellationToken.None);
            content = ResultShortener.Shorten(content, reference, _budget.LargestResult / 3);
            var estimator = new TokenEstimator(_ports.Log.Snapshot.Usage);
            saved = estimator.Estimate(outcome.Content) - estimator.Estimate(content);
        }

        var repeats = checkpoint is null ? RepeatedCalls.Before(_ports.Log.Snapshot, open.Tool, open.Arguments, outcome.Content) + 1 : 0;
        if (repeats >= LoopGuards.RepeatsTold)
        {
            content += RepeatedCalls.Note(repeats);
        }

        await _ports.Log.AppendAsync(
            new StepFinished
            {
                Step = open.Step,
                CallId = open.CallId,
                Content = content,
                ContentRef = reference,
                Summary = OneLine.Of(outcome.Summary, SummaryLength),
                DurationMs = (long)duration.TotalMilliseconds,
                Commit = checkpoint?.Commit,
                Files = checkpoint?.Files ?? [],
                ErrorCode = outcome.ErrorCode,
                SavedTokens = saved,
            },
            CancellationToken.None);
    }

    /// <summary>Raw arguments as JSON text for the log, whatever the model sent.</summary>
    private static string Presentable(string raw)
    {
        try
        {
            using var document = JsonDocument.Parse(raw);
            return document.RootElement.ValueKind == JsonValueKind.Object ? raw : Quoted(raw);
        }
        catch (JsonException)
        {
            return Quoted(raw);
        }
    }

    private static string Quoted(string raw) =>
        $"{{\"invalid\":\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(OneLine.Of(raw, ShownArguments))}\"}}";
}
