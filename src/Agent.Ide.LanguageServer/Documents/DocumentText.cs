using Agent.Ide.Protocol.Lsp;

namespace Agent.Ide.LanguageServer.Documents;

/// <summary>The text of a buffer, immutable. Lines end with <c>\n</c>, <c>\r\n</c> or <c>\r</c> (LSP 3.17).</summary>
public sealed class DocumentText
{
    private readonly Lazy<int[]> _lineStarts;

    public DocumentText(string text)
    {
        Text = text;
        _lineStarts = new Lazy<int[]>(() => FindLineStarts(text));
    }

    public string Text { get; }

    public int LineCount => _lineStarts.Value.Length;

    /// <summary>The text after one change. Positions outside of the text count as its nearest end, as LSP asks.</summary>
    public DocumentText With(TextChange change)
    {
        if (change.Range is not { } range)
        {
            return new DocumentText(change.Text);
        }

        var (start, end) = Offsets(range);
        return new DocumentText(string.Concat(Text.AsSpan(0, start), change.Text, Text.AsSpan(end)));
    }

    public string Slice(TextRange range)
    {
        var (start, end) = Offsets(range);
        return Text[start..end];
    }

    /// <summary>
    /// The range widened to whole lines: what a person means who selected some. A range that ends at the very start of a line does not
    /// include it; an empty one is its line.
    /// </summary>
    public TextRange WholeLines(TextRange range)
    {
        var (start, end) = Offsets(range);
        var first = LineAt(start);
        var last = LineAt(end > start && _lineStarts.Value[LineAt(end)] == end ? end - 1 : end);
        return new TextRange(new Position(first, 0), new Position(last + 1, 0));
    }

    /// <summary>UTF-16 offset of a position, within the text.</summary>
    public int OffsetOf(Position position)
    {
        var starts = _lineStarts.Value;
        if (position.Line < 0)
        {
            return 0;
        }

        if (position.Line >= starts.Length)
        {
            return Text.Length;
        }

        var start = starts[position.Line];
        return Math.Min(start + Math.Max(position.Character, 0), EndOfLine(position.Line));
    }

    private (int Start, int End) Offsets(TextRange range)
    {
        var start = OffsetOf(range.Start);
        var end = OffsetOf(range.End);
        return start <= end ? (start, end) : (end, start);
    }

    private int LineAt(int offset)
    {
        var index = Array.BinarySearch(_lineStarts.Value, offset);
        return index >= 0 ? index : ~index - 1;
    }

    /// <summary>Where the line's ending begins.</summary>
    private int EndOfLine(int line)
    {
        var starts = _lineStarts.Value;
        if (line == starts.Length - 1)
        {
            return Text.Length;
        }

        var end = starts[line + 1] - 1;
        return end > starts[line] && Text[end] == '\n' && Text[end - 1] == '\r' ? end - 1 : end;
    }

    private static int[] FindLineStarts(string text)
    {
        var starts = new List<int> { 0 };
        for (var index = text.AsSpan().IndexOfAny('\r', '\n'); index >= 0;)
        {
            index += text[index] == '\r' && index + 1 < text.Length && text[index + 1] == '\n' ? 2 : 1;
            starts.Add(index);
            var next = text.AsSpan(index).IndexOfAny('\r', '\n');
            index = next < 0 ? -1 : index + next;
        }

        return [.. starts];
    }
}
