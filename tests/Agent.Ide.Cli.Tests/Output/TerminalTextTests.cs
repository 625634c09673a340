using Agent.Ide.Cli.Output;

namespace Agent.Ide.Cli.Tests.Output;

public sealed class TerminalTextTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a\u001b[31mred\u001b[0m", "ared")]
    [InlineData("\u001b]0;title\u0007x", "x")]
    [InlineData("\u001b]8;;http://evil\u001b\\link\u001b]8;;\u001b\\", "link")]
    [InlineData("\u009b2Jx", "x")]
    [InlineData("\u001bP1;2qdata\u001b\\x", "x")]
    [InlineData("\u001b(0x", "x")]
    [InlineData("a\u0000b\u0007c\u007fd", "abcd")]
    [InlineData("a\nb\tc", "a b c")]
    [InlineData("over\rwrite", "over write")]
    [InlineData("a\u202eb\u2066c", "abc")]
    [InlineData("ok 😀 é", "ok 😀 é")]
    [InlineData("\u001b", "")]
    [InlineData("\u001b[", "")]
    [InlineData("[31m] stays", "[31m] stays")]
    public void ALine_HoldsNothingATerminalObeys(string text, string expected) => TerminalText.Line(text).ShouldBe(expected);

    [Fact]
    public void ABlock_KeepsItsLines() => TerminalText.Block("a\r\n\tb\u001b[2J\n").ShouldBe("a\n\tb\n");

    [Fact]
    public void AnUnterminatedString_TakesNoMoreThanItsLine() => TerminalText.Block("\u001b]0;title\nnext").ShouldBe("\nnext");

    [Fact]
    public void HalfACharacter_IsReplaced() => TerminalText.Line("\ud800x").ShouldBe("\ufffdx");

    [Fact]
    public void ALongLine_IsCutWithoutBreakingACharacter()
    {
        TerminalText.Line("abcdef", 4).ShouldBe("abc…");
        TerminalText.Line("ab😀def", 4).ShouldBe("ab…");
    }

    [Fact]
    public void Fuzz_NothingOfAnEscapeSurvives()
    {
        var random = new Random(7);
        const string Alphabet = "\u001b\u009b\u009d\u0090\a\\[]0;?mABC \n\r\t\u202e\ud83d\ude00x";
        for (var round = 0; round < 5_000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));

            TerminalText.Line(text).ShouldAllBe(character => !char.IsControl(character) && character != '\u202e');
            TerminalText.Block(text).ShouldAllBe(character => !char.IsControl(character) || character == '\n' || character == '\t');
        }
    }
}
