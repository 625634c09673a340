namespace Agent.Ide.Git.Merging.Accept;

/// <summary>What a file of an interrupted accept holds.</summary>
internal enum ContentSide
{
    /// <summary>The content of one of the two sides, or its beginning: a write that was cut off.</summary>
    Replaceable,

    /// <summary>Something of the user's.</summary>
    Edited,

    /// <summary>That cannot be said while a filter fails.</summary>
    Unknown,
}

/// <summary>Compares files of the checkout with what the two sides of an accept put there.</summary>
internal sealed class PresentContent
{
    private readonly GitCommand _git;
    private readonly string _root;
    private readonly string _from;
    private readonly string _to;

    /// <param name="git">Commands on the checkout.</param>
    /// <param name="root">Of the checkout.</param>
    /// <param name="from">The commit whose files may be replaced.</param>
    /// <param name="to">The commit whose files are wanted.</param>
    public PresentContent(GitCommand git, string root, string from, string to)
    {
        _git = git;
        _root = root;
        _from = from;
        _to = to;
    }

    /// <param name="change">A file that is there.</param>
    /// <param name="isUndecided">git could not say whether it is as on one of the sides: then its whole content may be one of theirs.</param>
    /// <param name="cancellationToken">Kills git.</param>
    public async Task<ContentSide> LookAsync(TreeChange change, bool isUndecided, CancellationToken cancellationToken)
    {
        var file = new FileInfo(Path.Combine(_root, change.Path));
        if (!file.Exists || file.LinkTarget is not null)
        {
            return ContentSide.Edited;
        }

        var isUnknown = false;
        foreach (var (commit, exists) in ((string, bool)[])[(_from, !change.IsAdded), (_to, !change.IsDeleted)])
        {
            var whole = exists ? await SmudgedContent.ReadAsync(_git, commit, change.Path, cancellationToken) : null;
            isUnknown |= exists && whole is null && isUndecided;
            if (whole is null || file.Length > whole.Length || (file.Length == whole.Length && !isUndecided))
            {
                continue;
            }

            var present = await File.ReadAllBytesAsync(file.FullName, cancellationToken);
            if (whole.AsSpan().StartsWith(present))
            {
                return ContentSide.Replaceable;
            }
        }

        return isUnknown ? ContentSide.Unknown : ContentSide.Edited;
    }
}
