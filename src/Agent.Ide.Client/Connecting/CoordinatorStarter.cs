using System.ComponentModel;
using System.Text;
using Agent.Ide.Processes;

namespace Agent.Ide.Client.Connecting;

/// <summary>Starts the coordinator's program and reads its one line.</summary>
internal static class CoordinatorStarter
{
    private const int MaxLineBytes = 4096;
    private const int MaxErrorBytes = 2000;

    /// <summary>True: it listens and is on its own now. False: another one holds the lock.</summary>
    /// <exception cref="CoordinatorUnavailableException">It cannot be started or said so itself.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the process was killed.</exception>
    public static async Task<bool> StartAsync(CoordinatorProgram program, string workingDirectory, CancellationToken cancellationToken)
    {
        await using var process = Start(program, workingDirectory);
        process.StandardInput.Dispose();
        var line = await ReadLineAsync(process.StandardOutput, cancellationToken);
        switch (line)
        {
            case "ready":
                process.Release();
                return true;
            case "running":
                return false;
        }

        const string ErrorMark = "error ";
        if (line.StartsWith(ErrorMark, StringComparison.Ordinal))
        {
            throw new CoordinatorUnavailableException($"The coordinator did not start: {line[ErrorMark.Length..]}");
        }

        process.KillTree();
        var exitCode = await process.WaitForExitAsync(cancellationToken);
        var error = await ReadTextAsync(process.StandardError, MaxErrorBytes, cancellationToken);
        var said = string.Join(' ', new[] { line, error.Trim() }.Where(text => text.Length > 0));
        throw new CoordinatorUnavailableException(
            $"The coordinator ended at its start (exit code {exitCode}){(said.Length > 0 ? $": {said}" : ".")} It was started as: {CommandLine(program)}");
    }

    private static ChildProcess Start(CoordinatorProgram program, string workingDirectory)
    {
        try
        {
            return ChildProcess.Start(new ProcessStart
            {
                FileName = program.FileName,
                Environment = CoordinatorEnvironment(program.Variables),
                Arguments = program.Arguments,

                // Not the caller's: a process that stays must not hold a folder that its user wants to remove.
                WorkingDirectory = workingDirectory,
            });
        }
        catch (Win32Exception exception)
        {
            throw new CoordinatorUnavailableException($"The coordinator cannot be started as {CommandLine(program)}: {exception.Message}", exception);
        }
    }

    /// <summary>
    /// The caller's, but whatever would write the coordinator's memory, and the keys in it, to a file when it crashes, or let other
    /// programs look into it, is off. The runtime reads these when it starts, so they can only be set here.
    /// </summary>
    private static Dictionary<string, string> CoordinatorEnvironment(IReadOnlyDictionary<string, string> variables)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        var callers = Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .Select(static variable => KeyValuePair.Create((string)variable.Key, (string)variable.Value!));
        foreach (var (name, value) in callers.Concat(variables))
        {
            if (!name.StartsWith("DOTNET_Dbg", StringComparison.OrdinalIgnoreCase) && !name.StartsWith("COMPlus_", StringComparison.OrdinalIgnoreCase))
            {
                environment[name] = value;
            }
        }

        environment["DOTNET_EnableDiagnostics"] = "0";
        return environment;
    }

    /// <summary>The first line, bounded; what was there before an end without one.</summary>
    private static async Task<string> ReadLineAsync(Stream output, CancellationToken cancellationToken)
    {
        var line = new byte[MaxLineBytes];
        var length = 0;
        while (length < line.Length)
        {
            // A pipe's read is not cancelled by its token everywhere; this leaves it, and the kill that follows ends it.
            var read = await output.ReadAsync(line.AsMemory(length), cancellationToken).AsTask().WaitAsync(cancellationToken);
            var end = line.AsSpan(length, read).IndexOf((byte)'\n');
            length += end < 0 ? read : end;
            if (end >= 0 || read == 0)
            {
                break;
            }
        }

        return Encoding.UTF8.GetString(line, 0, length).TrimEnd('\r');
    }

    private static async Task<string> ReadTextAsync(Stream stream, int maxBytes, CancellationToken cancellationToken)
    {
        var bytes = new byte[maxBytes];
        var length = await stream.ReadAtLeastAsync(bytes, maxBytes, throwOnEndOfStream: false, cancellationToken);
        return Encoding.UTF8.GetString(bytes, 0, length);
    }

    private static string CommandLine(CoordinatorProgram program) => string.Join(' ', program.Arguments.Prepend(program.FileName));
}
