namespace Agent.Ide.Git;

/// <summary>
/// The few settings of the user's that decide what a file becomes in a commit. Read with one process, again when a configuration file
/// has changed.
/// </summary>
internal sealed class RepositorySettings
{
    private readonly GitRepository _repository;
    private readonly string[] _files;
    private Snapshot? _snapshot;

    public RepositorySettings(GitRepository repository)
    {
        _repository = repository;
        var environment = repository.Program.Environment;
        var home = environment.GetValueOrDefault("HOME") ?? string.Empty;
        var configuration = environment.GetValueOrDefault("XDG_CONFIG_HOME") is { Length: > 0 } folder ? folder : Path.Combine(home, ".config");
        _files =
        [
            Path.Combine(repository.CommonDirectory, "config"),
            Path.Combine(repository.CommonDirectory, "config.worktree"),
            Path.Combine(repository.CommonDirectory, "info", "attributes"),
            Path.Combine(home, ".gitconfig"),
            Path.Combine(configuration, "git", "config"),
            Path.Combine(configuration, "git", "attributes"),
            "/etc/gitconfig",
            "/etc/gitattributes",
        ];
    }

    public async Task<Snapshot> ReadAsync(CancellationToken cancellationToken)
    {
        var stamp = new HashCode();
        foreach (var file in _files)
        {
            // A missing file has a fixed time of its own, so that its appearing is seen too.
            stamp.Add(File.GetLastWriteTimeUtc(file).Ticks);
        }

        var current = stamp.ToHashCode();
        var snapshot = _snapshot;
        if (snapshot is null || snapshot.Stamp != current)
        {
            var output = await _repository.Objects.RunAsync(["config", "--list", "-z", "--includes"], default, cancellationToken);
            _snapshot = snapshot = Parse(output, current);
        }

        return snapshot;
    }

    private Snapshot Parse(GitOutput output, int stamp)
    {
        var filters = new SortedSet<string>(StringComparer.Ordinal);
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var field in output.NulTerminated)
        {
            var end = field.IndexOf('\n', StringComparison.Ordinal);
            var key = end < 0 ? field : field[..end];
            values[key] = end < 0 ? "true" : field[(end + 1)..];
            if (key.StartsWith("filter.", StringComparison.Ordinal) && key.LastIndexOf('.') is var dot and > 7)
            {
                filters.Add(key[7..dot]);
            }
        }

        var attributes = ReadAttributes(values.GetValueOrDefault("core.attributesfile"));
        return new Snapshot(
            stamp,
            filters,
            values.GetValueOrDefault("core.autocrlf") is "true" or "input" or "yes" or "on" or "1",
            values.GetValueOrDefault("core.filemode") is not ("false" or "no" or "off" or "0"),
            attributes)
        {
            SkipsLfs = (values.GetValueOrDefault("filter.lfs.process") + values.GetValueOrDefault("filter.lfs.smudge")).Contains("--skip", StringComparison.Ordinal),
            LfsStorage = values.GetValueOrDefault("lfs.storage"),
        };
    }

    /// <summary>The attribute rules that hold for every folder, all in one: only the words in them are looked at.</summary>
    private string ReadAttributes(string? configured)
    {
        var text = new System.Text.StringBuilder();
        foreach (var file in _files.Where(file => file.EndsWith("attributes", StringComparison.Ordinal)).Append(Expand(configured)))
        {
            if (file is not null && File.Exists(file))
            {
                text.Append(File.ReadAllText(file)).Append('\n');
            }
        }

        return text.ToString();
    }

    private string? Expand(string? path) =>
        path is not null && path.StartsWith("~/", StringComparison.Ordinal)
            ? Path.Combine(_repository.Program.Environment.GetValueOrDefault("HOME") ?? string.Empty, path[2..])
            : path;

    /// <summary>The settings at one moment.</summary>
    /// <param name="Stamp">Of the files they come from.</param>
    /// <param name="Filters">Names of the configured filter drivers.</param>
    /// <param name="ConvertsLineEndings"><c>core.autocrlf</c> is on.</param>
    /// <param name="TrustsExecutableBit"><c>core.fileMode</c>.</param>
    /// <param name="GlobalAttributes">Text of the attribute files outside the tree.</param>
    internal sealed record Snapshot(
        int Stamp, IReadOnlyCollection<string> Filters, bool ConvertsLineEndings, bool TrustsExecutableBit, string GlobalAttributes)
    {
        /// <summary>The user has told LFS to leave pointers in checkouts.</summary>
        public bool SkipsLfs { get; init; }

        /// <summary><c>lfs.storage</c>; null where it is not set.</summary>
        public string? LfsStorage { get; init; }

        /// <summary>A command that runs no filter whatever attributes it meets.</summary>
        public GitCommand WithoutFilters(GitCommand command)
        {
            foreach (var filter in Filters)
            {
                command = command
                    .WithSetting($"filter.{filter}.clean", string.Empty)
                    .WithSetting($"filter.{filter}.smudge", string.Empty)
                    .WithSetting($"filter.{filter}.process", string.Empty)
                    .WithSetting($"filter.{filter}.required", "false");
            }

            return command;
        }
    }
}
