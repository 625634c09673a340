namespace Agent.Ide.Git.Merging;

/// <summary>What a person decided about a path that two sides contradict each other on.</summary>
/// <param name="Path">As <see cref="MergeConflict.Path"/> names it.</param>
public abstract record ConflictResolution(string Path)
{
    /// <summary>The path as one side has it; where that side has none, the path is deleted.</summary>
    public sealed record Side(string Path, ConflictSide Which) : ConflictResolution(Path);

    /// <summary>A text of the person's own.</summary>
    /// <param name="Path">As above.</param>
    /// <param name="Content">Bytes as they are to be stored: no line end or encoding is converted.</param>
    public sealed record Text(string Path, ReadOnlyMemory<byte> Content) : ConflictResolution(Path)
    {
        /// <summary>
        /// Refuse it where a conflicting place has neither side's change. For texts that begin as the base, where that means that nobody has
        /// decided yet.
        /// </summary>
        public bool MustDecide { get; init; }
    }
}

/// <summary>One of the two sides of a merge.</summary>
public enum ConflictSide
{
    /// <summary>The branch that is merged into.</summary>
    Ours,

    /// <summary>What is merged.</summary>
    Theirs,
}

/// <summary>How a conflict can be resolved path by path.</summary>
public enum ConflictChoice
{
    /// <summary>Not by itself: names or kinds of several paths contradict each other. The merge has to be done as a whole.</summary>
    None,

    /// <summary>By one of the two sides.</summary>
    Side,

    /// <summary>By one of the two sides, or by a text of the person's own.</summary>
    Text,
}

/// <summary>Why a resolution cannot be used.</summary>
public enum ResolutionProblem
{
    /// <summary>The sides do not contradict each other on the path.</summary>
    NotInConflict,

    /// <summary>They do, in a way that has no such resolution (<see cref="ConflictChoice"/>).</summary>
    Unfit,

    /// <summary>One of the sides has another content than the one that was decided about.</summary>
    Outdated,

    /// <summary>The text has conflict markers that neither side has.</summary>
    MarkersLeft,

    /// <summary>The text has neither side's change at a conflicting place (<see cref="ConflictResolution.Text.MustDecide"/>).</summary>
    Undecided,
}
