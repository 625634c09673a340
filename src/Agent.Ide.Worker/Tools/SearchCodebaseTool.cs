using System.Text;
using System.Text.Json;
using Agent.Ide.Core.Tools;
using Agent.Ide.Worker.Files;
using Agent.Ide.Worker.Searching;

namespace Agent.Ide.Worker.Tools;

/// <summary><c>search_codebase</c>: lines that hold a text or match an expression, grouped by file; or paths that match a glob.</summary>
public sealed class SearchCodebaseTool : IWorkerTool
{
    public const int DefaultResults = 10;
    public const int MaxResults = 50;

    private const int MaxPattern = 2000;
    private readonly IWorktreeFiles _files;
    private readonly IContentSearch _search;

    internal SearchCodebaseTool(IWorktreeFiles files, IContentSearch search)
    {
        _files = files;
        _search = search;
    }

    public string Name => BuiltInTools.SearchCodebase;

    public int Version => 1;

    public async Task<ToolOutcome> ExecuteAsync(JsonElement arguments, CancellationToken cancellationToken)
    {
        var request = arguments.Deserialize(ToolArgumentsJson.Default.SearchCodebaseArguments)!;
        var most = request.MaxResults ?? DefaultResults;
        Check(request, most);
        var where = WorktreePath.ParseFolder(request.Path ?? string.Empty);
        var isFile = false;
        if (!where.IsRoot)
        {
            where = _files.Canonical(where);
            isFile = IsFile(where);
        }

        if (request.Kind == SearchKind.Glob)
        {
            return isFile
                ? throw new ToolFailureException(ToolErrors.InvalidArguments, $"{where} is a file; a glob is looked for below a folder.")
                : FileListing.Run(_files, Below(where, request.Pattern), where, most, cancellationToken);
        }

        var query = new ContentQuery(request.Pattern, request.Kind == SearchKind.Regex, where, isFile, most);
        return Describe(request.Pattern, await _search.SearchAsync(query, cancellationToken));
    }

    private bool IsFile(WorktreePath where)
    {
        var kind = _files.Inspect(where);
        return kind switch
        {
            EntryKind.Directory => false,
            EntryKind.File => true,
            _ => throw new ToolFailureException(ToolErrors.NotARegularFile, $"{where} is neither a folder nor a regular file."),
        };
    }

    /// <summary>A glob with folders in it is relative to the path that was given.</summary>
    private static string Below(WorktreePath where, string pattern) =>
        where.IsRoot || !pattern.Contains('/', StringComparison.Ordinal) ? pattern : $"{where}/{pattern}";

    private static void Check(SearchCodebaseArguments request, int most)
    {
        if (most is < 1 or > MaxResults)
        {
            throw new ToolFailureException(ToolErrors.InvalidArguments, $"max_results goes from 1 to {MaxResults}.");
        }

        if (request.Pattern.Length is 0 or > MaxPattern)
        {
            throw new ToolFailureException(ToolErrors.InvalidArguments, $"The pattern is empty or longer than {MaxPattern} characters.");
        }

        if (request.Pattern.AsSpan().ContainsAny('\n', '\r', '\0'))
        {
            throw new ToolFailureException(ToolErrors.InvalidArguments, "Searches go line by line: the pattern cannot hold a line break or NUL.");
        }
    }

    private static ToolOutcome Describe(string pattern, ContentMatches found)
    {
        if (found.Matches.Count == 0)
        {
            return new ToolOutcome { Content = "No line matches.", Summary = TextLines.Summary($"no match for {pattern}", string.Empty) };
        }

        var content = new StringBuilder();
        string? path = null;
        foreach (var match in found.Matches)
        {
            if (match.Path != path)
            {
                path = match.Path;
                content.Append(path).Append('\n');
            }

            content.Append(match.Line).Append(": ").Append(match.Text).Append('\n');
        }

        if (!found.IsComplete)
        {
            content.Append($"[first {found.Matches.Count}; there are more: narrow the pattern or the path, or raise max_results]");
        }

        var count = $", {found.Matches.Count}{(found.IsComplete ? "" : "+")} lines";
        return new ToolOutcome { Content = content.ToString().TrimEnd('\n'), Summary = TextLines.Summary($"searched {pattern}", count) };
    }
}
