using System.Globalization;
using System.Text;
using Agent.Ide.Coordinator.Secrets;
using Microsoft.Extensions.Logging;

namespace Agent.Ide.Coordinator.Hosting;

/// <summary>The coordinator's log file: one line per message, exceptions indented below. Rotated once it passes 8 MB.</summary>
public sealed class FileLogger : ILogger, IDisposable
{
    private const long MaxBytes = 8 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly SecretRedactor _secrets;
    private StreamWriter? _writer;

    /// <param name="path">The file; it is added to.</param>
    /// <param name="time">Stamps the lines.</param>
    /// <param name="secrets">Takes out of each line what must not be in it.</param>
    public FileLogger(string path, TimeProvider time, SecretRedactor secrets)
    {
        _secrets = secrets;
        _path = path;
        _time = time;
        _writer = Open();
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }

        var line = new StringBuilder()
            .Append(_time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture))
            .Append(' ').Append(Name(logLevel)).Append(' ')
            .Append(formatter(state, exception).ReplaceLineEndings(" "));
        if (exception is not null)
        {
            line.Append("\n    ").Append(exception.ToString().ReplaceLineEndings("\n    "));
        }

        var text = _secrets.Redact(line.ToString());
        lock (_gate)
        {
            try
            {
                _writer?.WriteLine(text);
                _writer?.Flush();
                Rotate();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A full disk must not take the coordinator down with it: what matters is in the tasks' own logs, which fail loudly.
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _writer?.Dispose();
            _writer = null;
        }
    }

    private static string Name(LogLevel level) => level switch
    {
        LogLevel.Warning => "warn ",
        LogLevel.Error or LogLevel.Critical => "error",
        _ => "info ",
    };

    private StreamWriter Open() =>
        new(new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete));

    private void Rotate()
    {
        if (_writer is null || _writer.BaseStream.Length < MaxBytes)
        {
            return;
        }

        _writer.Dispose();
        _writer = null;
        try
        {
            File.Move(_path, _path + ".1", overwrite: true);
        }
        finally
        {
            _writer = Open();
        }
    }
}
