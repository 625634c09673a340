using Agent.Ide.Cli.Output;
using Agent.Ide.Protocol.Review;
using Agent.Ide.Protocol.Tasks;
using Agent.Ide.Testing.Coordinators;

namespace Agent.Ide.Cli.Tests.Output;

public sealed class RenderingTests
{
    [Fact]
    public void AStep_IsOneLine() => TaskLines.Step(FakeTask.Step(3)).ShouldBe("#3 edit_file src/a.cs +3 -1 (12 ms) 1a2b3c4");

    [Fact]
    public void AFailedStep_SaysSo() =>
        TaskLines.Step(FakeTask.Step(4) with { Commit = null, Error = "notFound" }).ShouldBe("#4 edit_file src/a.cs +3 -1 (12 ms) failed: notFound");

    [Theory]
    [InlineData(0, "[·······|···] ~0/8.2k")]
    [InlineData(4100, "[######·|···] ~4.1k/8.2k")]
    [InlineData(8192, "[#######|###] ~8.2k/8.2k")]
    [InlineData(9000, "[#######|###] ~9.0k/8.2k")]
    public void TheGauge_MarksThresholdAndEstimates(int tokens, string expected) =>
        Gauge.Text(FakeTask.Create("a").Budget with { ContextTokens = tokens }).ShouldBe(expected);

    [Fact]
    public void AGauge_CountedByTheProvider_HasNoTilde() => Gauge.Text(FakeTask.Create("a").Budget with { Estimated = false }).ShouldEndWith("] 4.1k/8.2k");

    [Fact]
    public void AConflict_NamesPathAndLines() =>
        TaskLines.Conflict(new FileConflict("src/a.cs", "content", [new LineRange(10, 12), new LineRange(40, 40)]))
            .ShouldBe("src/a.cs:10-12,40 (both changed it)");

    [Theory]
    [InlineData(812, "812")]
    [InlineData(4_100, "4.1k")]
    [InlineData(9_999, "10k")]
    [InlineData(128_000, "128k")]
    [InlineData(1_250_000, "1.3M")]
    public void Tokens_AreShort(long count, string expected) => Amounts.Tokens(count).ShouldBe(expected);

    [Theory]
    [InlineData("readyForReview", null, 0)]
    [InlineData("readyForReview", 3, 3)]
    [InlineData("merged", null, 0)]
    [InlineData("conflict", null, 3)]
    [InlineData("stopped", null, 130)]
    [InlineData("failed", 6, 6)]
    [InlineData("failed", 0, 1)]
    [InlineData("failed", null, 1)]
    [InlineData("discarded", null, 1)]
    public void ATask_HasItsExitCode(string state, int? errorCode, int expected)
    {
        var error = errorCode is { } code ? new TaskFailure("c", "m", null, code) : null;

        TaskStates.ExitCodeOf(FakeTask.Create("a", state) with { Error = error }).ShouldBe(expected);
    }
}
