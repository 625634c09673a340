using Microsoft.Win32.SafeHandles;

namespace Agent.Ide.Git;

/// <summary>Puts the collected changes into the tree and their blobs into the batch.</summary>
internal sealed class ChangeWriter
{
    /// <summary>Objects are published in portions, so that a scan of thousands of files does not hold as many temporary ones.</summary>
    private const int Portion = 256;

    private readonly GitStore _store;
    private readonly RepositorySettings.Snapshot _settings;
    private readonly BaseRules _rules;
    private readonly WorktreeFiles _files;
    private readonly TreeEditor _tree;
    private readonly ObjectBatch _batch;
    private readonly long _maxFileBytes;
    private readonly ContentConversion _conversion;
    private readonly List<SkippedPath> _skipped = [];
    private readonly Dictionary<string, CheckpointFile> _changed = new(StringComparer.Ordinal);

    public ChangeWriter(
        GitStore store,
        RepositorySettings.Snapshot settings,
        BaseRules rules,
        WorktreeFiles files,
        TreeEditor tree,
        ObjectBatch batch,
        long maxFileBytes)
    {
        _store = store;
        _settings = settings;
        _rules = rules;
        _files = files;
        _tree = tree;
        _batch = batch;
        _maxFileBytes = maxFileBytes;
        _conversion = new ContentConversion(store);
    }

    public IReadOnlyList<SkippedPath> Skipped => _skipped;

    /// <returns>What differs from the parent now.</returns>
    public async Task<List<CheckpointFile>> ApplyAsync(ChangeCollection changes, CancellationToken cancellationToken)
    {
        // Removals first: a file may take the place of a folder, and the other way round.
        foreach (var path in changes.Removals)
        {
            await RemoveAsync(path, cancellationToken);
        }

        var staged = new Dictionary<string, TreeEntry?>(StringComparer.Ordinal);
        var executable = new Dictionary<string, bool>(StringComparer.Ordinal);
        StagingFolder? staging = null;
        try
        {
            foreach (var (path, found) in changes.Contents)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (found.Kind == PathKind.Link)
                {
                    await StoreLinkAsync(path, cancellationToken);
                    continue;
                }

                using var content = _files.OpenFile(path);
                if (content is null)
                {
                    Skip(path, _files.Look(path).Kind is PathKind.File or PathKind.Refused ? SkipReason.Unreadable : SkipReason.NotAFile);
                }
                else if (RandomAccess.GetLength(content) > _maxFileBytes)
                {
                    Skip(path, SkipReason.TooLarge);
                }
                else if (await _conversion.IsNeededAsync(_settings, _rules, path, content, cancellationToken))
                {
                    staging ??= _store.NewStaging();
                    Copy(content, staging, path, cancellationToken);
                    staged[path] = await _tree.FindAsync(path, cancellationToken);
                    executable[path] = found.Executable;
                }
                else if (_batch.AddBlob(content, await TrackedHashAsync(path, cancellationToken), cancellationToken) is { } hash)
                {
                    await SetAsync(path, found.Executable, hash, cancellationToken);
                }
                else
                {
                    Skip(path, SkipReason.Unreadable);
                }

                if (_batch.Count >= Portion)
                {
                    _batch.Publish(cancellationToken);
                }
            }

            if (staging is not null)
            {
                foreach (var (path, hash) in await _conversion.ConvertAsync(_rules, staging, staged, cancellationToken))
                {
                    await SetAsync(path, executable[path], hash, cancellationToken);
                }
            }
        }
        finally
        {
            staging?.Dispose();
        }

        return [.. _changed.Values];
    }

    private async Task RemoveAsync(string path, CancellationToken cancellationToken)
    {
        if (await _tree.FindAsync(path, cancellationToken) is not { } entry)
        {
            return;
        }

        if (!entry.IsFolder)
        {
            await _tree.RemoveAsync(path, cancellationToken);
            _changed[path] = new CheckpointFile(path, FileChange.Deleted);
            return;
        }

        // A submodule that is not checked out has no files; that is no reason to remove it.
        foreach (var (below, inner) in await _tree.ListAsync(path, cancellationToken))
        {
            if (!inner.IsSubmodule)
            {
                await _tree.RemoveAsync(below, cancellationToken);
                _changed[below] = new CheckpointFile(below, FileChange.Deleted);
            }
        }
    }

    private async Task StoreLinkAsync(string path, CancellationToken cancellationToken)
    {
        if (_files.ReadLink(path) is { } target)
        {
            await SetAsync(path, new TreeEntry(TreeEntry.LinkMode, _batch.Add("blob", target)), cancellationToken);
        }
        else
        {
            Skip(path, SkipReason.Unreadable);
        }
    }

    private async Task SetAsync(string path, bool executable, string hash, CancellationToken cancellationToken)
    {
        if (!_settings.TrustsExecutableBit)
        {
            executable = await _tree.FindAsync(path, cancellationToken) is { Mode: TreeEntry.ExecutableMode };
        }

        await SetAsync(path, new TreeEntry(executable ? TreeEntry.ExecutableMode : TreeEntry.FileMode, hash), cancellationToken);
    }

    private async Task SetAsync(string path, TreeEntry entry, CancellationToken cancellationToken)
    {
        var before = await _tree.FindAsync(path, cancellationToken);
        if (before == entry)
        {
            return;
        }

        if (before is { IsFolder: true })
        {
            await RemoveAsync(path, cancellationToken);
            before = null;
        }

        await RemoveFileInTheWayAsync(path, cancellationToken);
        await _tree.SetAsync(path, entry, cancellationToken);
        var change = before is null ? FileChange.Added : before.Value.IsLink != entry.IsLink ? FileChange.TypeChanged : FileChange.Modified;
        _changed[path] = new CheckpointFile(path, change);
    }

    /// <summary>A tracked file that has become a folder is deleted, though nobody named it.</summary>
    private async Task RemoveFileInTheWayAsync(string path, CancellationToken cancellationToken)
    {
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = path.IndexOf('/', slash + 1))
        {
            switch (await _tree.FindAsync(path[..slash], cancellationToken))
            {
                case null:
                    return;
                case { IsFolder: false }:
                    await RemoveAsync(path[..slash], cancellationToken);
                    return;
            }
        }
    }

    private async Task<string?> TrackedHashAsync(string path, CancellationToken cancellationToken) =>
        (await _tree.FindAsync(path, cancellationToken))?.Hash;

    private void Skip(string path, SkipReason reason) => _skipped.Add(new SkippedPath(path, reason));

    private static void Copy(SafeFileHandle content, StagingFolder staging, string path, CancellationToken cancellationToken)
    {
        using var target = staging.Create(path);
        var buffer = new byte[64 * 1024];
        long position = 0;
        int read;
        while ((read = RandomAccess.Read(content, buffer, position)) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            RandomAccess.Write(target, buffer.AsSpan(0, read), position);
            position += read;
        }
    }
}
