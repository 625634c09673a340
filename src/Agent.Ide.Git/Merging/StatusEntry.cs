namespace Agent.Ide.Git.Merging;

/// <summary>One path of a checkout that is not as in HEAD.</summary>
/// <param name="Path">As <see cref="GitPath"/> decodes it; an untracked repository ends in a slash.</param>
/// <param name="Staged">Index and HEAD differ, unmerged paths included.</param>
/// <param name="Modified">File and index differ.</param>
/// <param name="Untracked">Not in the index.</param>
internal sealed record StatusEntry(string Path, bool Staged, bool Modified, bool Untracked)
{
    /// <summary>Asks <c>git status</c>, which neither locks nor writes the index here.</summary>
    /// <param name="checkout">Commands on the checkout.</param>
    /// <param name="untracked">Lists untracked files too, each by itself.</param>
    /// <param name="cancellationToken">Kills git.</param>
    public static async Task<IReadOnlyList<StatusEntry>> ReadAsync(GitCommand checkout, bool untracked, CancellationToken cancellationToken)
    {
        var output = await checkout.RunAsync(
            ["status", "--porcelain=v2", "-z", "--no-renames", "--ignore-submodules=all", untracked ? "--untracked-files=all" : "--untracked-files=no"],
            default,
            cancellationToken);
        var entries = new List<StatusEntry>();
        foreach (var field in output.NulTerminated)
        {
            if (Parse(field) is { } entry)
            {
                entries.Add(entry);
            }
        }

        return entries;
    }

    // "1 XY sub mH mI mW hH hI path", "u XY sub m1 m2 m3 mW h1 h2 h3 path", "? path"; X is the index, Y the file. Source: git-status(1).
    private static StatusEntry? Parse(string field) => field[0] switch
    {
        '1' => new StatusEntry(field.Split(' ', 9)[8], field[2] != '.', field[3] != '.', Untracked: false),
        'u' => new StatusEntry(field.Split(' ', 11)[10], Staged: true, Modified: true, Untracked: false),
        '?' => new StatusEntry(field[2..], Staged: false, Modified: false, Untracked: true),
        _ => null,
    };
}
