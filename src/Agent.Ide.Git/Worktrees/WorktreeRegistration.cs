namespace Agent.Ide.Git;

/// <summary>
/// Git's own record of a task's worktree: made, marked as ours and removed. Git reads the metadata of all worktrees while it
/// adds or removes one, and stumbles over one that is half made: these short moments happen one after the other. Checking
/// out, which takes the time, happens side by side.
/// </summary>
internal sealed class WorktreeRegistration : IDisposable
{
    private readonly GitStore _store;
    private readonly GitRepository _repository;
    private readonly SemaphoreSlim _turn = new(1, 1);

    public WorktreeRegistration(GitStore store)
    {
        _store = store;
        _repository = store.Repository;
    }

    /// <summary>Makes the worktree and its metadata, without files.</summary>
    public async Task<string> AddAsync(WorktreePlace place, string id, string branch, CancellationToken cancellationToken)
    {
        var root = place.RootOf(id);
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (IsInside(place.BaseFolder, place.Checkout.Root, out var relative))
            {
                await ExcludeList.HideAsync(_repository.CommonDirectory, relative, cancellationToken);
            }

            // Asked from the user's checkout, git gives the new one the same sparse patterns and settings of its own.
            var command = GitCommand.OnObjects(_repository.Program, place.Checkout.GitDirectory);
            await command.WithSetting("core.logAllRefUpdates", "false").RunAsync(
                ["worktree", "add", "--quiet", "--no-checkout", root, branch["refs/heads/".Length..]], default, cancellationToken);
            var gitDirectory = WorktreeMetadata.GitDirectoryNamedIn(root)
                ?? throw new GitException(GitProblem.CommandFailed, $"git made no worktree in {root}.");
            WorktreeMetadata.Write(gitDirectory, id, branch);
            return gitDirectory;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Removes what <see cref="AddAsync"/> made, also where it was cut short.</summary>
    public async Task UndoAsync(string root, string? gitDirectory)
    {
        gitDirectory ??= WorktreeMetadata.GitDirectoryNamedIn(root);
        if (gitDirectory is null)
        {
            return;
        }

        await FolderRemoval.RemoveAsync(root, CancellationToken.None);
        await RemoveAsync(root, CancellationToken.None);
    }

    /// <summary>Makes git forget a worktree whose folder is gone; removes the folder of worktrees when it is empty.</summary>
    public Task RemoveAsync(string root, CancellationToken cancellationToken) => RemoveAsync(root, null, cancellationToken);

    /// <param name="root">As git knows it; nothing is there any more.</param>
    /// <param name="gitDirectory">Its metadata, where that is known.</param>
    /// <param name="cancellationToken">Kills git.</param>
    public async Task RemoveAsync(string root, string? gitDirectory, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (gitDirectory is null || Directory.Exists(gitDirectory))
            {
                await _repository.Objects.RunAsync(["worktree", "remove", "--force", "--force", root], default, cancellationToken);
            }

            RemoveIfEmpty(Path.GetDirectoryName(root)!);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>What a process that was killed while it made the same worktree left in its place. Nothing of anybody's is in it.</summary>
    public async Task RemoveHalfMadeAsync(WorktreePlace place, string id, CancellationToken cancellationToken)
    {
        var root = place.RootOf(id);
        if (!Directory.Exists(root) || WorktreeMetadata.GitDirectoryNamedIn(root) is not { } gitDirectory)
        {
            return;
        }

        var isHalfMade = WorktreeMetadata.Read(gitDirectory) is { } metadata
            ? metadata.Id == id && !metadata.IsComplete
            : await IsBareAsync(place, id, root, gitDirectory, cancellationToken);
        if (isHalfMade)
        {
            await UndoAsync(root, gitDirectory);
        }
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>Made by git for this task's branch and still without a file: it was cut short before it got its mark.</summary>
    private async Task<bool> IsBareAsync(
        WorktreePlace place, string id, string root, string gitDirectory, CancellationToken cancellationToken)
    {
        var head = Path.Combine(gitDirectory, "HEAD");
        return Path.GetDirectoryName(gitDirectory) == Path.Combine(_repository.CommonDirectory, "worktrees")
            && File.Exists(head)
            && (await File.ReadAllTextAsync(head, cancellationToken)).TrimEnd() == "ref: " + place.BranchOf(id)
            && Directory.EnumerateFileSystemEntries(root).Count() == 1
            && await _store.ResolveCommitAsync(TaskRefs.Base(id), cancellationToken) is not null;
    }

    /// <summary>Only below a checkout: a folder elsewhere was there before us.</summary>
    private void RemoveIfEmpty(string folder)
    {
        var isInCheckout = IsInside(folder, _repository.Checkout.Root, out _)
            || (_repository.MainCheckout is { } main && IsInside(folder, main, out _));
        if (isInCheckout && Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any())
        {
            Directory.Delete(folder);
        }
    }

    private static bool IsInside(string folder, string checkout, out string relative)
    {
        relative = Path.GetRelativePath(checkout, folder).Replace('\\', '/');
        return relative != "." && relative != ".." && !relative.StartsWith("../", StringComparison.Ordinal) && !Path.IsPathRooted(relative);
    }
}
