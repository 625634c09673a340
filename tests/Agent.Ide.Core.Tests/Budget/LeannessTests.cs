using System.Text.Json.Nodes;
using Agent.Ide.Core.Budget;
using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Core.Tests.Loop;
using Agent.Ide.Core.Tools;
using Xunit.Abstractions;
using static Agent.Ide.Core.Tests.Loop.ScriptedModel;

namespace Agent.Ide.Core.Tests.Budget;

public sealed class LeannessTests(ITestOutputHelper output)
{
    private const int MostForRulesAndTools = 6_000;
    private const int MostForTwentySteps = 250_000;

    [Fact]
    public void RulesAndTools_AsSent_AreSmall()
    {
        var settings = new TaskSettings();
        var snapshot = TaskSnapshot.Start(TestTask.Created(settings, prompt: "x"));
        var request = new PromptBuilder(new ToolCatalog([]), new ContextBudget(settings, null)).Build(snapshot);

        var size = WireSize.Of(request.Messages, request.Options);
        var system = request.Messages[0].Text.Length;
        output.WriteLine($"system prompt {system}, whole request {size} characters, estimated {request.EstimatedTokens} tokens");

        size.ShouldBeLessThanOrEqualTo(MostForRulesAndTools);
        system.ShouldBeLessThan(1_700);
    }

    [Theory]
    [InlineData("alternating")]
    [InlineData("reads first")]
    public async Task TenReadsAndTenEdits_OfTwoKilobyteFiles_SendLittle(string order)
    {
        var task = new TestTask((model, _) =>
        {
            var step = model.Requests.Count - 1;
            if (step >= 20)
            {
                return Calls(Call("finish", ("summary", "Replaced the old calls in ten files.")));
            }

            var reads = order == "alternating" ? step % 2 == 0 : step < 10;
            var file = $"src/module{(order == "alternating" ? step / 2 : step % 10):D2}/service.cs";
            return reads
                ? Calls(Call("read_file", ("path", file)))
                : Calls(Call("edit_file", ("path", file), ("old_text", "    return Compute(a, b);"), ("new_text", "    return ComputeExactly(a, b, culture);")));
        });
        task.Worktree.Instead = (invocation, _) => Task.FromResult<ToolOutcome?>(invocation.Tool == "read_file"
            ? new ToolOutcome { Content = File(JsonNode.Parse(invocation.Arguments)!["path"]!.GetValue<string>()), Summary = "read" }
            : new ToolOutcome { Content = "Edited: 1 replacement, line 12.", Summary = "edited src/module00/service.cs +1 -1", ChangedPaths = [] });

        (await task.RunAsync()).ShouldBe(LoopEnd.ReadyForReview);

        var sizes = task.Model.Requests.Select(request => WireSize.Of(request.Messages, request.Options)).ToList();
        output.WriteLine($"{order}: {sizes.Sum()} characters in {sizes.Count} requests, largest {sizes.Max()}; {string.Join(' ', sizes)}");
        sizes.Sum().ShouldBeLessThan(MostForTwentySteps);
    }

    private static string File(string path)
    {
        var lines = Enumerable.Range(1, 40).Select(line => $"    private readonly int field{line:D2} = Compute({line}); // {path.Length}");
        return string.Join('\n', lines);
    }
}
