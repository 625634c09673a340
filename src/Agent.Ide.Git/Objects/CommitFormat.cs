using System.Text;

namespace Agent.Ide.Git;

/// <summary>Commit objects as bytes: written for checkpoints, read for everybody.</summary>
internal static class CommitFormat
{
    /// <summary>A message git's own trailer parser understands: subject, blank line, trailers.</summary>
    public static string Message(string subject, IReadOnlyList<KeyValuePair<string, string>> trailers)
    {
        var message = new StringBuilder(OneLine(subject, "checkpoint")).Append('\n');
        if (trailers.Count > 0)
        {
            message.Append('\n');
        }

        foreach (var (name, value) in trailers)
        {
            if (name.Length == 0 || !name.All(character => char.IsAsciiLetterOrDigit(character) || character == '-'))
            {
                throw new ArgumentException($"'{name}' is no name of a trailer.", nameof(trailers));
            }

            message.Append(name).Append(": ").Append(OneLine(value, string.Empty)).Append('\n');
        }

        return message.ToString();
    }

    public static byte[] Write(string tree, IReadOnlyList<string> parents, GitIdentity identity, DateTimeOffset when, string message)
    {
        var text = new StringBuilder("tree ").Append(tree).Append('\n');
        foreach (var parent in parents)
        {
            text.Append("parent ").Append(parent).Append('\n');
        }

        var who = $"{identity.Name} <{identity.Email}> {GitIdentity.FormatDate(when)}";
        text.Append("author ").Append(who).Append("\ncommitter ").Append(who).Append("\n\n").Append(message);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    public static GitCommit Parse(string hash, ReadOnlySpan<byte> content)
    {
        var text = Encoding.UTF8.GetString(content);
        var tree = string.Empty;
        var author = string.Empty;
        var parents = new List<string>(1);
        var position = 0;
        while (position < text.Length)
        {
            var end = text.IndexOf('\n', position);
            end = end < 0 ? text.Length : end;
            var line = text.AsSpan(position, end - position);
            position = Math.Min(end + 1, text.Length);
            if (line.IsEmpty)
            {
                break;
            }

            if (line.StartsWith("tree "))
            {
                tree = line[5..].ToString();
            }
            else if (line.StartsWith("parent "))
            {
                parents.Add(line[7..].ToString());
            }
            else if (line.StartsWith("author "))
            {
                author = line[7..].ToString();
            }
        }

        var message = text[position..];
        return new GitCommit(hash, tree, parents, author, message, Trailers(message));
    }

    private static List<KeyValuePair<string, string>> Trailers(string message)
    {
        var body = message.TrimEnd('\n');
        var start = body.LastIndexOf("\n\n", StringComparison.Ordinal);
        var trailers = new List<KeyValuePair<string, string>>();
        if (start < 0)
        {
            return trailers;
        }

        foreach (var line in body[(start + 2)..].Split('\n'))
        {
            var colon = line.IndexOf(": ", StringComparison.Ordinal);
            if (colon <= 0 || !line.AsSpan(0, colon).ContainsOnlyTrailerCharacters())
            {
                return [];
            }

            trailers.Add(new(line[..colon], line[(colon + 2)..].TrimEnd()));
        }

        return trailers;
    }

    private static bool ContainsOnlyTrailerCharacters(this ReadOnlySpan<char> name)
    {
        foreach (var character in name)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character != '-')
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Control characters, line feeds among them, would end the line or the commit.</summary>
    private static string OneLine(string text, string whenEmpty)
    {
        var line = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            line.Append(char.IsControl(character) || char.IsSurrogate(character) && !IsWhole(text, line.Length) ? ' ' : character);
        }

        var trimmed = line.ToString().Trim();
        return trimmed.Length == 0 ? whenEmpty : trimmed;
    }

    private static bool IsWhole(string text, int index) =>
        (index + 1 < text.Length && char.IsSurrogatePair(text, index)) || (index > 0 && char.IsSurrogatePair(text, index - 1));
}
