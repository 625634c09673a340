using System.Text.Json;
using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Core.Tests.Tasks;

public sealed class TaskSettingsTests
{
    [Fact]
    public void Settings_OfALogThatIsOlderThanItsLimits_HaveTheDefaults()
    {
        var settings = JsonSerializer.Deserialize("""{"timeSeconds":60}""", TaskEventJson.Default.TaskSettings)!;

        settings.Limits.ShouldBe(new TaskLimits());
        settings.Limits.MemoryMb.ShouldBe(4096);
        settings.TimeSeconds.ShouldBe(60);
        settings.Network.ShouldBe("none");
        settings.Setup.ShouldBeEmpty();
    }
}
