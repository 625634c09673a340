namespace Agent.Ide.Git;

/// <summary>A commit, parsed.</summary>
/// <param name="Hash">Full hash.</param>
/// <param name="Tree">Hash of its tree.</param>
/// <param name="Parents">Full hashes, in order.</param>
/// <param name="Author">As it stands in the commit: name, address, time.</param>
/// <param name="Message">Subject, body and trailers.</param>
/// <param name="Trailers">The last paragraph's <c>Name: value</c> lines, in order; empty when it is not made of such lines alone.</param>
public sealed record GitCommit(
    string Hash,
    string Tree,
    IReadOnlyList<string> Parents,
    string Author,
    string Message,
    IReadOnlyList<KeyValuePair<string, string>> Trailers)
{
    /// <summary>The first line of the message.</summary>
    public string Subject => Message.AsSpan().IndexOf('\n') is var end and >= 0 ? Message[..end] : Message;

    /// <summary>The last value of a trailer; null where it is missing.</summary>
    public string? Trailer(string name)
    {
        for (var index = Trailers.Count - 1; index >= 0; index--)
        {
            if (string.Equals(Trailers[index].Key, name, StringComparison.OrdinalIgnoreCase))
            {
                return Trailers[index].Value;
            }
        }

        return null;
    }

    /// <summary>The step a checkpoint stands for (<c>Agent-Step</c>); null for other commits.</summary>
    public int? Step => int.TryParse(Trailer(CheckpointTrailers.Step), out var step) ? step : null;
}
