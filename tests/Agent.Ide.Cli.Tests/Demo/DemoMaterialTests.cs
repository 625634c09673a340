using System.Text.Json;
using Agent.Ide.Cli.Demo;
using Agent.Ide.Cli.Tests.Hosting;
using Agent.Ide.Core.Scripting;

namespace Agent.Ide.Cli.Tests.Demo;

public sealed class DemoMaterialTests
{
    private static readonly Dictionary<string, string> Files = DemoScript.SampleFiles().ToDictionary(file => file.Path, file => file.Content);

    [Fact]
    public void TheScript_IsReadable_AndHasItsThreeConversations() =>
        ModelScript.Parse(DemoScript.Text, "script.json").Markers.ShouldBe([DemoScript.Discount, DemoScript.Cents, DemoScript.Greeting]);

    [Fact]
    public void TheSample_HasItsFiles() => Files.Keys.Order().ShouldBe(["README.md", "shop/greeting.py", "shop/prices.py"]);

    [Fact]
    public void EachEdit_FitsTheSample()
    {
        var edits = 0;
        foreach (var conversation in JsonDocument.Parse(DemoScript.Text).RootElement.EnumerateObject())
        {
            var state = new Dictionary<string, string>(Files);
            foreach (var call in conversation.Value.EnumerateArray().SelectMany(step => step.GetProperty("calls").EnumerateArray()))
            {
                if (call.GetProperty("name").GetString() != "edit_file")
                {
                    continue;
                }

                edits++;
                var arguments = call.GetProperty("arguments");
                var path = arguments.GetProperty("path").GetString()!;
                var old = arguments.GetProperty("old_text").GetString()!;
                state[path].Split(old).Length.ShouldBe(2, $"{path} holds this text once: {old}");
                state[path] = state[path].Replace(old, arguments.GetProperty("new_text").GetString()!, StringComparison.Ordinal);
            }
        }

        edits.ShouldBe(5);
    }

    [Fact]
    public async Task Keep_RefusesAFolderThatIsNotEmpty()
    {
        var folder = Directory.CreateTempSubdirectory("agent-ide-test-");
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "mine.txt"), "mine");
            await using var cli = new CliRun();

            (await cli.RunAsync("demo", "--keep", folder.FullName)).ShouldBe(2);

            cli.Error.ShouldContain("is not empty");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
