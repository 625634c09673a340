using System.Text.RegularExpressions;
using Agent.Ide.Core.Tools;
using Agent.Ide.Worker.Files;
using Agent.Ide.Worker.Ignoring;

namespace Agent.Ide.Worker.Searching;

/// <summary>
/// The search where ripgrep is not installed. Expressions run on the engine that never backtracks, so none can hang it.
/// </summary>
internal sealed class InProcessSearch : IContentSearch
{
    private readonly IWorktreeFiles _files;

    public InProcessSearch(IWorktreeFiles files)
    {
        _files = files;
    }

    public Task<ContentMatches> SearchAsync(ContentQuery query, CancellationToken cancellationToken) =>
        Task.Run(() => Search(query, cancellationToken), cancellationToken);

    private ContentMatches Search(ContentQuery query, CancellationToken cancellationToken)
    {
        var regex = query.IsRegex ? Compile(query.Pattern) : null;
        var paths = query.WhereIsFile
            ? [query.Where.ToString()]
            : new TreeWalk(_files).Below(query.Where, cancellationToken).Where(static file => !file.IsLink).Select(static file => file.Path);
        var matches = new List<LineMatch>();
        foreach (var path in paths)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (ReadText(path) is { } text && !SearchText(path, text, query, regex, matches, cancellationToken))
            {
                return new ContentMatches(matches, IsComplete: false);
            }
        }

        return new ContentMatches(matches, IsComplete: true);
    }

    private static Regex Compile(string pattern)
    {
        try
        {
            // The other engine spells named groups with a P.
            var adapted = pattern.Replace("(?P<", "(?<", StringComparison.Ordinal);
            return new Regex(adapted, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw new ToolFailureException(
                ToolErrors.InvalidArguments,
                $"The regular expression is invalid or uses look-around or back-references, which are not supported: {exception.Message}");
        }
    }

    private string? ReadText(string path)
    {
        try
        {
            using var file = _files.OpenRead(WorktreePath.Parse(path));
            if (file.Length > ContentQuery.MaxFileBytes)
            {
                return null;
            }

            var content = file.ReadAll(ContentQuery.MaxFileBytes);
            return TextContent.IsBinary(content) ? null : TextContent.Decode(content);
        }
        catch (Exception exception) when (exception is ToolFailureException or IOException)
        {
            // Gone meanwhile, not readable, or no regular file: not a place where text can be found.
            return null;
        }
    }

    /// <returns>False when a match was left out because there were enough.</returns>
    private static bool SearchText(
        string path, string text, ContentQuery query, Regex? regex, List<LineMatch> matches, CancellationToken cancellationToken)
    {
        if (regex is null && !text.Contains(query.Pattern, StringComparison.Ordinal))
        {
            return true;
        }

        var number = 0;
        for (var start = 0; start < text.Length;)
        {
            number++;
            if ((number & 0xff) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            var end = text.IndexOf('\n', start);
            var next = end < 0 ? text.Length : end + 1;
            var length = (end < 0 ? text.Length : end) - start;
            var line = text.AsSpan(start, length > 0 && text[start + length - 1] == '\r' ? length - 1 : length);
            var at = Find(line, query.Pattern, regex);
            if (at >= 0)
            {
                if (matches.Count == query.MaxResults)
                {
                    return false;
                }

                matches.Add(LineMatch.Of(path, number, line.ToString(), at));
            }

            start = next;
        }

        return true;
    }

    private static int Find(ReadOnlySpan<char> line, string literal, Regex? regex)
    {
        if (regex is null)
        {
            return line.IndexOf(literal, StringComparison.Ordinal);
        }

        foreach (var match in regex.EnumerateMatches(line))
        {
            return match.Index;
        }

        return -1;
    }
}
