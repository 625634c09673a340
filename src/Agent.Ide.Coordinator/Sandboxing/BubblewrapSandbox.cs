using System.Globalization;
using Agent.Ide.Processes;

namespace Agent.Ide.Coordinator.Sandboxing;

/// <summary>
/// Linux's boundary, made by bubblewrap: namespaces of its own for everything, no capabilities, no new privileges, a root
/// that holds nothing but what <see cref="SandboxPolicy"/> and <see cref="SystemMounts"/> name.
/// </summary>
public sealed class BubblewrapSandbox : ISandbox
{
    private readonly ProcessStarter _starter = new();
    private readonly string _bubblewrap;
    private readonly SystemMounts _mounts;
    private readonly bool _canForbidUserNamespaces;
    private readonly ReadOnlyMemory<byte> _filter;

    /// <param name="bubblewrap">Absolute path of the <c>bwrap</c> program.</param>
    /// <param name="mounts">What of the host is shown.</param>
    /// <param name="canForbidUserNamespaces">Whether this version knows <c>--disable-userns</c> (0.8 and later).</param>
    /// <param name="filter">System calls that programs with processes of their own are refused; empty: none, where the kernel cannot.</param>
    public BubblewrapSandbox(string bubblewrap, SystemMounts mounts, bool canForbidUserNamespaces, ReadOnlyMemory<byte> filter = default)
    {
        _bubblewrap = bubblewrap;
        _mounts = mounts;
        _canForbidUserNamespaces = canForbidUserNamespaces;
        _filter = filter;
    }

    public bool IsAvailable => true;

    public string Description => $"bubblewrap ({_bubblewrap})";

    public string? Fix => null;

    /// <summary>What of the host is shown inside.</summary>
    public SystemMounts Mounts => _mounts;

    public async Task<ChildProcess> StartAsync(SandboxPolicy policy, SandboxedProgram program)
    {
        ChildProcess child;
        if (program.Group is { } group)
        {
            var bounded = policy with { ScratchBytes = Math.Min(policy.ScratchBytes, group.ScratchBytes) };
            child = await _starter.StartAsync(group.Enter(Wrap(bounded, program)));
            group.Watch(child);
        }
        else
        {
            child = await _starter.StartAsync(Wrap(policy, program));
        }

        if (program.OwnsItsProcesses)
        {
            await FeedFilterAsync(child);
        }

        return child;
    }

    /// <summary>The arguments of the smallest sandbox with the same walls; what <see cref="SandboxProbe"/> tries.</summary>
    internal static List<string> TrialArguments(SystemMounts mounts, bool forbidUserNamespaces, bool filter)
    {
        var arguments = new List<string>();
        AddIsolation(arguments, SandboxNetwork.None, forbidUserNamespaces);
        if (filter)
        {
            arguments.AddRange(["--seccomp", "0"]);
        }

        foreach (var (target, path) in mounts.Links)
        {
            arguments.AddRange(["--symlink", target, path]);
        }

        foreach (var path in mounts.ReadOnly)
        {
            arguments.AddRange(["--ro-bind", path, path]);
        }

        // Every option that a real launch uses: a version that lacks one must be found out here.
        arguments.AddRange(["--proc", "/proc", "--dev", "/dev", "--size", "4096", "--tmpfs", "/tmp", "--remount-ro", "/tmp"]);
        arguments.AddRange(["--remount-ro", "/proc", "--remount-ro", "/dev", "--remount-ro", "/"]);
        arguments.AddRange(["--as-pid-1", "--", "/bin/sh", "-c", "exit 0"]);
        return arguments;
    }

    internal static string Decimal(long value) => value.ToString(CultureInfo.InvariantCulture);

    private ProcessStart Wrap(SandboxPolicy policy, SandboxedProgram program)
    {
        var arguments = new List<string>(128);
        AddIsolation(arguments, policy.Network, _canForbidUserNamespaces);
        foreach (var (target, path) in _mounts.Links)
        {
            arguments.AddRange(["--symlink", target, path]);
        }

        var mounts = SandboxMounts.Order(policy, _mounts).ToList();
        foreach (var mount in mounts)
        {
            mount.AddTo(arguments);
        }

        // Mount points were made in the root and in the empty folders; from here on nothing can be added to them. For root, whose
        // files the kernel's settings are, /proc and /dev are writable without any capability unless they are read-only.
        foreach (var mount in mounts)
        {
            if (mount.Kind is SandboxMountKind.Empty or SandboxMountKind.Proc or SandboxMountKind.Dev)
            {
                arguments.AddRange(["--remount-ro", mount.Target]);
            }
        }

        arguments.AddRange(["--remount-ro", "/", "--chdir", policy.WorktreePath]);
        if (program.OwnsItsProcesses)
        {
            arguments.Add("--as-pid-1");
            if (!_filter.IsEmpty)
            {
                arguments.AddRange(["--seccomp", "0"]);
            }
        }

        arguments.Add("--");
        arguments.Add(program.FileName);
        arguments.AddRange(program.Arguments);
        return new ProcessStart { FileName = _bubblewrap, Arguments = arguments, Environment = program.Environment, WorkingDirectory = "/" };
    }

    /// <summary>Standard input is the one descriptor that a child inherits and such a program has no use for: the launcher reads its filter there.</summary>
    private async Task FeedFilterAsync(ChildProcess child)
    {
        try
        {
            await child.StandardInput.WriteAsync(_filter);
            await child.StandardInput.DisposeAsync();
        }
        catch (IOException)
        {
            // The launcher ended before it read; whoever waits for it learns why.
        }
    }

    private static void AddIsolation(List<string> arguments, SandboxNetwork network, bool forbidUserNamespaces)
    {
        arguments.AddRange(
        [
            "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
            "--hostname", "sandbox", "--new-session", "--die-with-parent", "--cap-drop", "ALL",
        ]);
        if (network == SandboxNetwork.None)
        {
            arguments.Add("--unshare-net");
        }

        if (forbidUserNamespaces)
        {
            arguments.Add("--disable-userns");
        }
    }
}
