using System.Runtime.InteropServices;

using Agent.Ide.Coordinator.Storage;

namespace Agent.Ide.Coordinator.Sandboxing;

/// <summary>
/// The parts of the host that ordinary programs need, shown read-only. A list of what is shown: a configuration file with
/// a password in it that some package puts below <c>/etc</c> is absent without being known here.
/// </summary>
public sealed class SystemMounts
{
    private static readonly string[] s_roots = ["/usr", "/opt", "/nix/store", "/gnu/store", "/snap"];

    // On systems with a merged /usr these are links into it; elsewhere folders.
    private static readonly string[] s_linked = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];

    // Each mount costs every command some 0.1 ms: what names users, finds libraries and alternatives, no more.
    private static readonly string[] s_etc =
    [
        "alternatives", "dotnet", "group", "java-11-openjdk", "java-17-openjdk", "java-21-openjdk", "ld.so.cache", "localtime",
        "nsswitch.conf", "os-release", "passwd", "services", "ssl/openssl.cnf", "timezone",
    ];

    private static readonly string[] s_homes = ["/root", "/home", "/Users", "/var/home"];

    private SystemMounts(
        IReadOnlyList<string> readOnly,
        IReadOnlyList<(string Target, string Path)> links,
        IReadOnlyList<string> path,
        IReadOnlyList<(string Source, string Target)> caches)
    {
        ReadOnly = readOnly;
        Links = links;
        SearchPath = path;
        Caches = caches;
    }

    /// <summary>Files and folders to show at their own path.</summary>
    public IReadOnlyList<string> ReadOnly { get; }

    /// <summary>Symbolic links to make at the top level, such as <c>/bin</c> to <c>usr/bin</c>.</summary>
    public IReadOnlyList<(string Target, string Path)> Links { get; }

    /// <summary>Folders of the host's search path that are visible inside, in its order, then the usual ones.</summary>
    public IReadOnlyList<string> SearchPath { get; }

    /// <summary>Package caches of the user: where they are on the host, and where commands see them.</summary>
    public IReadOnlyList<(string Source, string Target)> Caches { get; }

    /// <summary>Looks at the host once; a toolchain installed later is seen by the next process.</summary>
    /// <param name="hostEnvironment">For <c>PATH</c>, <c>DOTNET_ROOT</c> and <c>HOME</c>.</param>
    public static SystemMounts OfHost(IReadOnlyDictionary<string, string> hostEnvironment)
    {
        var homes = s_homes.ToList();
        if (hostEnvironment.TryGetValue("HOME", out var home) && home.Length > 1)
        {
            homes.Add(home.TrimEnd('/'));
        }

        var shown = new List<string>();
        var links = new List<(string, string)>();
        foreach (var root in s_roots)
        {
            AddFolder(root);
        }

        foreach (var path in s_linked)
        {
            if (new DirectoryInfo(path).LinkTarget is { } target)
            {
                links.Add((target, path));
            }
            else
            {
                AddFolder(path);
            }
        }

        foreach (var name in s_etc)
        {
            var path = $"/etc/{name}";
            if (!Path.Exists(path))
            {
                continue;
            }

            // What is a link into a shown folder anyway stays one; a link costs nothing.
            if (new FileInfo(path).LinkTarget is { } target && shown.Exists(known => RealPath.IsWithin(RealPath.Of(path), known)))
            {
                links.Add((target, path));
            }
            else
            {
                shown.Add(path);
            }
        }

        AddFolder(DotnetRoot());
        IReadOnlyList<(string, string)> caches = [];
        if (home is { Length: > 1 })
        {
            shown.AddRange(PackageCaches.Toolchains(home).Where(path => !shown.Exists(known => RealPath.IsWithin(path, known))));
            caches = PackageCaches.Find(home, hostEnvironment);
        }

        hostEnvironment.TryGetValue("PATH", out var hostPath);
        var search = new List<string>();
        string[] usual = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
        foreach (var folder in (hostPath ?? string.Empty).Split(':').Concat(usual))
        {
            if (IsVisible(folder) && !search.Contains(folder))
            {
                search.Add(folder);
            }
        }

        return new SystemMounts(shown, links, search, caches);

        void AddFolder(string path)
        {
            var isCovered = shown.Exists(known => RealPath.IsWithin(path, known));
            var isPrivate = homes.Exists(known => RealPath.IsWithin(path, known) || RealPath.IsWithin(RealPath.Of(path), known));
            if (!isCovered && !isPrivate && Directory.Exists(path))
            {
                shown.Add(path);
            }
        }

        bool IsVisible(string folder) =>
            folder.Length > 1 && folder[0] == '/' && Directory.Exists(folder)
            && (shown.Exists(known => RealPath.IsWithin(folder, known)) || links.Exists(link => RealPath.IsWithin(folder, link.Item2)));
    }

    /// <summary>The folder that holds the running .NET: <c>shared/Microsoft.NETCore.App/VERSION/</c> lies three levels below it.</summary>
    public static string DotnetRoot() => Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));
}
