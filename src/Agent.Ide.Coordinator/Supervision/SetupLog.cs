using System.Globalization;
using System.Text;

namespace Agent.Ide.Coordinator.Supervision;

/// <summary>The output of a task's setup commands, one after the other in one file that only its user can read.</summary>
internal sealed class SetupLog : IDisposable
{
    /// <summary>A command that writes without end must not fill the disk of the repository.</summary>
    private const long MaxBytes = 16L * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly FileStream _file;
    private bool _isFull;

    /// <param name="path">Absolute; what is in it stays.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be written.</exception>
    public SetupLog(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.Read | FileShare.Delete };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        _file = new FileStream(path, options);
    }

    /// <summary>A line of the harness's own, whatever the size.</summary>
    public void Line(string text)
    {
        lock (_gate)
        {
            _file.Write(Encoding.UTF8.GetBytes(text + "\n"));
            _file.Flush();
        }
    }

    /// <summary>Output of a command; what does not fit is left out, and said once.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (_isFull)
            {
                return;
            }

            try
            {
                _isFull = _file.Position + bytes.Length > MaxBytes;
                _file.Write(_isFull
                    ? Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\n… more than {MaxBytes / (1024 * 1024)} MB: the rest is left out …\n"))
                    : bytes);
                _file.Flush();
            }
            catch (IOException)
            {
                // A disk that is full costs the rest of the log; the command goes on, or fails by itself.
                _isFull = true;
            }
        }
    }

    public void Dispose() => _file.Dispose();
}
