using Agent.Ide.Coordinator.Tasks;

namespace Agent.Ide.Coordinator.Tests.Tasks;

public sealed class InstructionPathsTests
{
    [Fact]
    public void For_APromptThatNamesAFile_LooksAtTheRootAndAtEveryFolderAboveTheFile() =>
        InstructionPaths.For("Fix `src/server/http.cs`, please.").ShouldBe(["AGENTS.md", "src/AGENTS.md", "src/server/AGENTS.md"]);

    [Theory]
    [InlineData("Read ../../etc/passwd")]
    [InlineData("See https://example.invalid//x")]
    [InlineData("Nothing here")]
    public void For_APromptWithoutPathsOfTheRepository_LooksOnlyWhereItMay(string prompt) =>
        InstructionPaths.For(prompt).ShouldAllBe(path => !path.Contains("..", StringComparison.Ordinal) && !path.StartsWith('/'));
}
