using System.Text;
using System.Text.Json;
using Agent.Ide.Core.Tools;
using Agent.Ide.Worker.Files;

namespace Agent.Ide.Worker.Tools;

/// <summary><c>write_file</c>: creates a file or replaces all of it, in one step.</summary>
public sealed class WriteFileTool : IWorkerTool
{
    /// <summary>Longest file the text tools write or edit, in bytes.</summary>
    public const int MaxBytes = 8 * 1024 * 1024;

    private readonly IWorktreeFiles _files;

    public WriteFileTool(IWorktreeFiles files)
    {
        _files = files;
    }

    public string Name => BuiltInTools.WriteFile;

    public int Version => 1;

    public Task<ToolOutcome> ExecuteAsync(JsonElement arguments, CancellationToken cancellationToken)
    {
        var request = arguments.Deserialize(ToolArgumentsJson.Default.WriteFileArguments)!;
        var path = WorktreePath.Parse(request.Path);
        if (request.Path.EndsWith('/'))
        {
            throw new ToolFailureException(ToolErrors.InvalidArguments, "The path ends in / and so names a folder; folders are made as files need them.");
        }

        var content = Encoding.UTF8.GetBytes(request.Content);
        if (content.Length > MaxBytes)
        {
            throw new ToolFailureException(ToolErrors.TooLarge, $"The content has {content.Length} bytes; at most {MaxBytes} can be written.");
        }

        var before = Existing(path);
        if (before is not null && before.AsSpan().SequenceEqual(content))
        {
            return Task.FromResult(new ToolOutcome
            {
                Content = $"{path} has exactly this content already; nothing was changed.",
                Summary = $"{path} unchanged",
            });
        }

        cancellationToken.ThrowIfCancellationRequested();
        var changed = _files.Write(path, content).ToString();
        var lines = TextLines.Count(request.Content);
        return Task.FromResult(new ToolOutcome
        {
            Content = $"{(before is null ? "Created" : "Replaced")} {changed}, {lines} lines.",
            Summary = TextLines.Summary($"{(before is null ? "created" : "replaced")} {changed}", $" +{lines}"),
            ChangedPaths = [changed],
        });
    }

    /// <summary>What is there now; null for a new file, something else than the content for one too large to compare.</summary>
    private byte[]? Existing(WorktreePath path)
    {
        if (_files.Inspect(path) == EntryKind.None)
        {
            return null;
        }

        using var file = _files.OpenRead(path);
        return file.Length <= MaxBytes ? file.ReadAll(MaxBytes) : [];
    }
}
