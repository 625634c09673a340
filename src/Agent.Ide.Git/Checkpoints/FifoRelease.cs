namespace Agent.Ide.Git;

/// <summary>
/// Git opens some files of a worktree by name (<c>.gitignore</c>, <c>.gitattributes</c>, <c>.gitmodules</c>, HEAD of a nested
/// repository) and would wait
/// forever where an agent put a FIFO in their place. While a command takes long, every FIFO of the worktree is opened for
/// writing and closed
/// again, which gives the waiting reader an empty file.
/// </summary>
internal sealed class FifoRelease
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>After one FIFO the command soon waits at the next.</summary>
    private static readonly TimeSpan Briefly = TimeSpan.FromMilliseconds(20);

    private readonly TimeSpan _limit;

    /// <param name="limit">After this the command is killed.</param>
    public FifoRelease(TimeSpan limit)
    {
        _limit = limit;
    }

    /// <summary>Runs a command that reads a worktree.</summary>
    /// <exception cref="GitException">It took longer than the limit.</exception>
    public async Task<T> RunAsync<T>(string root, Func<CancellationToken, Task<T>> command, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_limit);
        var running = command(limit.Token);
        var wait = Patience;
        while (!running.IsCompleted)
        {
            using var pause = CancellationTokenSource.CreateLinkedTokenSource(limit.Token);
            await Task.WhenAny(running, Task.Delay(wait, pause.Token));
            await pause.CancelAsync();
            if (!running.IsCompleted)
            {
                wait = await Task.Run(() => Release(root, limit.Token), CancellationToken.None) ? Briefly : Patience;
            }
        }

        try
        {
            return await running;
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new GitException(
                GitProblem.CommandFailed,
                $"git did not get through {root} within {_limit.TotalSeconds:0} s. Look for special files or a very large folder in it.", exception);
        }
    }

    /// <returns>Whether somebody waited at one.</returns>
    private static bool Release(string root, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        var released = false;
        var waiting = new Stack<string>([string.Empty]);
        using var files = new LinuxWorktreeFiles(root);
        while (!cancellationToken.IsCancellationRequested && waiting.TryPop(out var folder))
        {
            foreach (var entry in HostFolder.ListNames(Path.Combine(root, folder)) ?? [])
            {
                var path = folder.Length == 0 ? entry.Name : $"{folder}/{entry.Name}";
                if (entry.Kind == PathKind.Folder)
                {
                    waiting.Push(path);
                }
                else if (entry.Kind == PathKind.Special)
                {
                    released |= files.ReleaseFifo(path);
                }
            }
        }

        return released;
    }
}
