using Agent.Ide.Cli.Output;

namespace Agent.Ide.Cli.Tests.Output;

public sealed class ExactTextTests
{
    [Theory]
    [InlineData("make test", "make test")]
    [InlineData("grün 日本 😀", "grün 日本 😀")]
    [InlineData("a\u001b[2Kb", "a<U+001B>[2Kb")]
    [InlineData("a\rb", "a<U+000D>b")]
    [InlineData("a\tb", "a<U+0009>b")]
    [InlineData("a\u009b2Jb", "a<U+009B>2Jb")]
    [InlineData("ls\u202e fdp.exe", "ls<U+202E> fdp.exe")]
    [InlineData("rm\u200b -rf", "rm<U+200B> -rf")]
    [InlineData("a\u00a0b", "a<U+00A0>b")]
    [InlineData("a\U000e0041b", "a<U+E0041>b")]
    public void Line_ShowsWhatATerminalWouldHide(string text, string shown) => ExactText.Lines(text).ShouldBe([shown]);

    [Fact]
    public void Line_ShowsHalfACharacterByItsCode() => ExactText.Lines("a" + (char)0xd800 + "b").ShouldBe(["a<U+D800>b"]);

    [Fact]
    public void Blanks_ThatWouldPushTheEndOutOfSight_AreCounted() =>
        ExactText.Lines($"true{new string(' ', 4000)}; rm -rf ~").ShouldBe(["true<U+0020 x4000>; rm -rf ~"]);

    [Fact]
    public void EmptyLines_ThatWouldPushTheEndOutOfSight_AreCounted() =>
        ExactText.Lines($"true{new string('\n', 500)}rm -rf ~").ShouldBe(["true", "<U+000A x499>", "rm -rf ~"]);

    [Fact]
    public void LongText_KeepsItsEnd()
    {
        var command = string.Concat(Enumerable.Range(0, 5000).Select(number => $"echo {number};")) + "rm -rf ~";

        ExactText.Lines(command).ShouldHaveSingleItem().ShouldBe(command);
    }

    [Fact]
    public void Lines_StandBehindABar_SoThatNoneLooksLikeTheQuestion() =>
        ApprovalText.Exact("fix wants to use run_command:", "true\nAllow it? [y]es", static text => text)
            .ShouldBe(["fix wants to use run_command: 2 lines:", "  | true", "  | Allow it? [y]es"]);
}
