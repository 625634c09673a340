using System.Text;

namespace Agent.Ide.Git;

/// <summary>Reads what a hunk changes from the lines below its header: how much, where, and the line that it is known by.</summary>
internal sealed class HunkLines
{
    /// <summary>Of <see cref="DiffHunk.Text"/>, in characters: enough to tell hunks apart.</summary>
    private const int MaxText = 100;

    private readonly DiffHunk _header;
    private int _line;
    private int _additions;
    private int _deletions;
    private int _first;
    private int _last;
    private string? _added;
    private string? _deleted;

    public HunkLines(DiffHunk header)
    {
        _header = header;
        // An empty side is named by the line before it.
        _line = header.NewLines == 0 ? header.NewStart + 1 : header.NewStart;
    }

    /// <param name="line">With its sign, without its line break; anything but an added, deleted or unchanged line says nothing.</param>
    public void Read(ReadOnlySpan<byte> line)
    {
        switch (line)
        {
            case [(byte)'+', .. var added]:
                _additions++;
                _first = _first == 0 ? _line : _first;
                _last = _line++;
                _added ??= Text(added);
                break;
            case [(byte)'-', .. var deleted]:
                _deletions++;
                _first = _first == 0 ? _line : _first;
                // Between two lines: it reaches as far as the one before.
                _last = Math.Max(_last, _line - 1);
                _deleted ??= Text(deleted);
                break;

            // A blank line may have lost its sign (diff.suppressBlankEmpty).
            case [] or [(byte)' ', ..]:
                _line++;
                break;
        }
    }

    public DiffHunk ToHunk() => _header with
    {
        Additions = _additions,
        Deletions = _deletions,
        FirstLine = _first,
        LastLine = Math.Max(_first, _last),
        Text = _added ?? _deleted,
    };

    /// <returns>Null for a line of blanks.</returns>
    private static string? Text(ReadOnlySpan<byte> line)
    {
        // A character has at most four bytes, and blanks before the text are few.
        var text = Encoding.UTF8.GetString(line[..Math.Min(line.Length, 8 * MaxText)]).Trim();
        if (text.Length > MaxText)
        {
            text = text[..(char.IsHighSurrogate(text[MaxText - 1]) ? MaxText - 1 : MaxText)] + '…';
        }

        return text.Length == 0 ? null : string.Create(text.Length, text, static (made, from) =>
        {
            for (var at = 0; at < made.Length; at++)
            {
                made[at] = char.IsControl(from[at]) ? ' ' : from[at];
            }
        });
    }
}
