using System.Text.Json;
using Agent.Ide.Core.Tools;
using Agent.Ide.Worker.Files;

namespace Agent.Ide.Worker.Tools;

/// <summary><c>delete_file</c>: a file, a link (never its target), or an empty folder.</summary>
public sealed class DeleteFileTool : IWorkerTool
{
    private readonly IWorktreeFiles _files;

    public DeleteFileTool(IWorktreeFiles files)
    {
        _files = files;
    }

    public string Name => BuiltInTools.DeleteFile;

    public int Version => 1;

    public Task<ToolOutcome> ExecuteAsync(JsonElement arguments, CancellationToken cancellationToken)
    {
        var request = arguments.Deserialize(ToolArgumentsJson.Default.DeleteFileArguments)!;
        var path = WorktreePath.Parse(request.Path);
        var isFolder = _files.Inspect(path) == EntryKind.Directory;
        var changed = _files.Delete(path).ToString();

        // git knows no folders: an empty one that goes changes nothing there.
        return Task.FromResult(new ToolOutcome
        {
            Content = $"Deleted {changed}.",
            Summary = TextLines.Summary($"deleted {changed}", string.Empty),
            ChangedPaths = isFolder ? [] : [changed],
        });
    }
}
