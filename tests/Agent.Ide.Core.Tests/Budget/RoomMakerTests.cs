using System.Text;
using Agent.Ide.Core.Budget;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Core.Tests.Loop;
using Agent.Ide.Core.Tools;
using Microsoft.Extensions.AI;

namespace Agent.Ide.Core.Tests.Budget;

public sealed class RoomMakerTests
{
    [Fact]
    public async Task RandomConversationsAndLimits_NeverExceedTheLimit_AndCallsKeepTheirResults()
    {
        var fitted = 0;
        var refused = 0;
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var settings = new TaskSettings { MaxTokens = random.Next(1_400, 20_000), CompactionThreshold = 0.5 + (random.NextDouble() / 2) };
            var snapshot = RandomConversation(random, settings);
            var budget = new ContextBudget(settings, null);
            var prompts = new PromptBuilder(new ToolCatalog([]), budget);
            var harder = random.Next(4) == 0;
            var room = new RoomMaker(prompts, budget, new MemoryArtifacts(new Journal()));
            try
            {
                var plan = await room.PlanAsync(snapshot, harder, CancellationToken.None);
                foreach (var entry in plan.Events)
                {
                    snapshot = snapshot.Apply(entry);
                }

                var request = prompts.Build(snapshot);
                (request.EstimatedTokens + request.Options.MaxOutputTokens!.Value).ShouldBeLessThanOrEqualTo(budget.Limit, $"seed {seed}");
                request.EstimatedTokens.ShouldBe(plan.Request.EstimatedTokens);
                Pairs(request.Messages).ShouldBeTrue($"seed {seed}");
                request.Messages[1].Text.ShouldStartWith(snapshot.Created.Prompt);
                fitted++;
            }
            catch (ContextTooLongException)
            {
                // Only where even the bare prompt does not fit, or the server wants less than there is.
                var bare = prompts.Build(TaskSnapshot.Start(snapshot.Created) with { Instructions = snapshot.Instructions, Usage = snapshot.Usage });
                (harder || bare.EstimatedTokens + 700 > budget.PromptLimit).ShouldBeTrue($"seed {seed}");
                refused++;
            }
        }

        fitted.ShouldBeGreaterThan(200);
        refused.ShouldBeGreaterThan(3);
    }

    [Fact]
    public async Task OldResultsGoFirst_ThenOldTurns_TheLatestTurnsStay()
    {
        var settings = new TaskSettings { MaxTokens = 8_192 };
        var snapshot = Reads(settings, count: 12, bytes: 1_500);
        var (after, events, artifacts) = await MakeRoomAsync(snapshot, settings);

        events[0].ShouldBeOfType<ResultsShortened>().SavedTokens.ShouldBeGreaterThan(1_000);
        artifacts.Count.ShouldBe(9);
        var results = after.Conversation.OfType<ToolTurn>().ToList();
        results.Take(9).ShouldAllBe(turn => turn.ContentRef != null && turn.Content.Length < 260);
        results.Skip(9).ShouldAllBe(turn => turn.ContentRef == null && turn.Content.Length == 1_500);
        after.Usage.SavedTokens.ShouldBe(events.OfType<ResultsShortened>().Sum(e => e.SavedTokens) + events.OfType<ContextCompacted>().Sum(e => e.SavedTokens));
    }

    [Fact]
    public async Task OldTurns_BecomeASummary_WithFilesStepsPlanAndWhatThePersonSaid()
    {
        var settings = new TaskSettings { MaxTokens = 4_000 };
        var snapshot = Reads(settings, count: 30, bytes: 200, files: true)
            .Apply(new MessageAdded { Text = "Keep the public names." })
            .Apply(new PlanUpdated { Items = [new PlanEntry("Rename", "done"), new PlanEntry("Test", "active")] });
        snapshot = Read(snapshot, 31, "late.cs", 100, commit: false);
        for (var i = 32; i < 40; i++)
        {
            snapshot = Read(snapshot, i, $"src/f{i}.cs", 800, commit: true);
        }

        var (after, _, _) = await MakeRoomAsync(snapshot, settings);

        var compaction = after.Compaction.ShouldNotBeNull();
        new TokenEstimator(new ContextUsage()).Estimate(compaction.Summary).ShouldBeLessThanOrEqualTo(200);
        compaction.Summary.ShouldContain("Steps 1 to ");
        compaction.Summary.ShouldContain("Files changed, latest first: ");
        var request = new PromptBuilder(new ToolCatalog([]), new ContextBudget(settings, null)).Build(after);
        var first = request.Messages[1].Text;
        first.ShouldStartWith("Do the thing.");
        first.ShouldContain("The user said meanwhile: Keep the public names.");
        first.ShouldContain("[x] Rename\n[>] Test");
        request.Messages[2].Role.ShouldBe(ChatRole.Assistant);
        request.Messages[^1].Contents.OfType<FunctionResultContent>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task AHugeLatestTurn_IsShortenedAsALastResort()
    {
        var settings = new TaskSettings { MaxTokens = 8_192 };
        var snapshot = TaskSnapshot.Start(TestTask.Created(settings));
        var calls = Enumerable.Range(0, 8).Select(i => new RequestedCall($"c{i}", "read_file", $$"""{"path":"f{{i}}"}""")).ToList();
        snapshot = snapshot.Apply(Answer(calls));
        for (var i = 0; i < calls.Count; i++)
        {
            snapshot = Finish(snapshot, i + 1, calls[i], new string('x', 5_000), null);
        }

        var (after, events, _) = await MakeRoomAsync(snapshot, settings);

        events.ShouldHaveSingleItem().ShouldBeOfType<ResultsShortened>();
        after.Compaction.ShouldBeNull();
        after.Conversation.OfType<ToolTurn>().ShouldAllBe(turn => turn.ContentRef != null);
    }

    [Fact]
    public async Task APromptThatCannotFit_SaysHowMuchItTakes()
    {
        var settings = new TaskSettings { MaxTokens = 2_000 };
        var snapshot = TaskSnapshot.Start(TestTask.Created(settings, prompt: new string('x', 20_000)));

        var error = await Should.ThrowAsync<ContextTooLongException>(() => MakeRoomAsync(snapshot, settings));

        error.Message.ShouldContain("the limit of 2000");
    }

    [Fact]
    public async Task AFittingRequest_IsLeftAlone()
    {
        var settings = new TaskSettings { MaxTokens = 32_000 };

        var (_, events, _) = await MakeRoomAsync(Reads(settings, 5, 1_500), settings);

        events.ShouldBeEmpty();
    }

    private static async Task<(TaskSnapshot After, IReadOnlyList<TaskEvent> Events, MemoryArtifacts Artifacts)> MakeRoomAsync(
        TaskSnapshot snapshot, TaskSettings settings)
    {
        var budget = new ContextBudget(settings, null);
        var artifacts = new MemoryArtifacts(new Journal());
        var plan = await new RoomMaker(new PromptBuilder(new ToolCatalog([]), budget), budget, artifacts)
            .PlanAsync(snapshot, harder: false, CancellationToken.None);
        return (plan.Events.Aggregate(snapshot, (fold, entry) => fold.Apply(entry)), plan.Events, artifacts);
    }

    private static TaskSnapshot Reads(TaskSettings settings, int count, int bytes, bool files = false)
    {
        var snapshot = TaskSnapshot.Start(TestTask.Created(settings));
        for (var i = 1; i <= count; i++)
        {
            snapshot = Read(snapshot, i, $"src/f{i}.cs", bytes, files);
        }

        return snapshot;
    }

    private static TaskSnapshot Read(TaskSnapshot snapshot, int number, string path, int bytes, bool commit)
    {
        var call = new RequestedCall($"c{number}", commit ? "write_file" : "read_file", $$"""{"path":"{{path}}"}""");
        var text = string.Join('\n', Enumerable.Range(1, 1 + (bytes / 30)).Select(line => $"line {line} of file number {number:D3}"));
        return Finish(snapshot.Apply(Answer([call])), number, call, text.PadRight(bytes)[..bytes], commit ? path : null);
    }

    private static ModelAnswered Answer(IReadOnlyList<RequestedCall> calls, string text = "") =>
        new() { Text = text, Calls = calls, Model = "m", Usage = new TokenUsage(10, 0, 10, true) };

    private static TaskSnapshot Finish(TaskSnapshot snapshot, int step, RequestedCall call, string content, string? changed) => snapshot
        .Apply(new StepStarted { Step = step, CallId = call.CallId, Tool = call.Tool, Version = 1, Arguments = call.Arguments })
        .Apply(new StepFinished
        {
            Step = step,
            CallId = call.CallId,
            Content = content,
            Summary = $"{call.Tool} no. {step}",
            Commit = changed is null ? null : $"{step:x40}",
            Files = changed is null ? [] : [changed],
        });

    private static TaskSnapshot RandomConversation(Random random, TaskSettings settings)
    {
        var snapshot = TaskSnapshot.Start(TestTask.Created(settings, prompt: Text(random, random.Next(1, random.Next(8) == 0 ? 9_000 : 800))));
        if (random.Next(3) == 0)
        {
            snapshot = snapshot.Apply(AgentInstructions.Load([("AGENTS.md", Text(random, random.Next(1, 9_000)))], settings.MaxTokens!.Value)!);
        }

        if (random.Next(2) == 0)
        {
            snapshot = snapshot with { Usage = snapshot.Usage with { TokensPerCharacter = 0.18 + (random.NextDouble() * 0.25) } };
        }

        var step = 0;
        for (var turn = random.Next(0, 40); turn > 0; turn--)
        {
            switch (random.Next(12))
            {
                case 0:
                    snapshot = snapshot.Apply(new MessageAdded { Text = Text(random, random.Next(1, 900)) });
                    break;
                case 1:
                    snapshot = snapshot.Apply(new AnswerRejected { Reason = "Your answer was empty." });
                    break;
                default:
                    var calls = Enumerable.Range(0, random.Next(1, 5)).Select(i => new RequestedCall(
                        $"t{turn}x{i}", random.Next(9) == 0 ? "no such tool!" : "read_file", random.Next(9) == 0 ? "{bad" : $$"""{"path":"{{new string('p', random.Next(1, 400))}}"}""")).ToList();
                    snapshot = snapshot.Apply(Answer(calls, random.Next(3) == 0 ? Text(random, random.Next(1, 400)) : string.Empty));
                    foreach (var call in calls)
                    {
                        var content = Text(random, random.Next(1, random.Next(4) == 0 ? 6_000 : 500));
                        snapshot = Finish(snapshot, ++step, call, content, random.Next(3) == 0 ? $"src/{Text(random, 6).Trim()}.cs" : null);
                        if (random.Next(10) == 0)
                        {
                            snapshot = snapshot.Apply(new MessageAdded { Text = "And another thing." });
                        }
                    }

                    break;
            }
        }

        return snapshot;
    }

    private static string Text(Random random, int length)
    {
        string[] words = ["return", "Grüße", "x = 1;", "\n", "日本語", "🙂", "if (a)", "\n\n", "\t", "0123456789abcdef"];
        var text = new StringBuilder(length + 20);
        while (text.Length < length)
        {
            text.Append(words[random.Next(words.Length)]).Append(' ');
        }

        return text.ToString();
    }

    private static bool Pairs(IReadOnlyList<ChatMessage> messages)
    {
        var awaited = new Queue<string>();
        foreach (var message in messages)
        {
            if (message.Role == ChatRole.Tool)
            {
                foreach (var result in message.Contents.OfType<FunctionResultContent>())
                {
                    if (awaited.Count == 0 || awaited.Dequeue() != result.CallId)
                    {
                        return false;
                    }
                }

                continue;
            }

            if (awaited.Count > 0)
            {
                return false;
            }

            foreach (var call in message.Contents.OfType<FunctionCallContent>())
            {
                awaited.Enqueue(call.CallId);
            }
        }

        return awaited.Count == 0;
    }
}
