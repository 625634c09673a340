namespace Agent.Ide.Git.Merging.Accept;

/// <summary>What of a task lands: its head, or the part of it that was chosen.</summary>
/// <param name="Commit">Merged into the target.</param>
/// <param name="AdvancedBase">The commit the rest counts from afterwards; null when nothing remains.</param>
internal sealed record LandingSide(string Commit, string? AdvancedBase)
{
    /// <returns>The side, or why there is none.</returns>
    public static async Task<(LandingSide? Side, AcceptOutcome.Refused? Refusal)> OfAsync(
        GitRepository repository, AcceptRequest request, CancellationToken cancellationToken)
    {
        if (request.Files is null && request.Hunks.Count == 0)
        {
            return (new LandingSide(request.ExpectedHead, null), null);
        }

        var part = await PartialTree.CreateAsync(
            repository, request.BaseCommit, request.ExpectedHead, request.Files ?? [], request.Hunks, cancellationToken);
        if (part.Commit is null)
        {
            return (null, new AcceptOutcome.Refused(AcceptRefusal.UnknownFile, $"{request.TaskId} does not change {part.Unknown}. Name files it changes."));
        }

        return part.Besides.Count > 0
            ? (null, new AcceptOutcome.Refused(
                AcceptRefusal.InseparableFiles, $"What was chosen of {request.TaskId} cannot land without {part.Besides[0]}. Choose it as well."))
            : (new LandingSide(part.Commit, part.IsWhole ? null : part.Commit), null);
    }
}
