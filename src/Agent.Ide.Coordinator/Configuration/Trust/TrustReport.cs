namespace Agent.Ide.Coordinator.Configuration.Trust;

/// <summary>What a person is asked to agree to. Trusting it covers exactly the content that was inspected, by its hash.</summary>
/// <param name="File">Absolute path of the repository's file.</param>
/// <param name="Hash">SHA-256 of the content, lower-case hexadecimal digits.</param>
/// <param name="CommonDir">The repository it counts for: the real path of the common git folder.</param>
/// <param name="IsTrusted">Whether this content is trusted already.</param>
/// <param name="Items">The settings that count only after trust; empty when the file needs none.</param>
public sealed record TrustReport(string File, string Hash, string CommonDir, bool IsTrusted, IReadOnlyList<TrustItem> Items);

/// <param name="Key">Path of the key below <c>agent_session</c>.</param>
/// <param name="Value">What the file sets; complete, on one line, safe to print.</param>
/// <param name="Current">What holds without it.</param>
/// <param name="Line">1-based line of the value.</param>
public sealed record TrustItem(string Key, string Value, string Current, int Line);
