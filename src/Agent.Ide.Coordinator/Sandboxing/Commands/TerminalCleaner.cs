namespace Agent.Ide.Coordinator.Sandboxing.Commands;

/// <summary>
/// Takes terminal escape sequences (ECMA-48: CSI, OSC, DCS and the like) and control characters out of a stream of bytes,
/// across the borders of reads. Line feed, tab and carriage return pass; a carriage return before a line feed does not.
/// </summary>
internal sealed class TerminalCleaner
{
    // Where a terminal would give up too: an unterminated sequence must not swallow the rest of the output.
    private const int MaxSequenceBytes = 4096;

    private State _state;
    private int _sequenceBytes;
    private bool _pendingReturn;

    private enum State
    {
        Text,
        Escape,
        Csi,
        Intermediate,
        ControlString,
        ControlStringEscape,
    }

    /// <summary>Cleans <paramref name="bytes"/> in place.</summary>
    /// <returns>How many bytes at the beginning of <paramref name="bytes"/> are left.</returns>
    /// <param name="bytes">A read's bytes; one byte before them may be emitted from the last read, see <paramref name="output"/>.</param>
    /// <param name="output">At least one byte longer than <paramref name="bytes"/>.</param>
    public int Clean(ReadOnlySpan<byte> bytes, Span<byte> output)
    {
        var length = 0;
        foreach (var b in bytes)
        {
            if (_state == State.Text)
            {
                if (_pendingReturn)
                {
                    _pendingReturn = false;
                    if (b != '\n')
                    {
                        output[length++] = (byte)'\r';
                    }
                }

                if (b >= 0x20 && b != 0x7f)
                {
                    output[length++] = b;
                }
                else if (b is (byte)'\n' or (byte)'\t')
                {
                    output[length++] = b;
                }
                else if (b == '\r')
                {
                    _pendingReturn = true;
                }
                else if (b == 0x1b)
                {
                    Enter(State.Escape);
                }
            }
            else if (b == '\n' && _state is (State.ControlString or State.ControlStringEscape))
            {
                // Titles and links end within their line. What ends nowhere must not take the last lines of an output with it.
                _state = State.Text;
                output[length++] = b;
            }
            else
            {
                Step(b);
            }
        }

        return length;
    }

    private void Enter(State state)
    {
        _state = state;
        _sequenceBytes = 0;
    }

    private void Step(byte b)
    {
        if (++_sequenceBytes > MaxSequenceBytes)
        {
            _state = State.Text;
            return;
        }

        _state = _state switch
        {
            State.Escape => b switch
            {
                (byte)'[' => State.Csi,
                (byte)']' or (byte)'P' or (byte)'X' or (byte)'^' or (byte)'_' => State.ControlString,
                >= 0x20 and <= 0x2f => State.Intermediate,
                0x1b => State.Escape,
                _ => State.Text,
            },
            State.Csi => b is >= 0x20 and <= 0x3f ? State.Csi : b == 0x1b ? State.Escape : State.Text,
            State.Intermediate => b is >= 0x20 and <= 0x2f ? State.Intermediate : State.Text,
            State.ControlString => b switch { 0x07 => State.Text, 0x1b => State.ControlStringEscape, _ => State.ControlString },
            _ => b == '\\' ? State.Text : b == 0x1b ? State.ControlStringEscape : State.ControlString,
        };
    }
}
