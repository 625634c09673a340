using System.Diagnostics;
using System.Globalization;
using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Protocol.Review;

namespace Agent.Ide.Faults.Tests;

/// <summary>
/// Random requests, one after the other and at once, to a real task of a real coordinator whose model is scripted, with
/// crashes in between: only allowed states follow each other, nothing that was answered is lost, and the task always comes to rest.
/// <c>AGENT_IDE_TEST_CASES</c> sets how many (else as many of a hundred as fit into 15 seconds), <c>AGENT_IDE_TEST_CASE</c> names one alone.
/// </summary>
public sealed class StateMachineTests
{
    private const int RequestsPerCase = 10;
    private const int MostCases = 100;

    private static readonly TimeSpan s_enough = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task AnyRequestsInAnyOrder_WithCrashes_LeaveALogThatSaysWhatWasAnswered()
    {
        var only = Setting("AGENT_IDE_TEST_CASE", 0);
        var asked = Setting("AGENT_IDE_TEST_CASES", 0);
        var count = only > 0 ? 1 : asked > 0 ? asked : MostCases;
        var start = Stopwatch.GetTimestamp();
        await using var place = await CoordinatorInProcess.CreateAsync();
        for (var number = 0; number < count && (asked > 0 || Stopwatch.GetElapsedTime(start) < s_enough); number++)
        {
            var seed = only > 0 ? only : number + 1;
            try
            {
                await new Case(place, new Random(seed)).RunAsync();
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Case {seed}: {e.Message}", e);
            }
        }

        await place.StopAsync();
        await place.Repository.FsckAsync();
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : otherwise;

    /// <summary>One task and what became of the requests about it.</summary>
    private sealed class Case(CoordinatorInProcess place, Random random)
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

        private readonly List<string> _said = [];
        private readonly List<string> _done = [];
        private string _id = string.Empty;

        public async Task RunAsync()
        {
            await place.EnsureAsync();
            _id = await place.CreateTaskAsync(CoordinatorInProcess.Prompts[random.Next(CoordinatorInProcess.Prompts.Count)]);
            for (var left = RequestsPerCase; left > 0; left--)
            {
                if (random.Next(8) == 0)
                {
                    await place.CrashAsync(afterEntries: random.Next(3));
                    await place.EnsureAsync();
                    _done.Add("crash");
                }

                var first = AskAsync();
                // Now and then two people ask at once.
                await Task.WhenAll(first, random.Next(5) == 0 ? AskAsync() : Task.CompletedTask);
                if (random.Next(3) == 0)
                {
                    await RestAsync();
                }
            }

            await RestAsync();
            Check();
        }

        private async Task AskAsync()
        {
            var kind = random.Next(12);
            var step = random.Next(4);
            var text = $"said {_said.Count} {random.Next(1_000_000)}";
            try
            {
                await place.OnTaskAsync(_id, actor => kind switch
                {
                    0 => Done("stop", actor.StopAsync(CancellationToken.None)),
                    1 or 2 => Done("resume", actor.ResumeAsync(CancellationToken.None)),
                    3 or 4 => SayAsync(actor, text),
                    5 => Done($"rollback {step}", actor.RollbackAsync(step, CancellationToken.None), forgets: true),
                    6 => Done("discard", actor.DiscardAsync(CancellationToken.None)),
                    7 or 8 => Done("restore", actor.RestoreAsync(CancellationToken.None)),
                    9 => Done("accept", actor.AcceptAsync(new AcceptParams(_id, actor.Snapshot.Head), place.Repository.Path, CancellationToken.None)),
                    _ => AnswerAsync(actor, kind == 10 ? ApprovalDecision.Allow : ApprovalDecision.Deny),
                });
            }
            catch (RequestFailedException e)
            {
                _done.Add($"{kind}: {e.Message}");
            }
        }

        private async Task SayAsync(TaskActor actor, string text)
        {
            await actor.MessageAsync(text, CancellationToken.None);
            _said.Add(text);
            _done.Add("message");
        }

        private Task AnswerAsync(TaskActor actor, ApprovalDecision decision) =>
            actor.Snapshot.Approvals.Find(approval => approval.Decision is null) is { } pending
                ? Done($"{decision}", actor.AnswerApprovalAsync(pending.Request.CallId, decision, CancellationToken.None))
                : Task.CompletedTask;

        private async Task Done(string what, Task request, bool forgets = false)
        {
            await request;
            if (forgets)
            {
                _said.Clear(); // The conversation went back; what stays of it is the log's.
            }

            _done.Add(what);
        }

        /// <summary>Waits until nothing happens to the task by itself any more.</summary>
        private async Task RestAsync()
        {
            using var patience = new CancellationTokenSource(Patience);
            while (place.Snapshot(_id) is { State: TaskState.Queued or TaskState.Preparing or TaskState.Running or TaskState.Merging or TaskState.Validating } task)
            {
                try
                {
                    await Task.Delay(5, patience.Token);
                }
                catch (OperationCanceledException)
                {
                    throw new TimeoutException($"{_id} stays {task.State} after: {string.Join(", ", _done)}");
                }
            }
        }

        private void Check()
        {
            var entries = place.ReadLog(_id);
            var snapshot = TaskSnapshot.Start((TaskCreated)entries[0]);
            foreach (var entry in entries.Skip(1))
            {
                if (entry is TaskStateChanged changed)
                {
                    TaskTransitions.IsAllowed(snapshot.State, changed.To).ShouldBeTrue($"{snapshot.State} to {changed.To}");
                }

                if (entry is StepStarted started)
                {
                    started.Step.ShouldBe(snapshot.LastStep + 1);
                    snapshot.OpenStep.ShouldBeNull();
                }

                snapshot = snapshot.Apply(entry);
            }

            var shown = place.View(_id);
            (shown.State, shown.Steps, shown.Head).ShouldBe((TaskViews.StateName(snapshot.State), snapshot.LastStep, snapshot.Head), string.Join(", ", _done));
            var told = entries.OfType<MessageAdded>().Select(message => message.Text).ToHashSet();
            _said.ShouldAllBe(text => told.Contains(text));
        }
    }
}
