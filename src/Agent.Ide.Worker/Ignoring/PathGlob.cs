namespace Agent.Ide.Worker.Ignoring;

/// <summary>
/// A glob over whole paths: components of <see cref="SegmentGlob"/>, and <c>**</c> for any number of folders. Its time grows
/// with the product of the numbers of components, never exponentially.
/// </summary>
internal sealed class PathGlob
{
    private const string AnyFolders = "**";
    private readonly string[] _segments;

    private PathGlob(string[] segments)
    {
        _segments = segments;
    }

    /// <summary>A pattern with <c>/</c> between its components, matched from the first component on.</summary>
    public static PathGlob Anchored(string pattern) => new(pattern.Split('/'));

    /// <summary>A pattern for the last component, whatever folders come before.</summary>
    public static PathGlob Floating(string name) => new([AnyFolders, name]);

    public bool IsMatch(ReadOnlySpan<char> path)
    {
        if (_segments.Length == 2 && _segments[0] == AnyFolders && _segments[1] != AnyFolders)
        {
            return SegmentGlob.IsMatch(_segments[1], path[(path.LastIndexOf('/') + 1)..]);
        }

        // reached[i]: the components so far can be matched by the first i segments.
        Span<bool> reached = stackalloc bool[Math.Min(_segments.Length + 1, 256)];
        if (_segments.Length >= reached.Length)
        {
            return false;
        }

        reached.Clear();
        reached[0] = true;
        SkipFolders(reached);
        var rest = path;
        while (true)
        {
            var slash = rest.IndexOf('/');
            Advance(reached, slash < 0 ? rest : rest[..slash], isLast: slash < 0);
            if (slash < 0)
            {
                return reached[_segments.Length];
            }

            rest = rest[(slash + 1)..];
        }
    }

    private void Advance(Span<bool> reached, ReadOnlySpan<char> component, bool isLast)
    {
        for (var i = _segments.Length; i > 0; i--)
        {
            var segment = _segments[i - 1];
            reached[i] = segment == AnyFolders
                ? reached[i - 1] || reached[i]
                : reached[i - 1] && SegmentGlob.IsMatch(segment, component);
        }

        reached[0] = false;
        if (isLast)
        {
            return;
        }

        SkipFolders(reached);
    }

    /// <summary>In the middle, <c>**</c> also stands for no folder at all; at the end it stands for at least one component.</summary>
    private void SkipFolders(Span<bool> reached)
    {
        for (var i = 0; i < _segments.Length - 1; i++)
        {
            if (reached[i] && _segments[i] == AnyFolders)
            {
                reached[i + 1] = true;
            }
        }
    }
}
