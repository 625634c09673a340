using Agent.Ide.LanguageServer.Features.Lenses;
using Agent.Ide.Protocol.Review;

namespace Agent.Ide.LanguageServer.Tests;

public sealed class CodeLensTitleTests
{
    private static readonly FileDiff s_file = new("src/a.cs", null, "modified", 3, 1, false, []);

    [Fact]
    public void ALens_NamesItsTaskByTheTitle() => CodeLensHandler.TitleOf("Fix the parser", s_file).ShouldBe("Agent: Fix the parser (+3 −1)");

    [Fact]
    public void ADeletedFile_IsSaidToBeDeleted() =>
        CodeLensHandler.TitleOf("Tidy up", s_file with { Status = "deleted" }).ShouldBe("Agent: Tidy up (deleted)");

    [Theory]
    [InlineData("two\r\nlines\tand \u001b[31mmore", "Agent: two lines and [31mmore (+3 −1)")]
    [InlineData("1234567890 1234567890 1234567890 1234567890 1234567890", "Agent: 1234567890 1234567890 1234567890 1234567890 123… (+3 −1)")]
    [InlineData("12345678901234567890123456789012345678901234567\U0001F600", "Agent: 12345678901234567890123456789012345678901234567… (+3 −1)")]
    public void ATitleOfAnyLength_IsOneLineThatFits(string title, string shown) => CodeLensHandler.TitleOf(title, s_file).ShouldBe(shown);
}
