using Agent.Ide.Coordinator.Storage;

namespace Agent.Ide.Coordinator.Sandboxing;

/// <summary>
/// The environment of sandboxed programs, made from a list of what passes. The host's variables hold keys and tokens; no list
/// of what to remove would ever be complete.
/// </summary>
public static class SandboxEnvironment
{
    /// <summary>The private, empty home folder inside.</summary>
    public const string Home = "/home/agent";

    private static readonly string[] s_passed = ["LANG", "LC_ALL", "LC_CTYPE", "TZ", "SOURCE_DATE_EPOCH"];

    // Folders of toolchains; of no use, and not passed, where the folder is not visible inside.
    private static readonly string[] s_toolchains = ["DOTNET_ROOT", "JAVA_HOME", "GOROOT"];

    /// <summary>For a command in a sandbox.</summary>
    public static Dictionary<string, string> ForCommand(IReadOnlyDictionary<string, string> host, SystemMounts mounts)
    {
        var environment = Common(host);
        environment["HOME"] = Home;
        environment["PATH"] = string.Join(':', mounts.SearchPath);
        environment["TMPDIR"] = "/tmp";
        foreach (var name in s_toolchains)
        {
            if (host.TryGetValue(name, out var folder) && mounts.ReadOnly.Any(shown => RealPath.IsWithin(folder, shown)))
            {
                environment[name] = folder;
            }
        }

        if (mounts.Caches.Any(cache => cache.Target.StartsWith(PackageCaches.GradleFolder, StringComparison.Ordinal)))
        {
            environment["GRADLE_RO_DEP_CACHE"] = PackageCaches.GradleFolder;
        }

        return environment;
    }

    /// <summary>For a command that a person let run without a sandbox: the same list, but the host's own folders.</summary>
    public static Dictionary<string, string> ForUnsandboxedCommand(IReadOnlyDictionary<string, string> host)
    {
        var environment = Common(host);
        foreach (var name in s_toolchains.Concat(["PATH", "HOME", "TMPDIR", "SystemRoot", "ComSpec", "PATHEXT", "TEMP", "TMP", "USERPROFILE"]))
        {
            if (host.TryGetValue(name, out var value))
            {
                environment[name] = value;
            }
        }

        return environment;
    }

    /// <summary>For the tool host: nothing but what the runtime wants, tuned for a small resident set.</summary>
    public static Dictionary<string, string> ForWorker(IReadOnlyDictionary<string, string> host, SystemMounts mounts) => new()
    {
        ["HOME"] = Home,
        ["PATH"] = string.Join(':', mounts.SearchPath),
        ["LANG"] = host.GetValueOrDefault("LANG", "C.UTF-8"),
        ["DOTNET_ROOT"] = SystemMounts.DotnetRoot(),
        ["DOTNET_gcServer"] = "0",
        ["DOTNET_gcConcurrent"] = "0",
        ["DOTNET_TieredPGO"] = "0",
        ["DOTNET_GCgen0size"] = "0x100000",
        ["DOTNET_EnableDiagnostics"] = "0",
        ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1",
    };

    private static Dictionary<string, string> Common(IReadOnlyDictionary<string, string> host)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["TERM"] = "dumb",
            ["LANG"] = "C.UTF-8",
            ["USER"] = "agent",
            ["LOGNAME"] = "agent",
            ["PAGER"] = "cat",
            ["GIT_PAGER"] = "cat",
            ["GIT_EDITOR"] = "true",
            ["GIT_TERMINAL_PROMPT"] = "0",
            ["GIT_OPTIONAL_LOCKS"] = "0",
            ["GIT_CONFIG_NOSYSTEM"] = "1",
            ["GIT_CONFIG_GLOBAL"] = "/dev/null",
            ["GIT_CONFIG_COUNT"] = "1",
            ["GIT_CONFIG_KEY_0"] = "safe.directory",
            ["GIT_CONFIG_VALUE_0"] = "*",
            ["DOTNET_NOLOGO"] = "1",
            ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
        };
        foreach (var name in s_passed)
        {
            if (host.TryGetValue(name, out var value))
            {
                environment[name] = value;
            }
        }

        return environment;
    }
}
