namespace Agent.Ide.Protocol.Lsp;

/// <param name="Line">From 0.</param>
/// <param name="Character">From 0, in UTF-16 code units; beyond the line's end means its end.</param>
public readonly record struct Position(int Line, int Character) : IComparable<Position>
{
    public int CompareTo(Position other) => Line != other.Line ? Line.CompareTo(other.Line) : Character.CompareTo(other.Character);

    public static bool operator <(Position left, Position right) => left.CompareTo(right) < 0;

    public static bool operator >(Position left, Position right) => left.CompareTo(right) > 0;

    public static bool operator <=(Position left, Position right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Position left, Position right) => left.CompareTo(right) >= 0;
}

/// <param name="End">Exclusive.</param>
public readonly record struct TextRange(Position Start, Position End)
{
    /// <summary>The whole of 1-based lines, both included, as the rest of the protocol counts them.</summary>
    public static TextRange OfLines(int first, int last) => new(new Position(first - 1, 0), new Position(last, 0));

    public bool Overlaps(TextRange other) => Start <= other.End && other.Start <= End;
}

/// <summary>A problem at a place in a file, from whatever tool found it.</summary>
/// <param name="Severity">1 error, 2 warning, 3 information, 4 hint; null: the client decides.</param>
public sealed record Diagnostic(TextRange Range, string Message, int? Severity = null, string? Source = null)
{
    public const int Information = 3;
}

/// <summary><c>textDocument/publishDiagnostics</c>: replaces what was published for the file before.</summary>
public sealed record PublishDiagnosticsParams(string Uri, IReadOnlyList<Diagnostic> Diagnostics);
