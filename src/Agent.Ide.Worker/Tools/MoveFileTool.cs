using System.Text.Json;
using Agent.Ide.Core.Tools;
using Agent.Ide.Worker.Files;

namespace Agent.Ide.Worker.Tools;

/// <summary><c>move_file</c>: renames a file, a link or a folder; never replaces anything.</summary>
public sealed class MoveFileTool : IWorkerTool
{
    /// <summary>A folder with more files is moved by a command, after which a scan finds what changed.</summary>
    public const int MaxMovedFiles = 5000;

    private readonly IWorktreeFiles _files;

    public MoveFileTool(IWorktreeFiles files)
    {
        _files = files;
    }

    public string Name => BuiltInTools.MoveFile;

    public int Version => 1;

    public Task<ToolOutcome> ExecuteAsync(JsonElement arguments, CancellationToken cancellationToken)
    {
        var request = arguments.Deserialize(ToolArgumentsJson.Default.MoveFileArguments)!;
        var from = WorktreePath.Parse(request.From);
        var to = WorktreePath.Parse(request.To);
        var kind = _files.Inspect(from);
        if (kind == EntryKind.Directory && $"{to}/".StartsWith($"{from}/", StringComparison.Ordinal))
        {
            throw new ToolFailureException(ToolErrors.InvalidArguments, $"{from} cannot be moved into itself.");
        }

        var inside = kind == EntryKind.Directory ? FilesBelow(from, cancellationToken) : null;
        var (source, target) = _files.Move(from, to);
        string[] changed = inside is null
            ? [source.ToString(), target.ToString()]
            : [.. inside.Select(name => $"{source}/{name}"), .. inside.Select(name => $"{target}/{name}")];
        return Task.FromResult(new ToolOutcome
        {
            Content = $"Moved {source} to {target}.",
            Summary = TextLines.Summary($"moved {source} to {target}", string.Empty),
            ChangedPaths = changed,
        });
    }

    /// <summary>Everything below a folder, ignored files too: after the move other patterns may apply to them.</summary>
    private List<string> FilesBelow(WorktreePath folder, CancellationToken cancellationToken)
    {
        var root = Path.Combine(_files.RootPath, _files.Canonical(folder).ToString());
        var options = new EnumerationOptions { RecurseSubdirectories = false, AttributesToSkip = FileAttributes.None };
        var found = new List<string>();
        var pending = new Queue<string>([root]);
        while (pending.TryDequeue(out var next))
        {
            foreach (var entry in new DirectoryInfo(next).EnumerateFileSystemInfos("*", options))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (WorktreePath.IsGit(entry.Name))
                {
                    throw new ToolFailureException(ToolErrors.OutsideWorktree, $"{folder} holds a repository of its own, which cannot be moved.");
                }

                if (entry is DirectoryInfo && entry.LinkTarget is null)
                {
                    pending.Enqueue(entry.FullName);
                    continue;
                }

                found.Add(Path.GetRelativePath(root, entry.FullName).Replace(Path.DirectorySeparatorChar, '/'));
                if (found.Count > MaxMovedFiles)
                {
                    throw new ToolFailureException(
                        ToolErrors.TooLarge, $"{folder} has more than {MaxMovedFiles} files; move it with run_command.");
                }
            }
        }

        found.Sort(StringComparer.Ordinal);
        return found;
    }
}
