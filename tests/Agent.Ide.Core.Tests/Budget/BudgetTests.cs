using Agent.Ide.Core.Budget;
using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Core.Tests.Budget;

public sealed class BudgetTests
{
    [Theory]
    [InlineData(null, null, 8_192, 2_048)]
    [InlineData(null, 128_000, 128_000, 4_096)]
    [InlineData(4_000, 128_000, 4_000, 1_000)]
    public void Limit_IsTheConfigured_ThenTheWindow_ThenEightThousand(int? configured, int? window, int limit, int reserved)
    {
        var budget = new ContextBudget(new TaskSettings { MaxTokens = configured }, window);

        budget.Limit.ShouldBe(limit);
        budget.ReservedOutput.ShouldBe(reserved);
        (budget.PromptLimit + budget.ReservedOutput).ShouldBe(limit);
        budget.MakeRoomAbove.ShouldBeLessThan(budget.Threshold);
    }

    [Fact]
    public void Estimate_FollowsTheProvidersCount_OnTheHighSide()
    {
        var calibrated = new TokenEstimator(new ContextUsage { TokensPerCharacter = 0.4 });

        calibrated.Estimate(10_000).ShouldBe(4_200);
        new TokenEstimator(new ContextUsage()).Estimate(10_000, messages: 10).ShouldBe(2_760);
        new TokenEstimator(new ContextUsage { TokensPerCharacter = 0.0001 }).Estimate(10_000).ShouldBe(1_500);
        new TokenEstimator(new ContextUsage()).Estimate("日本語").ShouldBeGreaterThan(2);
    }

    [Fact]
    public void Cost_IsUnknownWithoutAPrice_AndCountsCachedInputApart()
    {
        var usage = new ContextUsage { Model = "m", InputTokens = 1_000_000, CachedInputTokens = 400_000, OutputTokens = 100_000 };
        var prices = new ModelPrices(new Dictionary<string, ModelPrice> { ["m"] = new(Input: 2m, Output: 10m, Cached: 0.5m) });

        prices.CostOf(usage).ShouldBe(2.4m);
        prices.CostOf(usage with { Model = "other" }).ShouldBeNull();
        prices.CostOf(new ContextUsage()).ShouldBeNull();
    }

    [Fact]
    public void Instructions_ThatFit_AreTakenWhole_OutermostFirst()
    {
        var loaded = AgentInstructions.Load([("AGENTS.md", "Use tabs.\r\n"), ("src/AGENTS.md", "Use spaces.")], 8_192)!;

        loaded.Paths.ShouldBe(["AGENTS.md", "src/AGENTS.md"]);
        loaded.Text.ShouldBe("# AGENTS.md\nUse tabs.\n\n# src/AGENTS.md\nUse spaces.");
        AgentInstructions.Load([], 8_192).ShouldBeNull();
        AgentInstructions.Load([("AGENTS.md", " \n")], 8_192).ShouldBeNull();
    }

    [Fact]
    public void Instructions_ThatDoNotFit_AreCutAtALine_TheInnermostLeast()
    {
        var outer = string.Join('\n', Enumerable.Range(1, 2_000).Select(i => $"Rule {i}: ünïcödé matters."));
        var loaded = AgentInstructions.Load([("AGENTS.md", outer), ("src/AGENTS.md", "Inner rule.")], 8_192)!;

        new TokenEstimator(new ContextUsage()).Estimate(loaded.Text).ShouldBeLessThanOrEqualTo(8_192 / 8 + 20);
        loaded.Text.ShouldContain("Inner rule.");
        loaded.Text.ShouldContain("matters.\n[");
        loaded.Text.ShouldContain(" more characters; read_file AGENTS.md]");
    }

    [Theory]
    [InlineData(600)]
    [InlineData(2_000)]
    [InlineData(90)]
    public void Shortened_KeepsHeadAndTail_AndNamesTheLinesBetween(int room)
    {
        var text = string.Join('\n', Enumerable.Range(1, 500).Select(i => $"line {i}: 日本語 🙂"));

        var shortened = ResultShortener.Shorten(text, "0123456789abcdef", room);

        shortened.ShouldStartWith("line 1: 日本語 🙂\n");
        shortened.ShouldContain(" of 500 left out: fetch_detail ref 0123456789abcdef]");
        System.Text.Encoding.UTF8.GetByteCount(shortened).ShouldBeLessThan(room + 90);
        var left = shortened.Split("[lines ")[1].Split(' ');
        (int first, int last) = (int.Parse(left[0], null), int.Parse(left[2], null));
        shortened.ShouldContain($"line {first - 1}: ");
        shortened.ShouldNotContain($"line {first}: ");
        if (last < 500)
        {
            shortened.ShouldContain($"line {last + 1}: ");
            shortened.ShouldNotContain($"line {last}: ");
        }
    }

    [Fact]
    public void Shortened_OfOneEndlessLine_CountsCharacters()
    {
        var shortened = ResultShortener.Shorten(new string('x', 100_000), "0123456789abcdef", 1_000);

        shortened.ShouldContain(" of 100000 characters left out");
        shortened.Length.ShouldBeLessThan(1_100);
    }
}
