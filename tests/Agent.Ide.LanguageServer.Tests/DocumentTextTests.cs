using Agent.Ide.LanguageServer.Documents;
using Agent.Ide.Protocol.Lsp;

namespace Agent.Ide.LanguageServer.Tests;

public sealed class DocumentTextTests
{
    [Theory]
    [InlineData("abc\ndef\n", 0, 1, 0, 2, "X", "aXc\ndef\n")]
    [InlineData("abc\r\ndef", 1, 0, 1, 3, "", "abc\r\n")]
    [InlineData("abc\rdef", 1, 0, 1, 0, "X", "abc\rXdef")]
    [InlineData("a\n", 1, 0, 1, 0, "end", "a\nend")]
    [InlineData("😀b", 0, 2, 0, 3, "X", "😀X")]
    public void AChange_CountsUtf16_AndKnowsEveryLineEnding(
        string before, int startLine, int startCharacter, int endLine, int endCharacter, string text, string after)
    {
        var range = new TextRange(new Position(startLine, startCharacter), new Position(endLine, endCharacter));

        new DocumentText(before).With(new TextChange(text, range)).Text.ShouldBe(after);
    }

    [Theory]
    [InlineData(0, 99, "abcX\ndef")]
    [InlineData(99, 0, "abc\ndefX")]
    [InlineData(-1, -1, "Xabc\ndef")]
    [InlineData(1, -5, "abc\nXdef")]
    public void APositionOutsideOfTheText_IsItsNearestEnd(int line, int character, string after)
    {
        var position = new Position(line, character);

        new DocumentText("abc\ndef").With(new TextChange("X", new TextRange(position, position))).Text.ShouldBe(after);
    }

    [Fact]
    public void ARangeTheWrongWayRound_IsReadTheRightWay() =>
        new DocumentText("abc").With(new TextChange("X", new TextRange(new Position(0, 2), new Position(0, 1)))).Text.ShouldBe("aXc");

    [Fact]
    public void AChangeWithoutARange_IsTheWholeText() => new DocumentText("abc").With(new TextChange("new")).Text.ShouldBe("new");

    [Theory]
    [InlineData(0, 1, 0, 2, "one\n")]
    [InlineData(0, 2, 1, 1, "one\ntwo\n")]
    [InlineData(0, 0, 1, 0, "one\n")]
    [InlineData(1, 2, 1, 2, "two\n")]
    [InlineData(2, 0, 2, 5, "three")]
    public void ASelection_IsWidenedToTheLinesAPersonMeans(int startLine, int startCharacter, int endLine, int endCharacter, string expected)
    {
        var text = new DocumentText("one\ntwo\nthree");

        var lines = text.WholeLines(new TextRange(new Position(startLine, startCharacter), new Position(endLine, endCharacter)));

        text.Slice(lines).ShouldBe(expected);
    }

    [Fact]
    public void ManyRandomChanges_GiveWhatTheSameChangesToAPlainStringGive()
    {
        var random = new Random(20_261_121);
        var plain = "first\nsecond\r\nthird\n";
        var text = new DocumentText(plain);
        for (var round = 0; round < 500; round++)
        {
            var start = random.Next(plain.Length + 1);
            var end = random.Next(start, Math.Min(plain.Length, start + 8) + 1);
            var inserted = random.Next(4) switch { 0 => "\n", 1 => "x", 2 => "\r\n", _ => string.Empty };
            if (SplitsAnEnding(plain, start) || SplitsAnEnding(plain, end))
            {
                continue;
            }

            text = text.With(new TextChange(inserted, new TextRange(PositionOf(plain, start), PositionOf(plain, end))));
            plain = plain[..start] + inserted + plain[end..];

            text.Text.ShouldBe(plain);
        }
    }

    /// <summary>No position lies between CR and LF, so no editor sends one.</summary>
    private static bool SplitsAnEnding(string text, int offset) =>
        offset > 0 && offset < text.Length && text[offset - 1] == '\r' && text[offset] == '\n';

    private static Position PositionOf(string text, int offset)
    {
        int line = 0, start = 0;
        for (var index = 0; index < offset; index++)
        {
            var ends = text[index] == '\n' || (text[index] == '\r' && (index + 1 == text.Length || text[index + 1] != '\n'));
            if (ends)
            {
                line++;
                start = index + 1;
            }
        }

        return new Position(line, offset - start);
    }
}
