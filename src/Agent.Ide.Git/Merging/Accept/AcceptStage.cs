namespace Agent.Ide.Git.Merging.Accept;

/// <summary>How far an accept has come. Tests stop at each of them as a crash would.</summary>
internal enum AcceptStage
{
    /// <summary>Merged in memory and committed; nothing of the user's touched, nothing journalled.</summary>
    Planned,

    /// <summary>The journal says that an accept is about to begin.</summary>
    Journalled,

    /// <summary>The checkout's <c>index.lock</c> is ours and everything was checked again under it.</summary>
    Locked,

    /// <summary>The journal says that files may be replaced from now on.</summary>
    Updating,

    /// <summary>The files are as merged; index and branch are as before.</summary>
    FilesUpdated,

    /// <summary>The branch points to the new commit; the index is as before.</summary>
    RefMoved,

    /// <summary>The index is as merged; lock and journal still lie there.</summary>
    IndexPublished,
}

/// <summary>Thrown by a test at a stage: everything is left as a crash would leave it.</summary>
internal sealed class AcceptAbandonedException : Exception
{
    public AcceptAbandonedException(AcceptStage stage)
        : base($"Abandoned at {stage}.")
    {
    }
}
