namespace Agent.Ide.Git;

/// <summary>The content of a file in a commit.</summary>
/// <param name="Hash">Of the blob.</param>
/// <param name="Mode">100644, 100755 or 120000 (the content is then the link's target).</param>
/// <param name="Size">In bytes.</param>
/// <param name="Content">Null when <paramref name="Size"/> passes the bound that was given.</param>
public sealed record GitBlob(string Hash, string Mode, long Size, byte[]? Content);
