using System.Text;

namespace Agent.Ide.Git.Merging.Accept;

/// <summary>What a person needs to know of a conflict before they resolve it. Changes nothing.</summary>
public sealed class AcceptPreview
{
    private readonly GitRepository _repository;

    public AcceptPreview(GitRepository repository) => _repository = repository;

    /// <summary>Where the part of a task that is to land contradicts a commit of the target.</summary>
    /// <param name="request">What is to land.</param>
    /// <param name="target">A commit.</param>
    /// <param name="cancellationToken">Kills git.</param>
    /// <returns>Empty when it merges by itself.</returns>
    /// <exception cref="GitException">A commit is missing, or the request names a file that the task does not change.</exception>
    public async Task<IReadOnlyList<MergeConflict>> FindAsync(AcceptRequest request, string target, CancellationToken cancellationToken = default)
    {
        using var scratch = ScratchFolder.Create(_repository.CommonDirectory);
        return (await MergeAsync(scratch, request, target, cancellationToken)).Merged.Conflicts;
    }

    /// <summary>The texts of one conflict, and a draft with git's markers.</summary>
    /// <param name="request">What is to land.</param>
    /// <param name="target">A commit.</param>
    /// <param name="path">Of a conflict that can be resolved by a text.</param>
    /// <param name="names">What markers call our and their side.</param>
    /// <param name="maxBytes">Of each text.</param>
    /// <param name="cancellationToken">Kills git.</param>
    /// <returns>Null when there is no such conflict.</returns>
    /// <exception cref="GitException">As above, or a text is too large.</exception>
    public async Task<ConflictTexts?> ReadAsync(
        AcceptRequest request, string target, string path, (string Ours, string Theirs) names, int maxBytes, CancellationToken cancellationToken = default)
    {
        using var scratch = ScratchFolder.Create(_repository.CommonDirectory);
        var (objects, merged) = await MergeAsync(scratch, request, target, cancellationToken);
        if (merged.Unmerged is not { } unmerged || !merged.Conflicts.Any(conflict => conflict.Path == path && conflict.Choice == ConflictChoice.Text))
        {
            return null;
        }

        var reading = objects with { MaxOutputBytes = maxBytes };
        async Task<byte[]> BlobAsync(string name) => (await reading.RunAsync(["cat-file", "blob", name], default, cancellationToken)).Bytes;
        var before = unmerged.Stage(path, 1);
        return new ConflictTexts(
            before is null ? null : await BlobAsync(before.Hash),
            await BlobAsync(unmerged.Stage(path, 2)!.Hash),
            await BlobAsync(unmerged.Stage(path, 3)!.Hash),
            Renamed(await BlobAsync($"{unmerged.Output.Tree}:{path}"), unmerged, names));
    }

    /// <summary>git names the sides by hashes of commits that nobody knows.</summary>
    private static byte[] Renamed(byte[] draft, UnmergedTree unmerged, (string Ours, string Theirs) names) => Encoding.Latin1.GetBytes(
        Encoding.Latin1.GetString(draft)
            .Replace(unmerged.OurName, AsBytes(names.Ours), StringComparison.Ordinal)
            .Replace(unmerged.TheirName, AsBytes(names.Theirs), StringComparison.Ordinal));

    private static string AsBytes(string name) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(name));

    private async Task<(GitCommand Objects, MergeResult Merged)> MergeAsync(
        ScratchFolder scratch, AcceptRequest request, string target, CancellationToken cancellationToken)
    {
        var (side, refusal) = await LandingSide.OfAsync(_repository, request, cancellationToken);
        if (side is null)
        {
            throw new GitException(GitProblem.UnknownCommit, refusal!.Message);
        }

        var objects = scratch.Isolate(_repository.Objects, _repository.CommonDirectory);
        return (objects, await new ThreeWayMerge(_repository).MergeAsync(objects, request.BaseCommit, target, side.Commit, cancellationToken));
    }
}

/// <summary>The texts that a conflict is resolved from. Bytes as they are stored.</summary>
/// <param name="Base">Null when both sides added the file.</param>
/// <param name="Ours">The target's.</param>
/// <param name="Theirs">The task's.</param>
/// <param name="Draft">What merged by itself, with git's markers around what did not.</param>
public sealed record ConflictTexts(byte[]? Base, byte[] Ours, byte[] Theirs, byte[] Draft);
