using System.Text;

namespace Agent.Ide.Coordinator.Sandboxing;

/// <summary>
/// Reads git's configuration syntax (git-config(1), "Syntax"): sections, comments, quotes, continued lines. Settings below a
/// subsection are skipped, for none of them is shown to a sandbox.
/// </summary>
internal static class GitConfigReader
{
    /// <summary>Section and key in lower case, value without quotes; a key without a value means true.</summary>
    public static IEnumerable<(string Section, string Key, string Value)> Read(string text)
    {
        var section = string.Empty;
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].Trim();
            if (line.Length == 0 || line[0] is '#' or ';')
            {
                continue;
            }

            if (line[0] == '[')
            {
                section = SectionOf(line, out line);
                if (line.Length == 0)
                {
                    continue;
                }
            }

            var logical = new StringBuilder(line);
            while (Continues(logical) && i + 1 < lines.Length)
            {
                logical.Length--;
                logical.Append(lines[++i].TrimEnd('\r'));
            }

            if (section.Length == 0)
            {
                continue;
            }

            var whole = logical.ToString();
            var equals = whole.IndexOf('=', StringComparison.Ordinal);
            var key = (equals < 0 ? whole : whole[..equals]).Trim().ToLowerInvariant();
            if (key.Length > 0 && key.All(static c => char.IsAsciiLetterOrDigit(c) || c == '-'))
            {
                yield return (section, key, equals < 0 ? "true" : Unquote(whole[(equals + 1)..]));
            }
        }
    }

    private static string SectionOf(string line, out string rest)
    {
        rest = string.Empty;
        var quoted = false;
        for (var i = 1; i < line.Length; i++)
        {
            if (line[i] == '\\' && quoted)
            {
                i++;
            }
            else if (line[i] == '"')
            {
                quoted = !quoted;
            }
            else if (line[i] == ']' && !quoted)
            {
                rest = line[(i + 1)..].Trim();
                if (rest.Length > 0 && rest[0] is '#' or ';')
                {
                    rest = string.Empty;
                }

                var name = line[1..i];
                return name.All(char.IsAsciiLetterOrDigit) ? name.ToLowerInvariant() : string.Empty;
            }
        }

        return string.Empty;
    }

    private static bool Continues(StringBuilder line)
    {
        var backslashes = 0;
        for (var i = line.Length - 1; i >= 0 && line[i] == '\\'; i--)
        {
            backslashes++;
        }

        return backslashes % 2 == 1;
    }

    private static string Unquote(string raw)
    {
        var value = new StringBuilder();
        var quoted = false;
        var kept = 0;
        foreach (var (c, escaped) in Characters(raw.Trim()))
        {
            if (!escaped && c == '"')
            {
                quoted = !quoted;
                kept = value.Length;
                continue;
            }

            if (!escaped && !quoted && c is '#' or ';')
            {
                break;
            }

            value.Append(c);
            if (quoted || escaped || !char.IsWhiteSpace(c))
            {
                kept = value.Length;
            }
        }

        value.Length = kept;
        return value.ToString();
    }

    private static IEnumerable<(char Character, bool Escaped)> Characters(string raw)
    {
        for (var i = 0; i < raw.Length; i++)
        {
            if (raw[i] != '\\' || i + 1 == raw.Length)
            {
                yield return (raw[i], false);
                continue;
            }

            yield return (raw[++i] switch { 'n' => '\n', 't' => '\t', 'b' => '\b', var c => c }, true);
        }
    }
}
