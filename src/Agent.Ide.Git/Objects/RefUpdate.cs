namespace Agent.Ide.Git;

/// <summary>One compare-and-swap on a ref.</summary>
/// <param name="Name">Full name, <c>refs/…</c>.</param>
/// <param name="NewHash">Null deletes the ref.</param>
/// <param name="ExpectedHash">What it must be now; null: it must not exist. Use <see cref="Anything"/> to set it whatever it is.</param>
public sealed record RefUpdate(string Name, string? NewHash, string? ExpectedHash)
{
    /// <summary>Stands for "whatever the ref is now".</summary>
    public const string Anything = "*";
}
