using System.Globalization;

namespace Agent.Ide.Faults.Host;

/// <summary>What is killed.</summary>
[Flags]
public enum FaultTargets
{
    None = 0,

    /// <summary>The coordinator itself, as by <c>kill -9</c>.</summary>
    Coordinator = 1,

    /// <summary>Tool hosts and the sandboxes around them.</summary>
    Worker = 2,

    /// <summary>Commands and the sandboxes around them.</summary>
    Command = 4,
}

/// <summary>When and what a host kills: at the n-th entry it is given to store, over all tasks.</summary>
/// <param name="Entry">From 1.</param>
/// <param name="Stored">Whether that entry is stored first.</param>
/// <param name="DelayMicroseconds">How long after the entry; meanwhile everything goes on.</param>
public sealed record Fault(int Entry, bool Stored, int DelayMicroseconds, FaultTargets Targets)
{
    public static Fault Before(int entry) => new(entry, false, 0, FaultTargets.Coordinator);

    public static Fault After(int entry) => new(entry, true, 0, FaultTargets.Coordinator);

    /// <summary>The form in which it is passed to the host.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{(Stored ? "after" : "before")}:{Entry}:{DelayMicroseconds}:{(int)Targets}");

    public static Fault Parse(string text)
    {
        var parts = text.Split(':');
        return new Fault(
            int.Parse(parts[1], CultureInfo.InvariantCulture),
            parts[0] == "after",
            int.Parse(parts[2], CultureInfo.InvariantCulture),
            (FaultTargets)int.Parse(parts[3], CultureInfo.InvariantCulture));
    }
}
