using System.Text;

namespace Agent.Ide.Git;

/// <summary>
/// What differs between commits, with renames, as structure and as text. Read from objects alone, so that neither a checkout nor an
/// agent's attributes matter, and with fixed settings, so that hunk numbers do not depend on who asks. Output is bounded.
/// </summary>
public sealed class Diffs
{
    /// <summary>Bound of the patch that hunks are read from, in bytes.</summary>
    public const long DefaultMaxPatchBytes = 64L * 1024 * 1024;

    private static readonly string[] Settings =
    [
        "diff-tree", "-r", "--find-renames", "--diff-algorithm=histogram", "--indent-heuristic",
        "--src-prefix=a/", "--dst-prefix=b/", "--full-index", "--submodule=short", "--no-relative", .. GitCommand.PlainDiff,
    ];

    /// <summary>Apart from the others: a number of context lines alone makes git print the patch beside whatever was asked for.</summary>
    private static readonly string[] AsPatch = ["--patch", "--unified=3", "--inter-hunk-context=0"];

    private readonly GitRepository _repository;
    private readonly long _maxPatchBytes;

    public Diffs(GitRepository repository, long maxPatchBytes = DefaultMaxPatchBytes)
    {
        _repository = repository;
        _maxPatchBytes = maxPatchBytes;
    }

    /// <summary>Base against head; for one step, its parent against it.</summary>
    public async Task<TreeDiff> CompareAsync(string baseCommit, string headCommit, CancellationToken cancellationToken = default)
    {
        var listing = _repository.Objects.RunAsync(
            [.. Settings, "-z", "--raw", "--numstat", baseCommit, headCommit, "--"], default, cancellationToken);
        var patch = await RunBoundedAsync([.. Settings, .. AsPatch, baseCommit, headCommit, "--"], _maxPatchBytes, cancellationToken);
        var files = DiffListing.Parse((await listing).NulTerminated);
        var sections = PatchSections.Parse(patch.Bytes);
        var result = new List<FileDiff>(files.Count);
        var next = 0;
        foreach (var file in files)
        {
            // A file that becomes a link is two sections: one deletes it, one creates it.
            var hunks = new List<DiffHunk>();
            for (var count = file.Status == FileChange.TypeChanged ? 2 : 1; count > 0 && next < sections.Count; count--)
            {
                foreach (var hunk in sections[next++])
                {
                    hunks.Add(hunk with { Index = hunks.Count });
                }
            }

            result.Add(file with { Hunks = hunks });
        }

        return new TreeDiff(baseCommit, headCommit, result, !patch.Truncated);
    }

    /// <summary>The same as a unified diff, or as <c>--stat</c>.</summary>
    /// <param name="baseCommit">The old side.</param>
    /// <param name="headCommit">The new side.</param>
    /// <param name="stat">The summary instead of the patch.</param>
    /// <param name="maxBytes">More is cut off, and the result says so.</param>
    /// <param name="cancellationToken">Kills what runs.</param>
    public Task<GitPatch> PatchAsync(
        string baseCommit, string headCommit, bool stat, long maxBytes, CancellationToken cancellationToken = default) =>
        RunBoundedAsync([.. Settings, .. stat ? ["--compact-summary"] : AsPatch, baseCommit, headCommit, "--"], maxBytes, cancellationToken);

    private async Task<GitPatch> RunBoundedAsync(IReadOnlyList<string> arguments, long maxBytes, CancellationToken cancellationToken)
    {
        await using var process = _repository.Objects.Start(arguments);
        process.StandardInput.Close();
        var errors = new MemoryStream();
        var reading = process.StandardError.CopyToAsync(errors, cancellationToken);
        using var output = new MemoryStream();
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = await process.StandardOutput.ReadAsync(buffer, cancellationToken)) > 0)
        {
            output.Write(buffer, 0, (int)Math.Min(read, maxBytes - output.Length));
            if (output.Length >= maxBytes)
            {
                var kept = output.GetBuffer().AsSpan(0, (int)output.Length);
                return new GitPatch(kept[..(kept.LastIndexOf((byte)'\n') + 1)].ToArray(), Truncated: true);
            }
        }

        await reading;
        var exitCode = await process.WaitForExitAsync(cancellationToken);
        return exitCode == 0
            ? new GitPatch(output.ToArray(), Truncated: false)
            : throw GitException.FromProcess(arguments, exitCode, Encoding.UTF8.GetString(errors.ToArray()));
    }
}
