namespace Agent.Ide.Coordinator.Configuration;

/// <summary>What <see cref="ConfigurationLoader"/> made of all layers.</summary>
public sealed record LoadedConfiguration
{
    public required AgentSessionSettings Settings { get; init; }

    /// <summary>What a person should be told once: settings that were ignored, and why.</summary>
    public IReadOnlyList<ConfigurationNotice> Notices { get; init; } = [];

    /// <summary>Absolute path of the repository's file; null where there is none.</summary>
    public string? RepositoryFile { get; init; }

    /// <summary>SHA-256 of the repository's file as lower-case hexadecimal digits; null where there is none.</summary>
    public string? RepositoryFileHash { get; init; }
}

/// <summary>Something about the configuration that is no error but should be seen.</summary>
/// <param name="Key">Path of the key below <c>agent_session</c>; empty when it concerns no single key.</param>
/// <param name="Source">The file, or <c>environment variable NAME</c>.</param>
/// <param name="Line">1-based; null where there is none.</param>
/// <param name="Message">One line for a person, with the source, the key and what to do.</param>
public sealed record ConfigurationNotice(string Key, string Source, int? Line, string Message);
