using System.Text;
using Agent.Ide.Processes;

namespace Agent.Ide.Git;

/// <summary>
/// A git process that answers requests for as long as it lives: started when first needed, one request at a time, and thrown away
/// whenever an exchange did not end as it should, so that the next one starts clean.
/// </summary>
internal sealed class GitConversation : IAsyncDisposable
{
    private readonly GitCommand _command;
    private readonly string[] _arguments;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private Line? _line;
    private bool _disposed;

    public GitConversation(GitCommand command, params string[] arguments)
    {
        _command = command;
        _arguments = arguments;
    }

    /// <summary>Has the process to itself for one exchange.</summary>
    /// <exception cref="GitException">It ended in the middle; the message carries its last words.</exception>
    public async Task<T> TalkAsync<T>(Func<Line, CancellationToken, Task<T>> exchange, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        var complete = false;
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_line is { HasEnded: true })
            {
                await HangUpAsync();
            }

            _line ??= new Line(_command.Start(_arguments));
            T result;
            try
            {
                result = await exchange(_line, cancellationToken);
            }
            catch (IOException exception)
            {
                var (exitCode, error) = await _line.LastWordsAsync();
                var failure = GitException.FromProcess(_arguments, exitCode, error);
                throw new GitException(failure.Problem, failure.Message, exception) { ExitCode = exitCode, ErrorOutput = error };
            }

            complete = true;
            return result;
        }
        finally
        {
            if (!complete)
            {
                await HangUpAsync();
            }

            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync();
        _disposed = true;
        await HangUpAsync();
        _turn.Release();
        _turn.Dispose();
    }

    private async Task HangUpAsync()
    {
        var line = _line;
        _line = null;
        if (line is not null)
        {
            await line.DisposeAsync();
        }
    }

    /// <summary>The two ends of a running process.</summary>
    internal sealed class Line : IAsyncDisposable
    {
        private const int MaxLineBytes = 64 * 1024;

        private readonly ChildProcess _process;
        private readonly Task<string> _error;
        private readonly byte[] _buffer = new byte[32 * 1024];
        private int _start;
        private int _end;

        public Line(ChildProcess process)
        {
            _process = process;
            _error = ReadErrorAsync(process.StandardError);
        }

        public bool HasEnded => _process.HasExited;

        public async Task SendAsync(string text, CancellationToken cancellationToken)
        {
            await _process.StandardInput.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
            await _process.StandardInput.FlushAsync(cancellationToken);
        }

        /// <summary>Up to the next line feed, without it.</summary>
        /// <exception cref="EndOfStreamException">The process ended.</exception>
        public async Task<string> ReadLineAsync(CancellationToken cancellationToken)
        {
            using var line = new MemoryStream();
            while (true)
            {
                var end = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
                if (end >= 0)
                {
                    line.Write(_buffer, _start, end);
                    _start += end + 1;
                    return Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length);
                }

                line.Write(_buffer, _start, _end - _start);
                if (line.Length > MaxLineBytes)
                {
                    throw new IOException("git answered with a line without an end.");
                }

                await FillAsync(cancellationToken);
            }
        }

        /// <exception cref="EndOfStreamException">The process ended.</exception>
        public async Task ReadExactlyAsync(Memory<byte> target, CancellationToken cancellationToken)
        {
            while (!target.IsEmpty)
            {
                if (_start == _end)
                {
                    await FillAsync(cancellationToken);
                }

                var count = Math.Min(target.Length, _end - _start);
                _buffer.AsMemory(_start, count).CopyTo(target);
                _start += count;
                target = target[count..];
            }
        }

        public async Task<(int ExitCode, string Error)> LastWordsAsync()
        {
            // It is of no use any more, whether it ended by itself or stopped making sense.
            _process.KillTree();
            var exitCode = await _process.WaitForExitAsync(CancellationToken.None);
            return (exitCode, await _error);
        }

        public async ValueTask DisposeAsync()
        {
            await _process.DisposeAsync();
            await _error;
        }

        private async Task FillAsync(CancellationToken cancellationToken)
        {
            _start = 0;
            _end = 0;
            _end = await _process.StandardOutput.ReadAsync(_buffer, cancellationToken);
            if (_end == 0)
            {
                throw new EndOfStreamException("git ended in the middle of an answer.");
            }
        }

        private static async Task<string> ReadErrorAsync(Stream stream)
        {
            const int Keep = 8 * 1024;
            var buffer = new byte[4096];
            var tail = new List<byte>(512);
            try
            {
                int read;
                while ((read = await stream.ReadAsync(buffer)) > 0)
                {
                    tail.AddRange(buffer.AsSpan(0, read));
                    if (tail.Count > Keep)
                    {
                        tail.RemoveRange(0, tail.Count - Keep);
                    }
                }
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException)
            {
                // The pipe went away with its process; what was read until then is all there is.
            }

            return Encoding.UTF8.GetString([.. tail]);
        }
    }
}
