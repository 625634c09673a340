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
        while (!running.IsCompleted)
        {
            using var pause = CancellationTokenSource.CreateLinkedTokenSource(limit.Token);
            await Task.WhenAny(running, Task.Delay(Patience, pause.Token));
            await pause.CancelAsync();
            if (!running.IsCompleted)
            {
                await Task.Run(() => Release(root, limit.Token), CancellationToken.None);
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

    private static void Release(string root, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        using var files = new LinuxWorktreeFiles(root);
        foreach (var path in Directory.EnumerateFiles(root, "*", options))
        {
            if (cancellationToken.IsCancellationRequested)
            {
                return;
            }

            files.ReleaseFifo(Path.GetRelativePath(root, path));
        }
    }
}
