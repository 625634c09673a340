namespace Agent.Ide.Worker.Ignoring;

/// <summary>
/// Matches one path component against <c>* ? [..] \x</c> as git's wildmatch does. Never takes more than the product of both
/// lengths: after a mismatch only the last star is tried again.
/// </summary>
internal static class SegmentGlob
{
    public static bool IsMatch(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        var p = 0;
        var t = 0;
        var starPattern = -1;
        var starText = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                starPattern = ++p;
                starText = t;
                continue;
            }

            if (p < pattern.Length && MatchOne(pattern, p, text[t], out var next))
            {
                p = next;
                t++;
                continue;
            }

            if (starPattern < 0)
            {
                return false;
            }

            p = starPattern;
            t = ++starText;
        }

        return pattern[p..].TrimStart('*').IsEmpty;
    }

    private static bool MatchOne(ReadOnlySpan<char> pattern, int at, char c, out int next)
    {
        next = at + 1;
        switch (pattern[at])
        {
            case '?':
                return true;
            case '\\' when at + 1 < pattern.Length:
                next = at + 2;
                return pattern[at + 1] == c;
            case '[':
                var end = EndOfClass(pattern, at);
                if (end < 0)
                {
                    // git: an unterminated class matches nothing.
                    return false;
                }

                next = end + 1;
                return IsInClass(pattern[(at + 1)..end], c);
            default:
                return pattern[at] == c;
        }
    }

    private static int EndOfClass(ReadOnlySpan<char> pattern, int open)
    {
        var i = open + 1;
        if (i < pattern.Length && pattern[i] is '!' or '^')
        {
            i++;
        }

        for (var first = true; i < pattern.Length; i++, first = false)
        {
            if (pattern[i] == ']' && !first)
            {
                return i;
            }

            if (pattern[i] == '\\')
            {
                i++;
            }
            else if (pattern[i] == '[' && i + 1 < pattern.Length && pattern[i + 1] == ':')
            {
                var close = pattern[(i + 2)..].IndexOf(":]");
                if (close >= 0)
                {
                    i += close + 3;
                }
            }
        }

        return -1;
    }

    private static bool IsInClass(ReadOnlySpan<char> body, char c)
    {
        var negated = body.Length > 0 && body[0] is '!' or '^';
        var found = false;
        for (var i = negated ? 1 : 0; i < body.Length && !found;)
        {
            if (body[i] == '[' && i + 1 < body.Length && body[i + 1] == ':' && body[(i + 2)..].IndexOf(":]") is >= 0 and var length)
            {
                found = IsNamedClass(body.Slice(i + 2, length), c);
                i += length + 4;
                continue;
            }

            var low = Take(body, ref i);
            if (i + 1 < body.Length && body[i] == '-')
            {
                i++;
                found = c >= low && c <= Take(body, ref i);
            }
            else
            {
                found = c == low;
            }
        }

        return found != negated;
    }

    private static char Take(ReadOnlySpan<char> body, ref int i)
    {
        if (body[i] == '\\' && i + 1 < body.Length)
        {
            i++;
        }

        return body[i++];
    }

    private static bool IsNamedClass(ReadOnlySpan<char> name, char c) => name switch
    {
        "alnum" => char.IsAsciiLetterOrDigit(c),
        "alpha" => char.IsAsciiLetter(c),
        "blank" => c is ' ' or '\t',
        "cntrl" => char.IsControl(c),
        "digit" => char.IsAsciiDigit(c),
        "graph" => c is > ' ' and < (char)0x7f,
        "lower" => char.IsAsciiLetterLower(c),
        "print" => c is >= ' ' and < (char)0x7f,
        "punct" => c is > ' ' and < (char)0x7f && !char.IsAsciiLetterOrDigit(c),
        "space" => c is ' ' or (>= '\t' and <= '\r'),
        "upper" => char.IsAsciiLetterUpper(c),
        "xdigit" => char.IsAsciiHexDigit(c),
        _ => false,
    };
}
