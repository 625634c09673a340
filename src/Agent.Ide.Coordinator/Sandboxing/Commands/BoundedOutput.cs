using System.Globalization;
using System.Text;

namespace Agent.Ide.Coordinator.Sandboxing.Commands;

/// <summary>Keeps the head and the tail of an output and counts the middle. Its memory does not grow with what is written.</summary>
internal sealed class BoundedOutput
{
    private readonly byte[] _head;
    private readonly byte[] _tail;
    private int _headLength;
    private long _tailTotal;

    public BoundedOutput(int headBytes, int tailBytes)
    {
        _head = new byte[headBytes];
        _tail = new byte[Math.Max(tailBytes, 1)];
    }

    /// <summary>Gets everything as it comes, on the thread that appends.</summary>
    public Action<ReadOnlySpan<byte>>? Copy { get; init; }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        Copy?.Invoke(bytes);
        var toHead = Math.Min(bytes.Length, _head.Length - _headLength);
        bytes[..toHead].CopyTo(_head.AsSpan(_headLength));
        _headLength += toHead;
        bytes = bytes[toHead..];
        var skipped = Math.Max(0, bytes.Length - _tail.Length);
        _tailTotal += skipped;
        bytes = bytes[skipped..];
        var position = (int)(_tailTotal % _tail.Length);
        var first = Math.Min(bytes.Length, _tail.Length - position);
        bytes[..first].CopyTo(_tail.AsSpan(position));
        bytes[first..].CopyTo(_tail);
        _tailTotal += bytes.Length;
    }

    /// <summary>The kept text, and how many bytes are missing from its middle.</summary>
    public (string Text, long LeftOut) Finish()
    {
        var tail = Tail();
        if (_tailTotal <= _tail.Length)
        {
            var whole = new byte[_headLength + tail.Length];
            _head.AsSpan(0, _headLength).CopyTo(whole);
            tail.CopyTo(whole, _headLength);
            return (ToText(whole), 0);
        }

        var headEnd = CharacterBorderBefore(_head.AsSpan(0, _headLength));
        var tailStart = CharacterBorderAfter(tail);
        var leftOut = _tailTotal - tail.Length + (_headLength - headEnd) + tailStart;
        var gap = string.Create(CultureInfo.InvariantCulture, $"\n… {leftOut} bytes left out …\n");
        return (ToText(_head.AsSpan(0, headEnd)) + gap + ToText(tail.AsSpan(tailStart)), leftOut);
    }

    private byte[] Tail()
    {
        if (_tailTotal <= _tail.Length)
        {
            return _tail[..(int)_tailTotal];
        }

        var result = new byte[_tail.Length];
        var position = (int)(_tailTotal % _tail.Length);
        _tail.AsSpan(position).CopyTo(result);
        _tail.AsSpan(0, position).CopyTo(result.AsSpan(_tail.Length - position));
        return result;
    }

    private static int CharacterBorderBefore(ReadOnlySpan<byte> bytes)
    {
        // A character has at most four bytes: when the last ones begin one that does not end here, it is dropped whole.
        for (var i = bytes.Length - 1; i >= Math.Max(0, bytes.Length - 4); i--)
        {
            if ((bytes[i] & 0xc0) != 0x80)
            {
                var needed = bytes[i] switch { >= 0xf0 => 4, >= 0xe0 => 3, >= 0xc0 => 2, _ => 1 };
                return i + needed <= bytes.Length ? bytes.Length : i;
            }
        }

        return bytes.Length;
    }

    private static int CharacterBorderAfter(ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i < Math.Min(4, bytes.Length); i++)
        {
            if ((bytes[i] & 0xc0) != 0x80)
            {
                return i;
            }
        }

        return 0;
    }

    private static string ToText(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        var result = new StringBuilder(text.Length);
        var lineStart = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\r')
            {
                // A progress bar draws over its line; what stays on a screen is the last drawing.
                if (i + 1 < text.Length && text[i + 1] != '\n')
                {
                    result.Length = lineStart;
                }

                continue;
            }

            // 8-bit control characters (C1) reach terminals as UTF-8 too.
            if (c is < '\u0080' or > '\u009f')
            {
                result.Append(c);
            }

            if (c == '\n')
            {
                lineStart = result.Length;
            }
        }

        return result.ToString();
    }
}
