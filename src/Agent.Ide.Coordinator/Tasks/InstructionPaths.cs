namespace Agent.Ide.Coordinator.Tasks;

/// <summary>Where instructions for agents may lie: at the root, and beside the paths a prompt names (https://agents.md).</summary>
public static class InstructionPaths
{
    public const string FileName = "AGENTS.md";

    /// <summary>Larger ones are no instructions.</summary>
    public const long MaxFileBytes = 256 * 1024;

    private const int MaxFolders = 16;

    private static readonly char[] Separators = [' ', '\t', '\n', '\r', '"', '\'', '`', '(', ')', '[', ']', '<', '>', ',', ';', ':'];

    /// <returns>Repository-relative paths, outermost first, without doubles.</returns>
    public static IReadOnlyList<string> For(string prompt)
    {
        var folders = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var word in prompt.Split(Separators, StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = word.TrimEnd('.').Split('/');
            if (parts.Length < 2 || parts.Any(part => part is "" or "." or ".."))
            {
                continue;
            }

            for (var depth = 1; depth < parts.Length && folders.Count < MaxFolders; depth++)
            {
                folders.Add(string.Join('/', parts[..depth]));
            }
        }

        return [FileName, .. folders.OrderBy(folder => folder.Count(c => c == '/')).Select(folder => $"{folder}/{FileName}")];
    }
}
