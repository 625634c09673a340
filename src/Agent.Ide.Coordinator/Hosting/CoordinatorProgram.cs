using System.Net.Sockets;
using Agent.Ide.Coordinator.Secrets;
using Agent.Ide.Coordinator.Storage;
using Agent.Ide.Protocol.Endpoint;
using Microsoft.Extensions.Logging;

namespace Agent.Ide.Coordinator.Hosting;

/// <summary>The coordinator as a process: what <c>agent-ide coordinator serve</c> runs.</summary>
public static class CoordinatorProgram
{
    /// <summary>
    /// Runs until stopped or idle. Writes one line to <paramref name="announce"/>: <c>ready</c> when clients can connect,
    /// <c>running</c> when another coordinator serves the repository, or <c>error</c> and why.
    /// </summary>
    /// <param name="options">What to serve.</param>
    /// <param name="announce">Takes the line to whoever started this process. Not used after the line.</param>
    /// <param name="detach">Leave the terminal and the starter's pipes behind; false in tests that run it in-process.</param>
    /// <param name="stop">Ends it from outside (SIGTERM).</param>
    /// <returns>Exit code.</returns>
    public static async Task<int> ServeAsync(CoordinatorOptions options, Func<string, Task> announce, bool detach, CancellationToken stop)
    {
        StateFolder folder;
        CoordinatorLock? held;
        try
        {
            folder = new StateFolder(options.CommonDirectory);
            held = CoordinatorLock.TryTake(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await announce($"error The state of Agent.Ide cannot be written: {OneLine(e.Message.TrimEnd('.'))}. Agents need a repository that you may write to: make it writable, or clone it elsewhere.");
            return Protocol.ExitCodes.Environment;
        }

        if (held is null)
        {
            await announce("running");
            return 0;
        }

        using (held)
        {
            return await ServeAloneAsync(options, folder, announce, detach, stop);
        }
    }

    private static async Task<int> ServeAloneAsync(
        CoordinatorOptions options, StateFolder folder, Func<string, Task> announce, bool detach, CancellationToken stop)
    {
        options.Secrets.Learn(options.Environment);
        using var logger = new FileLogger(folder.CoordinatorLog, TimeProvider.System, options.Secrets);
        if (detach)
        {
            if (!ProcessSecrecy.Apply())
            {
                logger.LogWarning("Core dumps and looks into the coordinator's memory could not be switched off.");
            }

            ProcessSecrecy.GuardCrashes(logger);
            SessionLeader.Detach();
        }

        CoordinatorLocation? location = null;
        try
        {
            location = CoordinatorLocation.For(options.CommonDirectory, options.Environment.GetValueOrDefault("XDG_RUNTIME_DIR"));
            location.PrepareSocketDirectory();
            File.Delete(location.SocketPath); // The lock is ours, so a socket that is there was left by one that was killed.
            using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            listener.Bind(new UnixDomainSocketEndPoint(location.SocketPath));
            location.ProtectSocket();
            listener.Listen(64);
            await using var host = new CoordinatorHost(options, folder, TimeProvider.System, logger);
            await using var stopping = stop.Register(host.RequestStop);
            await host.StartAsync(stop);
            location.WriteEndpoint(new CoordinatorEndpoint(Environment.ProcessId, location.SocketPath, options.Version, TimeProvider.System.GetUtcNow()));
            logger.LogInformation("Coordinator {Version}, process {Pid}, serves {Repository} on {Socket}.", options.Version, Environment.ProcessId, options.CommonDirectory, location.SocketPath);
            await announce("ready");
            if (detach)
            {
                SessionLeader.RedirectStreams(Path.Combine(folder.Logs, "coordinator.out"));
            }

            await host.ServeAsync(listener);
            return 0;
        }
        catch (Exception e)
        {
            // The edge of the process: the starter gets one line, the log the rest.
            logger.LogError(e, "The coordinator could not go on.");
            await announce($"error {OneLine(options.Secrets.Redact(e.Message))}");
            return Protocol.ExitCodes.Environment;
        }
        finally
        {
            if (location is not null)
            {
                File.Delete(location.EndpointFile);
                File.Delete(location.SocketPath);
            }
        }
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
