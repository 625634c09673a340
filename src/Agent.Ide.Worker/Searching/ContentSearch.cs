using Agent.Ide.Worker.Files;

namespace Agent.Ide.Worker.Searching;

/// <summary>What to look for in the contents of files.</summary>
/// <param name="Pattern">A literal, or a regular expression for one line at a time.</param>
/// <param name="IsRegex">How <paramref name="Pattern"/> is read.</param>
/// <param name="Where">A folder or a file, without links; the worktree's own folder for all.</param>
/// <param name="WhereIsFile">Whether <paramref name="Where"/> is a file.</param>
/// <param name="MaxResults">Matching lines to return at most.</param>
internal sealed record ContentQuery(string Pattern, bool IsRegex, WorktreePath Where, bool WhereIsFile, int MaxResults)
{
    /// <summary>Larger files are generated; both searches pass over them.</summary>
    public const int MaxFileBytes = 4 * 1024 * 1024;
}

/// <summary>A line that matches.</summary>
/// <param name="Path">Relative to the worktree.</param>
/// <param name="Line">From 1.</param>
/// <param name="Text">The line without its end, cut around the match when it is long.</param>
internal sealed record LineMatch(string Path, int Line, string Text)
{
    private const int MaxLength = 300;
    private const int Before = 100;

    /// <param name="path">Relative to the worktree.</param>
    /// <param name="line">From 1.</param>
    /// <param name="text">The whole line.</param>
    /// <param name="start">Where in it the first match begins.</param>
    public static LineMatch Of(string path, int line, string text, int start)
    {
        if (text.Length <= MaxLength)
        {
            return new LineMatch(path, line, text);
        }

        var from = Math.Clamp(start - Before, 0, text.Length - MaxLength);
        var to = from + MaxLength;
        from = from > 0 && char.IsLowSurrogate(text[from]) ? from - 1 : from;
        to = to < text.Length && char.IsLowSurrogate(text[to]) ? to + 1 : to;
        return new LineMatch(path, line, $"{(from > 0 ? "…" : "")}{text[from..to]}{(to < text.Length ? "…" : "")}");
    }
}

/// <param name="Matches">In the order of the paths, then of the lines.</param>
/// <param name="IsComplete">False when there are more than were asked for.</param>
internal sealed record ContentMatches(IReadOnlyList<LineMatch> Matches, bool IsComplete);

/// <summary>Searches contents. All implementations give the same answer.</summary>
internal interface IContentSearch
{
    /// <exception cref="ToolFailureException">The regular expression is invalid.</exception>
    Task<ContentMatches> SearchAsync(ContentQuery query, CancellationToken cancellationToken);
}
