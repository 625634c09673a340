namespace Agent.Ide.Git.Merging;

/// <summary>Lines of a file on one side of a merge: 1-based, both ends included.</summary>
/// <param name="Start">First line; where lines were only removed, the line before the gap (1 at the top of the file).</param>
/// <param name="End">Last line.</param>
public readonly record struct LineRange(int Start, int End);
