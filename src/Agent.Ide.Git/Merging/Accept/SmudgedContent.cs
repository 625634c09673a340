namespace Agent.Ide.Git.Merging.Accept;

/// <summary>What a file of a commit looks like on disk: its blob after the line-ending and other filters of the checkout.</summary>
internal static class SmudgedContent
{
    /// <returns>Null when the commit has no such file, or it cannot be converted or is too large to compare.</returns>
    public static async Task<byte[]?> ReadAsync(GitRepository repository, string commit, string path, CancellationToken cancellationToken)
    {
        if (path.Any(char.IsSurrogate))
        {
            return null;
        }

        try
        {
            var output = await repository.On(repository.Checkout)
                .TryRunAsync(["cat-file", "--filters", $"{commit}:{path}"], default, cancellationToken);
            return output.ExitCode == 0 ? output.Bytes : null;
        }
        catch (GitException tooLarge) when (tooLarge.Problem == GitProblem.TooLarge)
        {
            return null;
        }
    }
}
