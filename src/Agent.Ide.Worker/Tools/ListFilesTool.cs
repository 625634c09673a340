using System.Text;
using System.Text.Json;
using Agent.Ide.Core.Tools;
using Agent.Ide.Worker.Files;
using Agent.Ide.Worker.Ignoring;

namespace Agent.Ide.Worker.Tools;

/// <summary><c>list_files</c>: paths that git would not ignore, sorted folder by folder.</summary>
public sealed class ListFilesTool : IWorkerTool
{
    public const int DefaultResults = 200;
    public const int MaxResults = 1000;

    private readonly IWorktreeFiles _files;

    public ListFilesTool(IWorktreeFiles files)
    {
        _files = files;
    }

    public string Name => BuiltInTools.ListFiles;

    public int Version => 1;

    public Task<ToolOutcome> ExecuteAsync(JsonElement arguments, CancellationToken cancellationToken)
    {
        var request = arguments.Deserialize(ToolArgumentsJson.Default.ListFilesArguments)!;
        var most = request.MaxResults ?? DefaultResults;
        if (most is < 1 or > MaxResults)
        {
            throw new ToolFailureException(ToolErrors.InvalidArguments, $"max_results goes from 1 to {MaxResults}.");
        }

        var all = string.IsNullOrEmpty(request.Pattern) || request.Pattern is "." or "./" or "*" or "/";
        return Task.FromResult(FileListing.Run(_files, all ? null : request.Pattern, WorktreePath.ParseFolder(string.Empty), most, cancellationToken));
    }
}
