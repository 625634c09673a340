using Agent.Ide.Worker.Files;
using Agent.Ide.Worker.Searching;
using Agent.Ide.Worker.Tools;

namespace Agent.Ide.Worker;

/// <summary>The one visible list of what a tool host can do.</summary>
public static class WorkerTools
{
    /// <param name="files">The worktree.</param>
    /// <param name="searchPath">Where ripgrep is looked for; null: search in process.</param>
    public static IReadOnlyList<IWorkerTool> For(IWorktreeFiles files, string? searchPath) =>
    [
        new ReadFileTool(files),
        new WriteFileTool(files),
        new EditFileTool(files),
        new DeleteFileTool(files),
        new MoveFileTool(files),
        new ListFilesTool(files),
        new SearchCodebaseTool(files, RipgrepSearch.Find(searchPath) is { } ripgrep ? new RipgrepSearch(ripgrep, files) : new InProcessSearch(files)),
    ];
}
