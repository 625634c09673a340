using System.ComponentModel;
using Agent.Ide.Processes;

namespace Agent.Ide.Coordinator.Sandboxing;

/// <summary>
/// Finds the sandbox of this machine by really starting one: a program that is there but may not make namespaces (in a
/// container, or under a policy of the distribution) is as good as none. One answer per instance, and one instance per process.
/// </summary>
public sealed class SandboxProbe
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly Lazy<Task<ISandbox>> _sandbox;

    /// <param name="environment">The host's environment; its <c>PATH</c> is where bubblewrap is looked for.</param>
    public SandboxProbe(IReadOnlyDictionary<string, string> environment)
    {
        _environment = environment;
        _sandbox = new Lazy<Task<ISandbox>>(TryAsync);
    }

    /// <summary>The working sandbox, or a <see cref="NoSandbox"/> that says what is missing and how to get it.</summary>
    public Task<ISandbox> FindAsync(CancellationToken cancellationToken = default) => _sandbox.Value.WaitAsync(cancellationToken);

    private async Task<ISandbox> TryAsync()
    {
        if (!OperatingSystem.IsLinux())
        {
            return new NoSandbox("There is no sandbox for this operating system yet.", "Commands need an approval each time.");
        }

        var mounts = SystemMounts.OfHost(_environment);
        var program = Find(mounts);
        if (program is null)
        {
            return new NoSandbox("bubblewrap (bwrap) is not installed.", "Install the package bubblewrap (0.8 or later is best), for example `apt install bubblewrap`.");
        }

        // The best first; what an older launcher or kernel lacks is done without.
        string? error = null;
        foreach (var (forbidUserNamespaces, filter) in ((bool, bool)[])[(true, true), (false, true), (true, false), (false, false)])
        {
            ReadOnlyMemory<byte> calls = filter ? SystemCallFilter.ForThisMachine : null;
            if (filter && calls.IsEmpty)
            {
                continue;
            }

            var arguments = BubblewrapSandbox.TrialArguments(mounts, forbidUserNamespaces, filter);
            if (await StartAsync(program, arguments, calls) is not { } complaint)
            {
                return new BubblewrapSandbox(program, mounts, forbidUserNamespaces, calls);
            }

            error = complaint;
        }

        return new NoSandbox(
            $"{program} is there but cannot make a sandbox: {error}",
            "Allow unprivileged user namespaces (see `man bwrap`; on Ubuntu an AppArmor profile for bwrap; in a container, its security options).");
    }

    private string? Find(SystemMounts mounts)
    {
        _environment.TryGetValue("PATH", out var path);
        return (path ?? string.Empty).Split(':').Concat(mounts.SearchPath)
            .Where(static folder => folder.Length > 0 && folder[0] == '/')
            .Select(static folder => Path.Combine(folder, "bwrap"))
            .FirstOrDefault(File.Exists);
    }

    private static async Task<string?> StartAsync(string program, List<string> arguments, ReadOnlyMemory<byte> input)
    {
        using var timeout = new CancellationTokenSource(s_timeout);
        try
        {
            var start = new ProcessStart
            {
                FileName = program,
                Arguments = arguments,
                Environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin" },
                WorkingDirectory = "/",
            };
            var result = await ChildProcess.RunAsync(start, input, maxOutputBytes: 64 * 1024, cancellationToken: timeout.Token);
            var said = result.Error.Trim();
            return result.ExitCode == 0 ? null : said.Length > 0 ? said : $"it ended with exit code {result.ExitCode}.";
        }
        catch (Exception exception) when (exception is Win32Exception or IOException)
        {
            return exception.Message;
        }
        catch (OperationCanceledException)
        {
            return $"it did not end within {s_timeout.TotalSeconds} s.";
        }
    }
}
