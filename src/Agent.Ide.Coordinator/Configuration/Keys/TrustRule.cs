namespace Agent.Ide.Coordinator.Configuration.Keys;

/// <summary>
/// When a value of the repository's file counts only after the user trusted the file. What is compared is the value
/// that would hold without the file: the user's own or the default.
/// </summary>
/// <param name="Description">For the documentation.</param>
/// <param name="Applies">Candidate, what holds without it, and whether the user's own configuration says so.</param>
internal sealed record TrustRule<T>(string Description, Func<T, T, bool, bool> Applies);

internal static class TrustRules
{
    /// <summary>Can neither spend nor leak nor run anything.</summary>
    public static TrustRule<T> Free<T>() => new("no", (_, _, _) => false);

    public static TrustRule<T> Always<T>() => new("yes", (_, _, _) => true);

    public static TrustRule<T> WhenRaised<T>() =>
        new("to raise it", (candidate, current, _) => Comparer<T>.Default.Compare(candidate, current) > 0);

    public static TrustRule<bool> WhenTurnedOn() => new("to turn it on", (candidate, _, _) => candidate);

    /// <summary>Harmless until the user decided otherwise: a repository does not overrule what its user chose.</summary>
    public static TrustRule<T> OverTheUsers<T>() => new("to replace yours", (_, _, isTheUsers) => isTheUsers);

    /// <summary>A budget the user set is a limit, the default is only a proposal. Null is unlimited.</summary>
    public static TrustRule<int?> WhenTheUsersIsRaised() =>
        new("to raise yours", (candidate, current, isTheUsers) => isTheUsers && (candidate ?? int.MaxValue) > (current ?? int.MaxValue));
}
