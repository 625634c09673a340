using System.Globalization;

namespace Agent.Ide.Git.Merging.Accept;

/// <summary>
/// Second names (hard links) for the files an accept is about to replace. git unlinks a file before it writes the new one, so what an
/// editor saves into it in that very moment stays readable here, and is pinned under a ref instead of being lost.
/// </summary>
internal sealed class KeptFiles
{
    private readonly GitRepository _repository;
    private readonly string _folder;
    private readonly AcceptJournal _journal;
    private readonly TimeProvider _time;

    /// <param name="repository">Takes the objects and refs.</param>
    /// <param name="folder">The accept's own folder.</param>
    /// <param name="journal">Whose files.</param>
    /// <param name="time">Dates the pinning commit.</param>
    public KeptFiles(GitRepository repository, string folder, AcceptJournal journal, TimeProvider time)
    {
        _repository = repository;
        _folder = Directory.CreateDirectory(Path.Combine(folder, "kept")).FullName;
        _journal = journal;
        _time = time;
    }

    private string Mark => Path.Combine(_folder, "begun");

    /// <summary>Links every file that the changes replace or remove. Where links are not possible nothing is kept.</summary>
    public void Link(IReadOnlyList<TreeChange> changes)
    {
        // What is written to a linked file from now on is newer than this one.
        File.WriteAllText(Mark, string.Empty);
        for (var i = 0; i < changes.Count; i++)
        {
            if (IsReplacedFile(changes[i]))
            {
                NativeFiles.TryLink(_journal.Checkout, changes[i].Path, NameOf(i));
            }
        }
    }

    /// <summary>Pins what was saved into a replaced file after it was linked.</summary>
    public async Task<IReadOnlyList<KeptFile>> CollectAsync(IReadOnlyList<TreeChange> changes, CancellationToken cancellationToken)
    {
        var edited = new List<(string Path, string File)>();
        if (File.Exists(Mark))
        {
            var begun = File.GetLastWriteTimeUtc(Mark);
            for (var i = 0; i < changes.Count; i++)
            {
                if (File.Exists(NameOf(i)) && File.GetLastWriteTimeUtc(NameOf(i)) >= begun && await IsEditedAsync(changes[i], NameOf(i), cancellationToken))
                {
                    edited.Add((changes[i].Path, NameOf(i)));
                }
            }
        }

        return await PinAsync(edited, cancellationToken);
    }

    /// <summary>The old files that are still there under their second names, by path.</summary>
    public IReadOnlyDictionary<string, string> FindOld(IReadOnlyList<TreeChange> changes)
    {
        var old = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < changes.Count; i++)
        {
            if (IsReplacedFile(changes[i]) && File.Exists(NameOf(i)))
            {
                old[changes[i].Path] = NameOf(i);
            }
        }

        return old;
    }

    /// <summary>Pins files of the checkout as they are now, and leaves them where they are.</summary>
    public async Task<IReadOnlyList<KeptFile>> CopyAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var files = new List<(string Path, string File)>();
        foreach (var path in paths)
        {
            var copy = Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"copy-{files.Count}"));
            File.Delete(copy);
            if (!NativeFiles.TryLink(_journal.Checkout, path, copy))
            {
                File.Copy(Path.Combine(_journal.Checkout, path), copy);
            }

            files.Add((path, copy));
        }

        return await PinAsync(files, cancellationToken);
    }

    private static bool IsReplacedFile(TreeChange change) =>
        !change.IsAdded && !change.IsSubmodule && change.OldMode != TreeChange.LinkMode;

    private string NameOf(int index) => Path.Combine(_folder, index.ToString(CultureInfo.InvariantCulture));

    private async Task<bool> IsEditedAsync(TreeChange change, string file, CancellationToken cancellationToken)
    {
        var checkout = AcceptProcesses.Marked(_repository.On(new GitCheckout(_journal.Checkout, _journal.GitDirectory)), _journal);
        var before = await SmudgedContent.ReadAsync(checkout, _journal.Tip, change.Path, cancellationToken);
        var now = await File.ReadAllBytesAsync(file, cancellationToken);
        return before is null || !before.AsSpan().SequenceEqual(now);
    }

    private async Task<IReadOnlyList<KeptFile>> PinAsync(IReadOnlyList<(string Path, string File)> files, CancellationToken cancellationToken)
    {
        if (files.Count == 0)
        {
            return [];
        }

        var objects = _repository.Objects.WithSetting("core.fsync", "loose-object,reference");
        var blobs = new List<(string Path, string Blob)>();
        foreach (var (path, file) in files)
        {
            blobs.Add((path, await objects.ReadLineAsync(["hash-object", "-w", "--no-filters", file], cancellationToken)));
        }

        using var scratch = ScratchFolder.Create(_repository.CommonDirectory);
        var git = objects.WithIndex(scratch.File("index")).WithIdentity(GitIdentity.Agent, _time.GetUtcNow());
        var entries = GitPath.EncodeNulTerminated(blobs.Select(entry => $"100644 {entry.Blob}\t{entry.Path}"));
        await git.RunAsync(["update-index", "-z", "--index-info"], entries, cancellationToken);
        var tree = await git.ReadLineAsync(["write-tree"], cancellationToken);
        var commit = await git.ReadLineAsync(
            ["commit-tree", tree, "-p", _journal.Tip, "-m", $"Files saved while {_journal.TaskId} was being accepted"], cancellationToken);
        var name = $"refs/agent-ide/kept/{_journal.TaskId}/accept-{commit[..12]}";
        await git.RunAsync(["update-ref", name, commit], default, cancellationToken);
        return [.. blobs.Select(entry => new KeptFile(entry.Path, entry.Blob, name))];
    }
}
