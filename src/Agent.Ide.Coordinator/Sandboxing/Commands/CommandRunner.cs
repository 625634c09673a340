using System.ComponentModel;
using System.Text;
using Agent.Ide.Coordinator.Sandboxing.Limits;
using Agent.Ide.Coordinator.Sandboxing.Limits.Watchdog;
using Agent.Ide.Processes;

namespace Agent.Ide.Coordinator.Sandboxing.Commands;

/// <summary>
/// Runs one command at a time per call, each in a sandbox of its own that ends with it. Safe for concurrent use.
/// </summary>
public sealed class CommandRunner
{
    /// <summary>How long after the end of everything the last output may take to arrive.</summary>
    private static readonly TimeSpan s_drain = TimeSpan.FromSeconds(2);

    // Process 1 of the sandbox. It gives the command one pipe for both outputs, so that they stay in order, waits for it and
    // collects orphans; when it ends the kernel kills whatever is left. A command must not be process 1 itself: signals that
    // it does not handle (its own abort) would be ignored. No file gets 4 GiB long: git's index counts lengths in 32 bits, and would
    // read a sparse giant whole that looks as long as the file it knows. No command leaves a core file to be committed.
    private const string Init = "ulimit -f 8388607; ulimit -c 0; exec </dev/null 2>&1; \"$@\"; exit $?";

    private readonly ISandbox _sandbox;
    private readonly IResourceLimiter _limiter;
    private readonly IReadOnlyDictionary<string, string> _hostEnvironment;
    private readonly TimeProvider _time;
    private readonly string _shell;

    /// <param name="sandbox">From <see cref="SandboxProbe"/>.</param>
    /// <param name="limiter">From <see cref="LimiterProbe"/>.</param>
    /// <param name="hostEnvironment">What the command's clean environment is made from.</param>
    /// <param name="time">Measures timeouts and durations.</param>
    public CommandRunner(ISandbox sandbox, IResourceLimiter limiter, IReadOnlyDictionary<string, string> hostEnvironment, TimeProvider time)
    {
        _sandbox = sandbox;
        _limiter = limiter;
        _hostEnvironment = hostEnvironment;
        _time = time;
        _shell = File.Exists("/bin/bash") ? "/bin/bash" : "/bin/sh";
    }

    /// <summary>Whether commands run behind a wall of the operating system here.</summary>
    public bool IsSandboxed => _sandbox.IsAvailable;

    /// <summary>Runs a command to its end, a limit, its timeout or its cancellation; each kills everything it started.</summary>
    /// <exception cref="SandboxUnavailableException">No sandbox, and none was waived; or it could not be set up. Nothing ran.</exception>
    /// <exception cref="ArgumentException">The command is empty, too long, or holds a NUL.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; everything it started is dead.</exception>
    public async Task<CommandResult> RunAsync(CommandRequest request, CancellationToken cancellationToken)
    {
        Check(request.Command);
        var sandboxed = _sandbox.IsAvailable;
        if (!sandboxed && request.Requirement != SandboxRequirement.ApprovedUnsandboxed)
        {
            throw new SandboxUnavailableException($"The command was not run: {_sandbox.Description} {_sandbox.Fix}");
        }

        var output = new BoundedOutput(request.HeadBytes, request.TailBytes) { Copy = request.OnOutput };
        var started = _time.GetTimestamp();
        using var deadline = new CancellationTokenSource(request.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        await using var group = _limiter.Open(request.Limits);
        var exitCode = sandboxed
            ? await RunInSandboxAsync(request, group, output, either.Token)
            : await RunInTheOpenAsync(request, group, output, either.Token);
        cancellationToken.ThrowIfCancellationRequested();
        var limit = group.Verdict();
        var (text, leftOut) = output.Finish();
        return new CommandResult
        {
            Output = text,
            LeftOutBytes = leftOut,
            ExitCode = limit is null ? exitCode : null,
            Limit = limit,
            Duration = _time.GetElapsedTime(started),
            Sandboxed = sandboxed,
        };
    }

    private static void Check(string command)
    {
        if (string.IsNullOrWhiteSpace(command))
        {
            throw new ArgumentException("The command is empty.", nameof(command));
        }

        if (command.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException("The command holds a NUL character.", nameof(command));
        }

        if (Encoding.UTF8.GetByteCount(command) > CommandRequest.MaxCommandBytes)
        {
            throw new ArgumentException(
                $"The command is longer than {CommandRequest.MaxCommandBytes} bytes; write a file and run that.", nameof(command));
        }
    }

    private async Task<int?> RunInSandboxAsync(CommandRequest request, ResourceGroup group, BoundedOutput output, CancellationToken stop)
    {
        var mounts = (_sandbox as BubblewrapSandbox)?.Mounts ?? SystemMounts.OfHost(_hostEnvironment);
        var environment = SandboxEnvironment.ForCommand(_hostEnvironment, mounts);
        var policy = request.Policy with { ShowsPackageCaches = true };
        await using var child = await _sandbox.StartAsync(policy, new SandboxedProgram
        {
            FileName = "/bin/sh",
            Arguments = ["-c", CommandStart.Script + Init, "sh", _shell, "-c", request.Command],
            Environment = environment,
            OwnsItsProcesses = true,
            Group = group,
        });
        await child.StandardInput.DisposeAsync();
        var start = new CommandStart();
        var complaint = new BoundedOutput(1000, 1000);
        var copying = CopyAsync(child.StandardOutput, output, start);
        var listening = CopyAsync(child.StandardError, complaint);
        var ended = await WaitAsync(child, group, stop);
        if (!ended)
        {
            await KillSandboxAsync(child);
        }

        await DrainAsync(copying, listening);
        if (ended && !start.HasBegun && group.Verdict() is null)
        {
            var said = complaint.Finish().Text.Trim();
            throw new SandboxUnavailableException($"The sandbox could not be set up: {(said.Length > 0 ? said : "its launcher was killed.")}");
        }

        return ended ? await child.WaitForExitAsync(CancellationToken.None) : null;
    }

    private async Task<int?> RunInTheOpenAsync(CommandRequest request, ResourceGroup group, BoundedOutput output, CancellationToken stop)
    {
        var environment = SandboxEnvironment.ForUnsandboxedCommand(_hostEnvironment);
        var marker = new CommandMarker();
        marker.AddTo(environment);
        var (shell, arguments) = OperatingSystem.IsWindows()
            ? (_hostEnvironment.GetValueOrDefault("ComSpec", "cmd.exe"), (string[])["/d", "/s", "/c", $"{request.Command} 2>&1"])
            : ("/bin/sh", ["-c", Init, "sh", _shell, "-c", request.Command]);
        await using var child = ChildProcess.Start(group.Enter(new ProcessStart
        {
            FileName = shell,
            Arguments = arguments,
            Environment = environment,
            WorkingDirectory = request.Policy.WorktreePath,
        }));
        group.Watch(child);
        await child.StandardInput.DisposeAsync();
        var copying = CopyAsync(child.StandardOutput, output);
        var listening = CopyAsync(child.StandardError, new BoundedOutput(0, 1));
        var ended = await WaitAsync(child, group, stop);
        child.KillTree();
        group.Kill();
        marker.KillAll();
        await child.WaitForExitAsync(CancellationToken.None);
        await DrainAsync(copying, listening);
        return ended ? await child.WaitForExitAsync(CancellationToken.None) : null;
    }

    /// <returns>False when it has to be killed: its time is up, it met a limit, or nobody wants it any more.</returns>
    private static async Task<bool> WaitAsync(ChildProcess child, ResourceGroup group, CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop);
        try
        {
            var ending = child.WaitForExitAsync(either.Token);
            if (await Task.WhenAny(ending, group.Reached) == ending)
            {
                await ending;
                return true;
            }

            await either.CancelAsync();
            await ending;
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>
    /// Kills process 1 of the sandbox and waits for the launcher, its parent: the kernel reports that death only after
    /// everything in the namespace is dead. Killing the launcher itself would not tell when that is.
    /// </summary>
    private static async Task KillSandboxAsync(ChildProcess child)
    {
        using var patience = new CancellationTokenSource(s_drain);
        try
        {
            if (ProcessTree.ChildrenOf(child.Id) is [var top, ..])
            {
                ChildProcess.Kill(top);
                await child.WaitForExitAsync(patience.Token);
                return;
            }
        }
        catch (OperationCanceledException)
        {
            // Its launcher hangs.
        }

        // Without a sandbox yet, or with a launcher that hangs, the whole tree goes.
        child.KillTree();
        await child.WaitForExitAsync(CancellationToken.None);
    }

    private static async Task DrainAsync(Task copying, Task listening)
    {
        try
        {
            await Task.WhenAll(copying, listening).WaitAsync(s_drain);
        }
        catch (TimeoutException)
        {
            // Only in the open: a process that hid from the kill holds the pipe. What it still writes is of no interest.
        }
    }

    private static async Task CopyAsync(Stream stream, BoundedOutput output, CommandStart? start = null)
    {
        var cleaner = new TerminalCleaner();
        var buffer = new byte[32 * 1024];
        var clean = new byte[buffer.Length + 1];
        try
        {
            int read;
            while ((read = await stream.ReadAsync(buffer, CancellationToken.None)) > 0)
            {
                output.Append(clean.AsSpan(0, cleaner.Clean(start is null ? buffer.AsSpan(0, read) : start.Take(buffer.AsSpan(0, read)), clean)));
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or Win32Exception)
        {
            // The pipe was closed after the drain's patience ended.
        }
    }
}
