using Agent.Ide.Client;
using Agent.Ide.Faults.Host;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Faults.Tests;

/// <summary>What awaits the coordinator that begins next.</summary>
/// <param name="Fault">Null: it lives.</param>
/// <param name="AfterReboot">Everything else has ended before it begins, and what lies in memory is gone.</param>
internal sealed record Coming(Fault? Fault, bool AfterReboot = false)
{
    public static Coming Peace { get; } = new((Fault?)null);
}

/// <summary>One thing that a person wants of a task.</summary>
/// <param name="Name">For messages.</param>
/// <param name="IsDone">Whether it has come about, from what front ends are shown.</param>
/// <param name="IsAsked">Whether the coordinator knows that it is wanted: nobody asks again.</param>
/// <param name="AskAsync">Asks for it.</param>
internal sealed record Wish(
    string Name, Func<AgentTask, bool> IsDone, Func<AgentTask, bool> IsAsked, Func<AgentClient, AgentTask, Task> AskAsync);

/// <summary>
/// A person who wants one thing after the other of one task, and who asks again only when a coordinator died and its successor
/// shows that it does not know of it.
/// </summary>
internal sealed class Story(Ground ground, string prompt)
{
    private static readonly string[] Settled = ["readyForReview", "conflict", "failed", "stopped", "merged", "discarded"];

    private readonly List<Wish> _wishes = [];
    private int _fulfilled;

    public string Id { get; private set; } = string.Empty;

    public AgentTask? Last { get; private set; }

    public static bool IsSettled(AgentTask task) => Settled.Contains(task.State);

    public Story Then(string name, Func<AgentTask, bool> isDone, Func<AgentTask, bool> isAsked, Func<AgentClient, AgentTask, Task> ask)
    {
        _wishes.Add(new Wish(name, isDone, isAsked, ask));
        return this;
    }

    /// <summary>Something is said to a resting task, which then makes this many steps more.</summary>
    public Story ThenMessage(string text, int stepsAfter) => Then(
        $"message {text}",
        task => task.State == "readyForReview" && task.Steps >= stepsAfter,
        task => task.State is "running" or "waitingForApproval" || task.Steps >= stepsAfter,
        (client, task) => client.MessageAsync(new MessageParams(task.Id, text), CancellationToken.None));

    public Story ThenRollback(int step) => Then(
        $"roll back to {step}",
        task => IsSettled(task) && task.Steps == step,
        _ => false,
        async (client, task) =>
        {
            ground.ForgetAfter(task.Id, step); // From the moment it is asked for.
            await client.RollbackAsync(task.Id, step, CancellationToken.None);
        });

    public Story ThenDiscard() => Then(
        "discard", task => task.State == "discarded", _ => false, (client, task) => client.DiscardAsync(task.Id, CancellationToken.None));

    public Story ThenRestore() => Then(
        "restore", task => task.State == "readyForReview", _ => false, (client, task) => client.RestoreAsync(task.Id, CancellationToken.None));

    public Story ThenAccept() => Then(
        "accept",
        task => task.State == "merged",
        _ => false,
        (client, task) => client.AcceptAsync(new Protocol.Review.AcceptParams(task.Id, task.Head), CancellationToken.None));

    /// <summary>Carries all of it out, whatever dies meanwhile.</summary>
    /// <param name="nextFault">For the coordinator that begins next; null: it lives.</param>
    /// <param name="maxLives">More than that, and nothing gets on any more.</param>
    public async Task RunAsync(Func<Coming> nextFault, int maxLives = 400)
    {
        await CreateAsync(nextFault, maxLives);
        await GoOnAsync(nextFault, maxLives);
    }

    /// <summary>Carries out what was wished for since.</summary>
    public async Task GoOnAsync(Func<Coming> nextFault, int maxLives = 400)
    {
        for (; _fulfilled < _wishes.Count; _fulfilled++)
        {
            await FulfilAsync(_wishes[_fulfilled], nextFault, maxLives);
        }
    }

    private async Task CreateAsync(Func<Coming> nextFault, int maxLives)
    {
        while (true)
        {
            var life = await NextAsync(nextFault, maxLives);
            if (life is null)
            {
                continue;
            }

            try
            {
                // A request whose answer was lost may have been carried out.
                var made = (await life.Client.ListAsync(CancellationToken.None)).Tasks.FirstOrDefault(task => task.Prompt == prompt);
                Id = (made ?? await life.Client.CreateAsync(new CreateTaskParams { Prompt = prompt }, CancellationToken.None)).Id;
                break;
            }
            catch (Exception e) when (e is ObjectDisposedException || (e is AgentRequestException lost && IsLoss(lost)))
            {
                // It died; the next one shows what became of it.
            }
        }

        await FulfilAsync(new Wish("ready", task => task.State == "readyForReview", _ => true, (_, _) => Task.CompletedTask), nextFault, maxLives);
    }

    private async Task FulfilAsync(Wish wish, Func<Coming> nextFault, int maxLives)
    {
        while (true)
        {
            var life = await NextAsync(nextFault, maxLives);
            if (life is null)
            {
                continue;
            }

            try
            {
                var task = (await life.Client.GetAsync(Id, CancellationToken.None)).Task;
                if (!wish.IsDone(task) && !wish.IsAsked(task))
                {
                    await wish.AskAsync(life.Client, task);
                }

                while (await life.SeesAsync(tasks => tasks.TryGetValue(Id, out var seen) && (wish.IsDone(seen) || IsStuck(wish, seen) || seen.Approvals.Count > 0 || seen.State == "waitingForUser")))
                {
                    var seen = life.Tasks[Id];
                    if (wish.IsDone(seen))
                    {
                        Last = seen;
                        return;
                    }

                    if (IsStuck(wish, seen))
                    {
                        throw new ShouldAssertException($"{wish.Name} of {Id} came to nothing: it is {seen.State} after {seen.Steps} steps: {seen.Error?.Message}\n{life.ErrorOutput}");
                    }

                    await AnswerAsync(life, seen);
                }
            }
            catch (Exception e) when (e is ObjectDisposedException || (e is AgentRequestException lost && IsLoss(lost)))
            {
                // It died; the next one shows what became of it.
            }
        }
    }

    /// <summary>Answers what the task waits for, and waits until it no longer waits for that.</summary>
    private async Task AnswerAsync(Life life, AgentTask task)
    {
        if (task.Approvals is [var approval, ..])
        {
            await life.Client.RespondAsync(Id, approval.Call, ApprovalDecisions.Allow, CancellationToken.None);
            await life.SeesAsync(tasks => tasks[Id].Approvals.All(other => other.Call != approval.Call));
        }
        else
        {
            await life.Client.MessageAsync(new MessageParams(Id, "An answer."), CancellationToken.None);
            await life.SeesAsync(tasks => tasks[Id].State != "waitingForUser");
        }
    }

    private async Task<Life?> NextAsync(Func<Coming> nextFault, int maxLives)
    {
        ground.Lives.ShouldBeLessThan(maxLives, "Coordinators die faster than the task gets on.");
        var life = await ground.LiveAsync(nextFault);
        return life.IsAttached ? life : null;
    }

    private static bool IsStuck(Wish wish, AgentTask task) => task.State is "failed" or "stopped" && !wish.IsDone(task);

    private static bool IsLoss(AgentRequestException e) => e.InnerException is JsonRpc.ConnectionClosedException;
}
