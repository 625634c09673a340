namespace Agent.Ide.Git.Merging.Accept;

/// <summary>What a file of a commit looks like on disk: its blob after the line-ending and other filters of the checkout.</summary>
internal static class SmudgedContent
{
    /// <param name="checkout">Commands on the checkout whose attributes and configuration count.</param>
    /// <param name="commit">Any revision.</param>
    /// <param name="path">One that can stand on a command line; for another the answer is null.</param>
    /// <param name="cancellationToken">Kills git.</param>
    /// <returns>Null when the commit has no such file, or it cannot be converted or is too large to compare.</returns>
    public static async Task<byte[]?> ReadAsync(GitCommand checkout, string commit, string path, CancellationToken cancellationToken)
    {
        if (path.Any(char.IsSurrogate))
        {
            return null;
        }

        try
        {
            var output = await checkout.TryRunAsync(["cat-file", "--filters", $"{commit}:{path}"], default, cancellationToken);
            return output.ExitCode == 0 ? output.Bytes : null;
        }
        catch (GitException tooLarge) when (tooLarge.Problem == GitProblem.TooLarge)
        {
            return null;
        }
    }
}
