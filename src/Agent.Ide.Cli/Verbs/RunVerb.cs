using System.CommandLine;
using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Cli.Output;
using Agent.Ide.Cli.Progress;
using Agent.Ide.Client;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Cli.Verbs;

/// <summary><c>run "PROMPT"</c>: a task, headless, from the prompt to the review.</summary>
internal static class RunVerb
{
    /// <summary>How long an interrupted run waits for its task to stop before it says so and leaves.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(15);

    public static Verb Create()
    {
        var prompt = new Argument<string>("PROMPT") { Description = "What the agent is to do" };
        var title = new Option<string>("--title") { Description = "A short name; the prompt's first line where not given", HelpName = "T" };
        var start = new Option<string>("--base") { Description = "Branch, tag or commit to start from; HEAD where not given", HelpName = "REF" };
        var uncommitted = new Option<bool>("--include-uncommitted") { Description = "Carry over the uncommitted and untracked work of this checkout" };
        var dependsOn = new Option<string[]>("--depends-on") { Description = "Tasks to wait for (not built yet)", HelpName = "ID" };
        var model = new Option<string>("--model") { Description = "A model's name, as its server spells it", HelpName = "NAME" };
        var accept = new Option<bool>("--accept") { Description = "Accept the result by itself when it is ready" };
        var network = new Option<string>("--network") { Description = "none, or full: the host's network, its own servers too, once you allowed it", HelpName = "N" };
        var allowNetwork = new Option<bool>("--allow-network") { Description = "Allow --network full now, so that nobody is asked later" };
        var detach = new Option<bool>("--detach") { Description = "Print the task at once and leave; it goes on" };
        return new Verb("run", "Give a task to an agent; waits until it is ready for review or ended", VerbGroup.Start)
        {
            Examples =
            [
                "agent-ide run \"Fix the typo in README.md\"",
                "agent-ide run \"Add a test for the parser\" --base main --title \"Parser test\"",
                "agent-ide run \"Bump the copyright year\" --accept --json | tail -n 1",
                "agent-ide run \"Port the tests\" --detach",
            ],
            Run = async (invocation, cancellationToken) =>
            {
                if (invocation.IsGiven(dependsOn))
                {
                    throw UsageException.NotBuilt("--depends-on");
                }

                var text = invocation.Get(prompt)!;
                if (string.IsNullOrWhiteSpace(text))
                {
                    throw new UsageException("The prompt is empty.", "Say what the agent is to do: agent-ide run \"…\".");
                }

                var parameters = new CreateTaskParams
                {
                    Prompt = text,
                    Title = invocation.Get(title),
                    Base = invocation.Get(start),
                    IncludeUncommitted = invocation.IsGiven(uncommitted) ? invocation.Get(uncommitted) : null,
                    Model = invocation.Get(model),
                    Accept = invocation.Get(accept),
                    Network = invocation.Get(network),
                    AllowNetwork = invocation.Get(allowNetwork),
                    Unattended = !invocation.Get(detach) && !CanAsk(invocation),
                };
                if (parameters is { Network: "full", AllowNetwork: false } && CanAsk(invocation))
                {
                    if (!await NetworkQuestion.AskAsync(invocation, cancellationToken))
                    {
                        invocation.Output.Note("No task was made. Without --network full its commands have no network.");
                        return ExitCodes.Denied;
                    }

                    parameters = parameters with { AllowNetwork = true };
                }

                return await RunAsync(invocation, parameters, invocation.Get(detach), cancellationToken);
            },
        }.With(prompt, title, start, uncommitted, dependsOn, model, accept, network, allowNetwork, detach);
    }

    private static bool CanAsk(VerbInvocation invocation) => invocation.Host.InIsTerminal && !invocation.Output.IsJson;

    private static async Task<int> RunAsync(VerbInvocation invocation, CreateTaskParams parameters, bool detach, CancellationToken interrupted)
    {
        var output = invocation.Output;
        await using var client = await invocation.AttachAsync(interrupted);

        // Once asked for, the task may exist: an interrupt then is about the task, not about the question whether it does.
        var task = await client.CreateAsync(parameters, invocation.Host.Interrupts.Second);
        if (detach)
        {
            TaskReport.WriteOutcome(output, task);
            return ExitCodes.Done;
        }

        if (!output.IsJson)
        {
            output.Line($"{output.Paint(task.Id, Tone.Strong)}  on {TerminalText.Line(task.Branch)}");
            invocation.Host.Out.Flush();
        }

        FollowEnd end;
        try
        {
            await using var view = ProgressViews.Create(invocation, named: false);
            await client.FollowAsync(task.Id, interrupted);
            var follower = new TaskFollower(client, view, output)
            {
                Ids = new HashSet<string> { task.Id },
                IsReached = now => IsReached(now, parameters.Accept),
                Dialog = CanAsk(invocation) ? new TerminalDialog(invocation.Host, output, client) : null,
                StopsAtQuestions = parameters.Unattended,
            };
            end = await follower.RunAsync(interrupted);
        }
        catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
        {
            return await InterruptAsync(invocation, client, task.Id);
        }

        task = client.Board.Find(task.Id) ?? task;
        TaskReport.WriteOutcome(output, task);
        if (end == FollowEnd.NeedsPerson)
        {
            output.Note(TerminalText.Line($"{task.Id} asks, and nobody can answer here: {task.Question}"));
            output.Note($"Answer with `agent-ide message {task.Id} \"…\"`; the task waits.");
            return ExitCodes.Denied;
        }

        return TaskStates.ExitCodeOf(task);
    }

    /// <summary>A task that accepts itself is ready only in passing, unless the accept was refused.</summary>
    private static bool IsReached(AgentTask task, bool accept) =>
        TaskStates.IsSettled(task.State) && !(accept && task is { State: TaskStates.ReadyForReview, Error: null });

    private static async Task<int> InterruptAsync(VerbInvocation invocation, AgentClient client, string id)
    {
        var output = invocation.Output;
        var leave = invocation.Host.Interrupts.Second;
        output.Note($"Stopping {id}; its work so far is kept. Interrupt again to leave at once.");
        var task = client.Board.Find(id);
        try
        {
            using var bounded = CancellationTokenSource.CreateLinkedTokenSource(leave);
            bounded.CancelAfter(StopPatience);
            task = await client.StopAsync(id, bounded.Token);
        }
        catch (AgentRequestException exception)
        {
            // It came to its end in the same moment: its state says so, and this why it could not be stopped any more.
            output.Note(TerminalText.Line(exception.Message));
            task = client.Board.Find(id);
        }
        catch (OperationCanceledException)
        {
            output.Note($"Not waiting any longer; `agent-ide stop {id}` stops it.");
            return ExitCodes.Interrupted;
        }

        if (task is not null)
        {
            TaskReport.WriteOutcome(output, task);
        }

        return ExitCodes.Interrupted;
    }
}
