using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Coordinator.Tests.Tasks;

public sealed class TaskTitleTests
{
    [Theory]
    [InlineData("  first line\nsecond line", null, "first line")]
    [InlineData("prompt", " a\r\ntitle\u0007 ", "a title")]
    public void ATitle_IsOnePrintableLine(string prompt, string? title, string expected) =>
        TaskCreation.Title(new CreateTaskParams { Prompt = prompt, Title = title }).ShouldBe(expected);

    [Fact]
    public void ALongTitle_IsNotCutInTheMiddleOfACharacter()
    {
        var title = TaskCreation.Title(new CreateTaskParams { Prompt = new string('x', 70) + "\U0001F600 and more" });

        title.ShouldBe(new string('x', 70) + "…");
    }
}
