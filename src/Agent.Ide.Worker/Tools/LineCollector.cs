using System.Text;

namespace Agent.Ide.Worker.Tools;

/// <summary>Takes a file's characters in blocks, keeps a range of its lines within a bound, counts them all.</summary>
internal sealed class LineCollector
{
    private readonly long _first;
    private readonly long _last;
    private readonly int _maxCharacters;
    private readonly int _maxLine;
    private readonly StringBuilder _text = new();
    private readonly StringBuilder _line = new();
    private long _lineLength;
    private bool _isFull;

    public LineCollector(long first, long last, int maxCharacters, int maxLine)
    {
        _first = first;
        _last = last;
        _maxCharacters = maxCharacters;
        _maxLine = maxLine;
    }

    /// <summary>Lines seen so far; a last one without an end counts.</summary>
    public int TotalLines { get; private set; }

    /// <summary>Number of the last line kept; 0 when none was.</summary>
    public int LastLine { get; private set; }

    /// <summary>Whether nothing that follows can be kept.</summary>
    public bool IsSatisfied => _isFull || TotalLines >= _last;

    /// <summary>The kept lines, each with a line feed, the file's last one only if it had one.</summary>
    public string Text => _text.ToString();

    public void Append(ReadOnlySpan<char> block)
    {
        while (!block.IsEmpty)
        {
            var end = block.IndexOf('\n');
            Take(end < 0 ? block : block[..end]);
            if (end < 0)
            {
                return;
            }

            EndLine(hasEnd: true);
            block = block[(end + 1)..];
        }
    }

    public void Finish()
    {
        if (_lineLength > 0)
        {
            EndLine(hasEnd: false);
        }
    }

    private bool IsWanted => !_isFull && TotalLines + 1 >= _first && TotalLines + 1 <= _last;

    private void Take(ReadOnlySpan<char> part)
    {
        _lineLength += part.Length;
        if (IsWanted)
        {
            // One more than the bound, for a carriage return that does not count.
            _line.Append(part[..Math.Min(part.Length, Math.Max(0, _maxLine + 1 - _line.Length))]);
        }
    }

    private void EndLine(bool hasEnd)
    {
        if (IsWanted)
        {
            if (_line.Length > 0 && _line.Length == _lineLength && _line[^1] == '\r')
            {
                _line.Length--;
            }

            if (_line.Length > _maxLine)
            {
                _line.Length = _maxLine;
                _line.Append("… [line cut, ").Append(_lineLength).Append(" characters]");
            }

            if (LastLine > 0 && _text.Length + _line.Length > _maxCharacters)
            {
                _isFull = true;
            }
            else
            {
                _text.Append(_line);
                if (hasEnd)
                {
                    _text.Append('\n');
                }

                LastLine = TotalLines + 1;
            }
        }

        _line.Clear();
        _lineLength = 0;
        TotalLines++;
    }
}
