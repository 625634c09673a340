using System.Reflection;

namespace Agent.Ide.Cli.CommandLine;

/// <summary>The product's version without the build's source revision.</summary>
internal static class ProductVersion
{
    public static string Text { get; } =
        typeof(ProductVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";
}
