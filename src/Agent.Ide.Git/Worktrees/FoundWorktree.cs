namespace Agent.Ide.Git;

/// <summary>A worktree that carries our mark, or lies where one of ours lay, whatever became of it.</summary>
public sealed record FoundWorktree
{
    /// <summary>The task's.</summary>
    public required string Id { get; init; }

    /// <summary>Where its folder is, or was.</summary>
    public required string Root { get; init; }

    /// <summary>Full name.</summary>
    public required string Branch { get; init; }

    /// <summary>What it can be removed by; null where git's metadata of it is gone, or its making was cut short.</summary>
    public Worktree? Worktree { get; init; }

    public required bool FolderExists { get; init; }

    /// <summary>False where somebody removed git's metadata; what is in the folder is adopted before it is removed.</summary>
    public bool HasMetadata { get; init; } = true;

    /// <summary>False when whoever made it was killed: nothing of anybody's is in it.</summary>
    public bool IsComplete { get; init; } = true;

    /// <summary>True while an interrupted removal is to be finished.</summary>
    public bool IsBeingRemoved { get; init; }

    /// <summary>When anything of it was last changed by its maker, by the dates of a few files; a date in the future is no age.</summary>
    public required DateTimeOffset ChangedAt { get; init; }
}

/// <summary>Lists what there is of worktrees of ours, damaged ones too.</summary>
internal sealed class WorktreeSurvey
{
    private readonly GitStore _store;

    public WorktreeSurvey(GitStore store)
    {
        _store = store;
    }

    private string MetadataFolder => Path.Combine(_store.Repository.CommonDirectory, "worktrees");

    /// <param name="folders">Where worktrees lie, or lay; those of the ones that are found are looked into by themselves.</param>
    /// <param name="cancellationToken">Stops between worktrees.</param>
    public async Task<IReadOnlyList<FoundWorktree>> FindAsync(IEnumerable<string> folders, CancellationToken cancellationToken)
    {
        var found = new List<FoundWorktree>();
        var all = WorktreeMetadata.ReadAll(_store.Repository.CommonDirectory);
        foreach (var metadata in all)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var start = await _store.ResolveCommitAsync(TaskRefs.Base(metadata.Id), cancellationToken)
                ?? await _store.ResolveCommitAsync(metadata.Branch, cancellationToken);
            found.Add(new FoundWorktree
            {
                Id = metadata.Id,
                Root = metadata.Root,
                Branch = metadata.Branch,
                Worktree = metadata.IsComplete && start is not null
                    ? new Worktree(metadata.Id, metadata.Root, metadata.GitDirectory, metadata.Branch, start)
                    : null,
                FolderExists = Directory.Exists(metadata.Root),
                IsComplete = metadata.IsComplete,
                IsBeingRemoved = RemovalMark.Read(metadata.GitDirectory) is not null,
                ChangedAt = NewestOf(metadata.Root, Path.Combine(metadata.GitDirectory, "index"), Path.Combine(metadata.GitDirectory, WorktreeMetadata.FileName)),
            });
        }

        foreach (var folder in folders.Concat(all.Select(metadata => Path.GetDirectoryName(metadata.Root)!)).Distinct(StringComparer.Ordinal).Where(Directory.Exists))
        {
            foreach (var root in Directory.EnumerateDirectories(folder))
            {
                if (await FindLostAsync(root, cancellationToken) is { } lost)
                {
                    found.Add(lost);
                }
            }
        }

        return found;
    }

    /// <summary>
    /// A folder whose metadata somebody removed: it still names the place of that in our repository, and the base ref of a task by its own name says
    /// that it was ours.
    /// </summary>
    public async Task<FoundWorktree?> FindLostAsync(string root, CancellationToken cancellationToken)
    {
        var id = Path.GetFileName(root);
        return HostFolder.Look(root) == PathKind.Folder
            && HostFolder.Look(Path.Combine(root, ".git")) == PathKind.File
            && WorktreeMetadata.GitDirectoryNamedIn(root) is { } gitDirectory
            && Path.GetDirectoryName(gitDirectory) == MetadataFolder
            && !Path.Exists(gitDirectory)
            && await _store.ResolveCommitAsync(TaskRefs.Base(id), cancellationToken) is not null
                ? new FoundWorktree
                {
                    Id = id,
                    Root = root,
                    Branch = string.Empty,
                    FolderExists = true,
                    HasMetadata = false,
                    ChangedAt = NewestOf(root),
                }
                : null;
    }

    /// <summary>Makes git's metadata of such a folder again, so that what is in it can be kept.</summary>
    public async Task<Worktree> AdoptAsync(FoundWorktree lost, string branch, CancellationToken cancellationToken)
    {
        var gitDirectory = WorktreeMetadata.GitDirectoryNamedIn(lost.Root)!;
        Directory.CreateDirectory(gitDirectory);
        await File.WriteAllTextAsync(Path.Combine(gitDirectory, "HEAD"), $"ref: {branch}\n", cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(gitDirectory, "commondir"), "../..\n", cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(gitDirectory, "gitdir"), Path.Combine(lost.Root, ".git") + "\n", cancellationToken);
        WorktreeMetadata.Write(gitDirectory, lost.Id, branch);
        WorktreeMetadata.MarkComplete(gitDirectory);
        var start = await _store.ResolveCommitAsync(TaskRefs.Base(lost.Id), cancellationToken);
        return new Worktree(lost.Id, lost.Root, gitDirectory, branch, start!);
    }

    private static DateTimeOffset NewestOf(params string[] paths) => paths
        .Where(Path.Exists)
        .Select(path => new DateTimeOffset(File.GetLastWriteTimeUtc(path)))
        .DefaultIfEmpty(DateTimeOffset.UnixEpoch)
        .Max();
}
