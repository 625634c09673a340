namespace Agent.Ide.Git;

/// <summary>What has just been done of a removal or a restore, in order.</summary>
public enum WorktreePhase
{
    /// <summary>What was there is committed and pinned.</summary>
    Pinned,

    /// <summary>The removal is in its journal.</summary>
    Announced,

    /// <summary>The folder is out of its place.</summary>
    Moved,

    /// <summary>It is known what is set aside.</summary>
    Chosen,

    /// <summary>It is set aside.</summary>
    SetAside,

    /// <summary>The files are gone.</summary>
    Cleared,

    /// <summary>The branch is gone, or where it was.</summary>
    BranchSettled,

    /// <summary>Git's metadata is gone, and with it the journal: the removal is over.</summary>
    Removed,

    /// <summary>The branch is back.</summary>
    BranchRestored,

    /// <summary>The folder and git's metadata of it are made.</summary>
    Registered,

    /// <summary>All that was in commits is back.</summary>
    FilesRestored,

    /// <summary>What was set aside is back: the restore is over.</summary>
    Restored,
}
