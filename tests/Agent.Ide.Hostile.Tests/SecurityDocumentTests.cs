namespace Agent.Ide.Hostile.Tests;

/// <summary>Checks the table "Claims" of docs/security.md against the sources of the tests.</summary>
public sealed class SecurityDocumentTests
{
    [Fact]
    public void EveryClaim_NamesTestsThatExist()
    {
        var sources = Directory.EnumerateFiles(Path.Combine(Root(), "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Select(File.ReadAllText)
            .ToList();
        var claims = ReadClaims();

        claims.Count.ShouldBeGreaterThan(5);
        foreach (var (claim, tests) in claims)
        {
            tests.ShouldNotBeEmpty($"'{claim}' names no test.");
            foreach (var test in tests)
            {
                var parts = test.Split('.');
                parts.Length.ShouldBe(2, $"'{test}' is not written as Class.Method.");
                sources.Exists(source => source.Contains($" class {parts[0]}", StringComparison.Ordinal) && source.Contains($" {parts[1]}(", StringComparison.Ordinal))
                    .ShouldBeTrue($"'{claim}' names {test}, which is not in the sources.");
            }
        }
    }

    /// <summary>Claim and the tests its row names in backticks.</summary>
    private static List<(string Claim, string[] Tests)> ReadClaims()
    {
        var claims = new List<(string, string[])>();
        foreach (var line in File.ReadLines(Path.Combine(Root(), "docs", "security.md")).SkipWhile(line => line != "## Claims").SkipWhile(line => !line.StartsWith("|---", StringComparison.Ordinal)).Skip(1))
        {
            var cells = line.Split('|', StringSplitOptions.TrimEntries);
            if (cells.Length == 5)
            {
                claims.Add((cells[1], [.. cells[3].Split('`').Where((_, index) => index % 2 == 1)]));
            }
        }

        return claims;
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
