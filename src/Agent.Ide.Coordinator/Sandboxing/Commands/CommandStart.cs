using System.Globalization;

namespace Agent.Ide.Coordinator.Sandboxing.Commands;

/// <summary>
/// Holds a command back until a living coordinator has seen that its sandbox stands. The launcher and the sandbox's first process die with
/// their parents (<c>PR_SET_PDEATHSIG</c>) only from the moment each has asked for that; whose parent was killed before, lives on.
/// When the first process gets to its script both have asked, so one sign of life from the coordinator after that is enough. The
/// sign needs no second pipe: the script writes more than a pipe takes, which nobody gets past unless somebody reads.
/// </summary>
internal sealed class CommandStart
{
    /// <summary>One more than the most that a pipe takes as it is made, pipe(7).</summary>
    private const int Bytes = (64 * 1024) + 1;

    private int _left = Bytes;

    /// <summary>What the script begins with. Without a reader the write fails, and nothing runs.</summary>
    public static string Script { get; } = string.Create(CultureInfo.InvariantCulture, $"printf '%{Bytes}s' '' || exit; ");

    /// <summary>True once the script has been let through: what comes from now on is the command's.</summary>
    public bool HasBegun => Volatile.Read(ref _left) == 0;

    /// <summary>What of these bytes, the next of the output, is the command's.</summary>
    public ReadOnlySpan<byte> Take(ReadOnlySpan<byte> bytes)
    {
        var taken = Math.Min(_left, bytes.Length);
        Volatile.Write(ref _left, _left - taken);
        return bytes[taken..];
    }
}
