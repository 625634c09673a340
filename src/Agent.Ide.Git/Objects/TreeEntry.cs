namespace Agent.Ide.Git;

/// <summary>One entry of a tree object.</summary>
/// <param name="Mode">Octal digits as git writes them.</param>
/// <param name="Hash">Of the blob, tree or (in a submodule) commit.</param>
internal readonly record struct TreeEntry(string Mode, string Hash)
{
    public const string FileMode = "100644";
    public const string ExecutableMode = "100755";
    public const string LinkMode = "120000";
    public const string FolderMode = "40000";
    public const string SubmoduleMode = "160000";

    public bool IsFolder => Mode == FolderMode;

    public bool IsSubmodule => Mode == SubmoduleMode;

    public bool IsLink => Mode == LinkMode;
}
