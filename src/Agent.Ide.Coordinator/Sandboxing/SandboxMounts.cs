using Agent.Ide.Coordinator.Storage;

namespace Agent.Ide.Coordinator.Sandboxing;

/// <summary>One mount of a sandbox.</summary>
/// <param name="Kind">How it is made.</param>
/// <param name="Source">Path on the host; equal to the target where there is none.</param>
/// <param name="Target">Path inside.</param>
/// <param name="Bytes">Bound of a memory file system.</param>
internal readonly record struct SandboxMount(SandboxMountKind Kind, string Source, string Target, long Bytes = 0)
{
    public void AddTo(List<string> arguments)
    {
        switch (Kind)
        {
            case SandboxMountKind.ReadOnly:
                arguments.AddRange(["--ro-bind", Source, Target]);
                break;
            case SandboxMountKind.Writable:
                arguments.AddRange(["--bind", Source, Target]);
                break;
            case SandboxMountKind.Scratch:
                arguments.AddRange(["--size", BubblewrapSandbox.Decimal(Bytes), "--tmpfs", Target]);
                break;
            case SandboxMountKind.Empty:
                arguments.AddRange(["--size", "4096", "--tmpfs", Target]);
                break;
            case SandboxMountKind.Proc:
                arguments.AddRange(["--proc", Target]);
                break;
            default:
                arguments.AddRange(["--dev", Target]);
                break;
        }
    }
}

internal enum SandboxMountKind
{
    ReadOnly,
    Writable,
    Scratch,
    Empty,
    Proc,
    Dev,
}

/// <summary>Turns a policy into mounts in an order in which none covers another by accident.</summary>
internal static class SandboxMounts
{
    private static readonly string[] s_scratch = ["/tmp", "/var/tmp", "/dev/shm", SandboxEnvironment.Home];

    /// <summary>Folders inside that are memory and can be written to.</summary>
    public static IReadOnlyList<string> MemoryFolders => s_scratch;

    // What finds servers and checks who they are; of no use without a network.
    private static readonly string[] s_network =
    [
        "/etc/resolv.conf", "/etc/hosts", "/etc/gai.conf", "/etc/ssl/certs", "/etc/pki/ca-trust/extracted", "/etc/pki/tls/certs",
        "/etc/ca-certificates/extracted",
    ];

    /// <summary>
    /// Parents before children: an empty folder put over <c>/tmp</c> or over a checkout comes before what is shown below it,
    /// and what is hidden below something shown comes after that. Sorting by depth makes both true for every layout.
    /// </summary>
    public static IEnumerable<SandboxMount> Order(SandboxPolicy policy, SystemMounts system)
    {
        var mounts = new List<SandboxMount>();
        mounts.AddRange(system.ReadOnly.Select(ReadOnly));
        mounts.Add(new(SandboxMountKind.Proc, "/proc", "/proc"));
        mounts.Add(new(SandboxMountKind.Dev, "/dev", "/dev"));
        foreach (var scratch in s_scratch)
        {
            mounts.Add(new(SandboxMountKind.Scratch, scratch, scratch, policy.ScratchBytes));
        }

        // The launcher reads the whole list of mounts for each that it makes: what is shown anyway is not shown again.
        var asked = policy.ReadOnlyPaths.Select(RealPath.Of).Where(path => !IsShown(path, policy, system)).ToList();
        mounts.AddRange(asked.Where(File.Exists).Select(ReadOnly));
        mounts.AddRange(asked.Where(Directory.Exists).Select(ReadOnly));
        if (policy.ShowsPackageCaches)
        {
            AddCaches(mounts, policy, system);
        }

        if (policy.Network == SandboxNetwork.Full)
        {
            foreach (var path in s_network.Where(Path.Exists))
            {
                mounts.Add(new(SandboxMountKind.ReadOnly, RealPath.Of(path), path));
            }
        }

        AddHidden(mounts, policy);
        AddGit(mounts, policy.Git);
        mounts.Add(new(SandboxMountKind.Writable, policy.WorktreePath, policy.WorktreePath));
        return mounts.OrderBy(static mount => Depth(mount.Target));
    }

    /// <summary>
    /// Hiding is needed only below something shown; below a scratch folder it makes a write fail that would be lost. What
    /// lies in a hidden folder is hidden with it, its name too.
    /// </summary>
    private static void AddHidden(List<SandboxMount> mounts, SandboxPolicy policy)
    {
        foreach (var hidden in policy.HiddenPaths.OrderBy(Depth))
        {
            if (RealPath.IsWithin(hidden, policy.WorktreePath) || s_scratch.Contains(hidden))
            {
                continue;
            }

            if (Above(mounts, hidden) is { Kind: SandboxMountKind.ReadOnly or SandboxMountKind.Scratch })
            {
                mounts.Add(new(SandboxMountKind.Empty, hidden, hidden));
            }
        }
    }

    /// <summary>A cache that somebody keeps in a checkout, or around one, would show the checkout with it.</summary>
    private static void AddCaches(List<SandboxMount> mounts, SandboxPolicy policy, SystemMounts system)
    {
        var shown = system.Caches
            .Where(cache => !policy.HiddenPaths.Append(policy.WorktreePath).Any(path => RealPath.IsWithin(path, cache.Source)))
            .Where(cache => policy.Git is not { } git || !git.Checkouts.Any(checkout => RealPath.IsWithin(cache.Source, checkout)))
            .ToList();
        mounts.AddRange(shown.Select(cache => new SandboxMount(SandboxMountKind.ReadOnly, cache.Source, cache.Target)));
        mounts.AddRange(PackageCaches.Hidden(shown).Select(folder => new SandboxMount(SandboxMountKind.Empty, folder, folder)));
    }

    private static void AddGit(List<SandboxMount> mounts, GitView? git)
    {
        if (git is null)
        {
            return;
        }

        // In a hidden folder, and where nothing above is shown at all, there is nothing of it to hide.
        if (Above(mounts, git.CommonDirectory) is { Kind: not SandboxMountKind.Empty })
        {
            mounts.Add(new(SandboxMountKind.Empty, git.CommonDirectory, git.CommonDirectory));
        }

        foreach (var (source, target) in git.Shown)
        {
            mounts.Add(new(SandboxMountKind.ReadOnly, source, target));
        }

        mounts.Add(ReadOnly(git.GitFile));
    }

    /// <summary>What one would see at a path: parents come first, so it is the last mount above it. Null: the root's own, which is empty.</summary>
    private static SandboxMount? Above(List<SandboxMount> mounts, string path)
    {
        SandboxMount? above = null;
        foreach (var mount in mounts)
        {
            if (RealPath.IsWithin(path, mount.Target) && (above is null || Depth(mount.Target) >= Depth(above.Value.Target)))
            {
                above = mount;
            }
        }

        return above;
    }

    private static bool IsShown(string path, SandboxPolicy policy, SystemMounts system) =>
        system.ReadOnly.Any(shown => RealPath.IsWithin(path, shown))
        && !policy.HiddenPaths.Any(hidden => RealPath.IsWithin(path, hidden))
        && !(policy.Git is { } git && RealPath.IsWithin(path, git.CommonDirectory));

    private static SandboxMount ReadOnly(string path) => new(SandboxMountKind.ReadOnly, path, path);

    private static int Depth(string path) => path == "/" ? 0 : path.AsSpan().Count('/');
}
