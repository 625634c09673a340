using Agent.Ide.Coordinator.Configuration;
using Agent.Ide.Coordinator.Configuration.Keys;

namespace Agent.Ide.Coordinator.Tests.Configuration;

/// <summary>The page for users says of every key what the code does.</summary>
public sealed class ConfigurationDocumentationTests
{
    private static readonly string Page = File.ReadAllText(PathOfPage());

    [Fact]
    public void Page_HasARowForEveryKeyWithItsDefaultItsValuesAndItsTrust()
    {
        var missing = Rows().Where(row => !Page.Contains($"\n{row} ", StringComparison.Ordinal)).ToList();

        missing.ShouldBeEmpty("docs/configuration.md needs these rows, each with an explanation at its end:\n" + string.Join('\n', missing));
    }

    [Fact]
    public void Page_HasNoRowForAKeyThatIsGone()
    {
        var known = Rows().Select(row => row.Split('`')[1]).ToHashSet();

        Page.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('`')[1])
            .Where(key => !known.Contains(key)).ShouldBeEmpty();
    }

    [Fact]
    public void Page_NamesTheToolsAndValuesThatAreNotBuiltYet()
    {
        foreach (var name in (string[])[.. NotBuiltYet.Tools, .. NotBuiltYet.Providers, .. NotBuiltYet.MergeStrategies, .. NotBuiltYet.ToolEnvironments])
        {
            Page.ShouldContain($"`{name}`");
        }

        Page.ShouldContain(EnvironmentLayer.InternalPrefix);
    }

    private static IEnumerable<string> Rows()
    {
        foreach (var key in ConfigurationKeys.All)
        {
            yield return Row(key.Path, key);
        }

        var tool = new ToolKeys("read_file");
        yield return Row("tools[].enabled", tool.Enabled);
        yield return Row("tools[].timeout_seconds", tool.TimeoutSeconds, $"{ToolKeys.UsualTimeoutSeconds}");
        yield return Row("tools[].approval", tool.Approval, "never");
        yield return Row("tools[].environment", tool.Environment);
    }

    private static string Row(string path, ConfigurationKey key, string? defaultText = null) =>
        $"| `{path}` | `{defaultText ?? key.DefaultText}` | {key.Allowed} | {(key.IsBuilt ? "yes" : "not yet")} | {key.TrustText} |";

    /// <summary>From the test's own assembly upwards; paths of sources are rewritten in a deterministic build.</summary>
    private static string PathOfPage()
    {
        for (var folder = Path.GetDirectoryName(AppContext.BaseDirectory); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Agent.Ide.sln")))
            {
                return Path.Combine(folder, "docs", "configuration.md");
            }
        }

        throw new InvalidOperationException("The tests do not stand in the repository.");
    }
}
