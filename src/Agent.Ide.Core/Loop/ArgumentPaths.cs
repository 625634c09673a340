using System.Text.Json;

namespace Agent.Ide.Core.Loop;

/// <summary>The paths that a file tool's arguments name: what a commit holds whose own list was lost in a restart.</summary>
internal static class ArgumentPaths
{
    public static IReadOnlyList<string> Of(string arguments)
    {
        var paths = new List<string>(2);
        using var document = JsonDocument.Parse(arguments);
        foreach (var name in (string[])["path", "from", "to"])
        {
            if (document.RootElement.TryGetProperty(name, out var path) && path.ValueKind == JsonValueKind.String)
            {
                paths.Add(path.GetString()!);
            }
        }

        return paths;
    }
}
