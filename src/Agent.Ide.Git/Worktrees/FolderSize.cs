namespace Agent.Ide.Git;

/// <summary>How much a folder holds.</summary>
/// <param name="Bytes">Length of its files together.</param>
/// <param name="IsWhole">False when there was more than was counted.</param>
public readonly record struct FolderSize(long Bytes, bool IsWhole)
{
    private const int MaxEntries = 100_000;

    /// <summary>Counts files, links not followed, up to a bound of entries.</summary>
    public static FolderSize Measure(string folder, CancellationToken cancellationToken = default)
    {
        var bytes = 0L;
        var entries = 0;
        var waiting = new Queue<string>([folder]);
        while (waiting.TryDequeue(out var current))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var entry in HostFolder.List(current) ?? [])
            {
                if (++entries > MaxEntries)
                {
                    return new FolderSize(bytes, IsWhole: false);
                }

                bytes += entry.Bytes;
                if (entry.Kind == PathKind.Folder)
                {
                    waiting.Enqueue($"{current}/{entry.Name}");
                }
            }
        }

        return new FolderSize(bytes, IsWhole: true);
    }
}
