using System.Reflection;

namespace Agent.Ide.Cli.Demo;

/// <summary>The demo's material: what its scripted model says, and the files of its sample repository.</summary>
internal static class DemoScript
{
    private const string Prefix = "demo/";

    /// <summary>The prompts of the three agents, as the script's markers spell them.</summary>
    public const string Discount = "Take 10 % off baskets from 100 EUR";
    public const string Cents = "Round totals to whole cents";
    public const string Greeting = "Greet customers by name";

    /// <summary>The step of <see cref="Greeting"/> that nobody asked for, and the demo undoes.</summary>
    public const int UnwantedStep = 4;

    public static string Text => Read("script.json");

    /// <summary>Path below the repository's root, and content.</summary>
    public static IEnumerable<(string Path, string Content)> SampleFiles()
    {
        const string Sample = Prefix + "sample/";
        foreach (var name in Assembly.GetExecutingAssembly().GetManifestResourceNames().Order(StringComparer.Ordinal))
        {
            if (name.StartsWith(Sample, StringComparison.Ordinal))
            {
                yield return (name[Sample.Length..], Read(name[Prefix.Length..]));
            }
        }
    }

    private static string Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Prefix + name)
            ?? throw new InvalidOperationException($"The resource {name} is missing from the build.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
