using System.Globalization;
using System.Text;

namespace Agent.Ide.Coordinator.Sandboxing.Commands;

/// <summary>
/// What the launcher says on its own standard error: JSON lines with the process at the top of the sandbox and, once the
/// sandbox was set up and the program ran, its exit code.
/// </summary>
internal sealed class LauncherStatus
{
    private const int MaxBytes = 64 * 1024;

    private readonly TaskCompletionSource<int> _topProcess = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Process id, on the host, of process 1 of the sandbox; fails to come when there was no sandbox.</summary>
    public Task<int> TopProcess => _topProcess.Task;

    /// <summary>Null when the program was never started.</summary>
    public int? ExitCode { get; private set; }

    public async Task ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var pending = new List<byte>(256);
        var buffer = new byte[4096];
        var total = 0;
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            // The rest is read and dropped, so that a writer never blocks.
            total += read;
            if (total > MaxBytes)
            {
                continue;
            }

            pending.AddRange(buffer.AsSpan(0, read));
            int end;
            while ((end = pending.IndexOf((byte)'\n')) >= 0)
            {
                Take(Encoding.UTF8.GetString(pending.GetRange(0, end).ToArray()));
                pending.RemoveRange(0, end + 1);
            }
        }

        if (pending.Count > 0)
        {
            Take(Encoding.UTF8.GetString(pending.ToArray()));
        }

        _topProcess.TrySetCanceled(CancellationToken.None);
    }

    private void Take(string line)
    {
        if (Number(line, "\"child-pid\":") is { } processId)
        {
            _topProcess.TrySetResult(processId);
        }
        else if (Number(line, "\"exit-code\":") is { } exitCode)
        {
            ExitCode = exitCode;
        }
    }

    private static int? Number(string line, string name)
    {
        var at = line.StartsWith('{') ? line.IndexOf(name, StringComparison.Ordinal) : -1;
        if (at < 0)
        {
            return null;
        }

        var rest = line.AsSpan(at + name.Length).TrimStart();
        var length = rest.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(length < 0 ? rest : rest[..length], CultureInfo.InvariantCulture, out var value) ? value : null;
    }
}
