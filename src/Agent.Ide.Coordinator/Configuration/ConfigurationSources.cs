namespace Agent.Ide.Coordinator.Configuration;

/// <summary>Where the configuration of one user comes from. Nothing else is read: tests replace all of it.</summary>
public sealed record ConfigurationSources
{
    /// <summary>The variables of the front end on whose behalf the configuration is read, not those of the coordinator.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>The user's own file, absolute; it need not exist. Null: there is no place for one.</summary>
    public string? UserFile { get; init; }

    /// <summary>Where <see cref="Trust.TrustStore"/> keeps what the user trusted, absolute. Null: nothing can be trusted.</summary>
    public string? TrustFile { get; init; }

    /// <summary>Where <see cref="Approvals.RepositoryApprovals"/> keeps what the user allowed, absolute. Null: nothing can be remembered.</summary>
    public string? ApprovalsFile { get; init; }

    /// <summary>What a relative path in a variable is relative to; null: the checkout's root.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>
    /// The usual places: <c>$XDG_CONFIG_HOME</c> and <c>$XDG_STATE_HOME</c> where they are absolute (the XDG Base Directory
    /// specification has relative ones ignored), else the platform's own folders: <c>~/.config</c> and
    /// <c>~/.local/state</c>; on Windows the roaming and the local application data; on macOS Application Support.
    /// </summary>
    public static ConfigurationSources FromEnvironment(
        IReadOnlyDictionary<string, string> environment, string? workingDirectory = null)
    {
        var config = Folder(environment, "XDG_CONFIG_HOME", ".config", System.Environment.SpecialFolder.ApplicationData);
        var state = Folder(environment, "XDG_STATE_HOME", ".local/state", System.Environment.SpecialFolder.LocalApplicationData);
        return new ConfigurationSources
        {
            Environment = environment,
            UserFile = config is null ? null : Path.Combine(config, "agent-ide", "config.yaml"),
            TrustFile = state is null ? null : Path.Combine(state, "agent-ide", "trust.json"),
            ApprovalsFile = state is null ? null : Path.Combine(state, "agent-ide", "approvals.json"),
            WorkingDirectory = workingDirectory,
        };
    }

    private static string? Folder(
        IReadOnlyDictionary<string, string> environment, string variable, string belowHome, System.Environment.SpecialFolder special)
    {
        if (environment.TryGetValue(variable, out var folder) && Path.IsPathFullyQualified(folder))
        {
            return folder;
        }

        if (OperatingSystem.IsWindows() || OperatingSystem.IsMacOS())
        {
            var known = System.Environment.GetFolderPath(special, System.Environment.SpecialFolderOption.DoNotVerify);
            return known.Length == 0 ? null : known;
        }

        if (!environment.TryGetValue("HOME", out var home) || !Path.IsPathFullyQualified(home))
        {
            home = System.Environment.GetFolderPath(
                System.Environment.SpecialFolder.UserProfile, System.Environment.SpecialFolderOption.DoNotVerify);
        }

        return home.Length == 0 ? null : Path.Combine(home, belowHome);
    }
}
