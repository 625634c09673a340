using Agent.Ide.Coordinator.Storage;

namespace Agent.Ide.Coordinator.Sandboxing;

/// <summary>
/// What package managers have fetched, at the place in the private home folder where their tools look for it, so that builds work
/// without a network; and the toolchains that are installed in a home folder, at their own paths. A list of what is shown: the settings
/// beside it (<c>.npmrc</c>, <c>settings.xml</c>, <c>NuGet.Config</c>, <c>credentials.toml</c>) hold passwords and are absent.
/// </summary>
internal static class PackageCaches
{
    /// <summary>Inside, where Gradle finds dependencies it does not have to write to (GRADLE_RO_DEP_CACHE).</summary>
    public const string GradleFolder = SandboxEnvironment.Home + "/.gradle-dependencies";

    // rustup makes folders beside its toolchains, so they lie in the private home folder like a cache.
    //
    // Below the user's home folder; the variable moves the folder that comes before what is below it.
    private static readonly (string Path, string? Variable, string Below)[] s_caches =
    [
        (".nuget/packages", "NUGET_PACKAGES", ""),
        (".npm", "npm_config_cache", "_cacache"),
        (".cache/pip", "PIP_CACHE_DIR", ""),
        (".cargo", "CARGO_HOME", "registry"),
        (".cargo", "CARGO_HOME", "git"),
        (".rustup", "RUSTUP_HOME", "toolchains"),
        (".rustup", "RUSTUP_HOME", "settings.toml"),
        ("go/pkg/mod", "GOMODCACHE", ""),
        (".m2/repository", null, ""),
    ];

    // Clones of whole repositories, whose configuration holds the addresses they came from.
    private const string GoClones = "go/pkg/mod/cache/vcs";

    private static readonly string[] s_toolchains =
    [
        ".cargo/bin", ".pyenv/versions", ".nvm/versions", ".sdkman/candidates", ".volta/tools", "go/bin", ".dotnet/tools",
    ];

    /// <summary>Caches that exist: where they are on the host, and where inside.</summary>
    public static IReadOnlyList<(string Source, string Target)> Find(string home, IReadOnlyDictionary<string, string> environment)
    {
        var found = new List<(string, string)>();
        foreach (var (path, variable, below) in s_caches)
        {
            var folder = variable is not null && environment.TryGetValue(variable, out var moved) && moved.StartsWith('/') ? moved : Path.Combine(home, path);
            var source = RealPath.Of(Path.Combine(folder, below));
            if (Path.Exists(source))
            {
                found.Add((source, Path.Combine(SandboxEnvironment.Home, path, below)));
            }
        }

        // Gradle locks and writes in its own cache; one that it only reads has another name.
        var gradle = RealPath.Of(Path.Combine(environment.GetValueOrDefault("GRADLE_USER_HOME") ?? Path.Combine(home, ".gradle"), "caches/modules-2"));
        if (Directory.Exists(gradle))
        {
            found.Add((gradle, $"{GradleFolder}/modules-2"));
        }

        return found;
    }

    /// <summary>Folders inside that stay empty below a cache.</summary>
    public static IReadOnlyList<string> Hidden(IReadOnlyList<(string Source, string Target)> caches) =>
        [.. new[] { Path.Combine(SandboxEnvironment.Home, GoClones) }.Where(folder =>
            caches.Any(cache => RealPath.IsWithin(folder, cache.Target) && Directory.Exists(Path.Combine(cache.Source, Path.GetRelativePath(cache.Target, folder)))))];

    /// <summary>Toolchains in the user's home folder that exist.</summary>
    public static IEnumerable<string> Toolchains(string home) =>
        s_toolchains.Select(path => RealPath.Of(Path.Combine(home, path))).Where(Path.Exists);
}
