using System.Reflection;

namespace Agent.Ide.Cli.Tests;

/// <summary>Checks the table "Code map" of docs/ARCHITECTURE.md against the assemblies.</summary>
public sealed class ArchitectureTests
{
    private const string Prefix = "Agent.Ide.";

    [Fact]
    public void EveryProject_RefersOnlyToWhatTheCodeMapAllows()
    {
        var allowed = ReadCodeMap();
        var violations = new List<string>();
        foreach (var (project, references) in allowed)
        {
            if (references is null)
            {
                continue;
            }

            var assembly = Assembly.Load(new AssemblyName(project));
            violations.AddRange(assembly.GetReferencedAssemblies()
                .Where(reference => reference.Name!.StartsWith(Prefix, StringComparison.Ordinal) && !references.Contains(reference.Name))
                .Select(reference => $"{project} refers to {reference.Name}"));
        }

        violations.ShouldBeEmpty();
        allowed.Count.ShouldBeGreaterThanOrEqualTo(8);
    }

    [Fact]
    public void TheCodeMap_NamesEverySourceProject()
    {
        var projects = Directory.EnumerateDirectories(Path.Combine(Root(), "src")).Select(Path.GetFileName);

        projects.Where(project => !ReadCodeMap().ContainsKey(project!)).ShouldBeEmpty();
    }

    /// <summary>Project name to what it may refer to; null where it may refer to all.</summary>
    private static Dictionary<string, HashSet<string>?> ReadCodeMap()
    {
        var map = new Dictionary<string, HashSet<string>?>(StringComparer.Ordinal);
        foreach (var line in File.ReadLines(Path.Combine(Root(), "docs", "ARCHITECTURE.md")))
        {
            var cells = line.Split('|', StringSplitOptions.TrimEntries);
            if (cells.Length != 5 || !cells[1].StartsWith('`' + Prefix, StringComparison.Ordinal))
            {
                continue;
            }

            map[cells[1].Trim('`')] = cells[3] == "all"
                ? null
                : [.. cells[3].Split(',', StringSplitOptions.TrimEntries).Select(name => Prefix + name)];
        }

        return map;
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Agent.Ide.sln")))
        {
            folder = folder.Parent;
        }

        return folder.FullName;
    }
}
