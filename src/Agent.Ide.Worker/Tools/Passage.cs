using System.Text;
using Agent.Ide.Worker.Searching;

namespace Agent.Ide.Worker.Tools;

/// <summary>A text and its replacement in the encoding and with the line endings of one file.</summary>
internal sealed class Passage
{
    private readonly byte[] _old;
    private readonly byte[] _replacement;
    private readonly Encoding _encoding;
    private readonly int _unit;
    private readonly int _markBytes;

    private Passage(byte[] old, byte[] replacement, Encoding encoding, int markBytes)
    {
        _old = old;
        _replacement = replacement;
        _encoding = encoding;
        _unit = encoding is UTF8Encoding ? 1 : 2;
        _markBytes = markBytes;
    }

    public static Passage In(ReadOnlySpan<byte> content, string oldText, string newText)
    {
        var encoding = TextContent.EncodingOf(content, out var mark);
        var carriageReturns = UsesCarriageReturns(content, encoding);

        // What was read had plain line feeds; what is looked for and put in has the file's own.
        var given = new Passage(encoding.GetBytes(oldText), encoding.GetBytes(newText), encoding, mark);
        if (!carriageReturns && !oldText.Contains('\r', StringComparison.Ordinal))
        {
            return given;
        }

        var adapted = new Passage(
            encoding.GetBytes(WithEndings(oldText, carriageReturns)), encoding.GetBytes(WithEndings(newText, carriageReturns)), encoding, mark);
        if (adapted.IndexOf(content, mark) >= 0)
        {
            return adapted;
        }

        // A file of mixed endings: the text as given, if that is there.
        return given.IndexOf(content, mark) >= 0 ? given : adapted;
    }

    /// <summary>Where it occurs, without overlaps, in bytes.</summary>
    public List<int> Find(ReadOnlySpan<byte> content)
    {
        var offsets = new List<int>();
        for (var at = IndexOf(content, _markBytes); at >= 0; at = IndexOf(content, at + _old.Length))
        {
            offsets.Add(at);
        }

        return offsets;
    }

    /// <summary>Number of the line an offset lies in, from 1.</summary>
    public int LineAt(ReadOnlySpan<byte> content, int offset) =>
        _unit == 1 ? content[..offset].Count((byte)'\n') + 1 : _encoding.GetString(content[..offset]).AsSpan().Count('\n') + 1;

    public byte[] Replace(ReadOnlySpan<byte> content, List<int> offsets)
    {
        var length = content.Length + ((long)offsets.Count * (_replacement.Length - _old.Length));
        if (length > Array.MaxLength)
        {
            throw new Files.ToolFailureException(Core.Tools.ToolErrors.TooLarge, "The edited file would be too large.");
        }

        var result = new byte[length];
        var from = 0;
        var to = 0;
        foreach (var offset in offsets)
        {
            content[from..offset].CopyTo(result.AsSpan(to));
            to += offset - from;
            _replacement.CopyTo(result, to);
            to += _replacement.Length;
            from = offset + _old.Length;
        }

        content[from..].CopyTo(result.AsSpan(to));
        return result;
    }

    private int IndexOf(ReadOnlySpan<byte> content, int from)
    {
        while (true)
        {
            var found = content[from..].IndexOf(_old);
            if (found < 0)
            {
                return -1;
            }

            // In UTF-16 a match must begin at a character, not in the middle of one.
            if (_unit == 1 || (from + found) % _unit == 0)
            {
                return from + found;
            }

            from += found + 1;
        }
    }

    private static bool UsesCarriageReturns(ReadOnlySpan<byte> content, Encoding encoding)
    {
        var lineFeeds = content.Count((byte)'\n');
        var pair = encoding.GetBytes("\r\n");
        return lineFeeds > 0 && content.Count(pair) * 2 > lineFeeds;
    }

    private static string WithEndings(string text, bool carriageReturns)
    {
        var plain = text.Replace("\r\n", "\n", StringComparison.Ordinal);
        return carriageReturns ? plain.Replace("\n", "\r\n", StringComparison.Ordinal) : plain;
    }
}
