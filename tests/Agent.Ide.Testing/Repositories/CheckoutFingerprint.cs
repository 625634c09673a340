using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Agent.Ide.Processes;

namespace Agent.Ide.Testing.Repositories;

/// <summary>
/// Everything a user could see of a checkout, as named entries: HEAD, index and config byte for byte, each ref that is not an
/// agent's, the stash, each file's bytes, mode and time of change, and <c>git status</c>. <c>.worktrees/</c> and
/// <c>.git</c> beyond these are left out. Two equal fingerprints mean "bit for bit as before".
/// </summary>
public sealed class CheckoutFingerprint
{
    private static readonly string[] AgentRefs = ["refs/heads/agent/", "refs/agent-ide/", "refs/notes/agent-ide/"];

    private readonly SortedDictionary<string, string> _entries;

    private CheckoutFingerprint(SortedDictionary<string, string> entries) => _entries = entries;

    /// <summary>Names like <c>HEAD</c>, <c>index</c>, <c>ref refs/heads/main</c>, <c>file src/a.cs</c>, <c>status</c>.</summary>
    public IReadOnlyDictionary<string, string> Entries => _entries;

    /// <param name="checkout">The checkout's folder, main or linked.</param>
    /// <param name="environment">For git; null: this process's own.</param>
    /// <param name="cancellationToken">Stops the walk.</param>
    public static async Task<CheckoutFingerprint> TakeAsync(
        string checkout, IReadOnlyDictionary<string, string>? environment = null, CancellationToken cancellationToken = default)
    {
        var entries = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var folders = (await GitAsync(["rev-parse", "--absolute-git-dir", "--git-common-dir"])).Split('\n');
        var gitFolder = folders[0];
        var commonFolder = Path.GetFullPath(folders[1], checkout);
        foreach (var name in (ReadOnlySpan<string>)["HEAD", "index", "ORIG_HEAD", "MERGE_HEAD", "CHERRY_PICK_HEAD"])
        {
            entries[name] = Content(Path.Combine(gitFolder, name));
        }

        entries["config"] = Content(Path.Combine(commonFolder, "config"));
        entries["stash log"] = Content(Path.Combine(commonFolder, "logs", "refs", "stash"));
        foreach (var line in (await GitAsync(["for-each-ref", "--format=%(refname) %(objectname)"])).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            if (!AgentRefs.Any(prefix => line.StartsWith(prefix, StringComparison.Ordinal)))
            {
                entries["ref " + line[..space]] = line[(space + 1)..];
            }
        }

        AddFiles(entries, checkout, checkout, cancellationToken);
        entries["status"] = await GitAsync(["status", "--porcelain=v2", "--branch", "--show-stash", "--untracked-files=all"]);
        return new CheckoutFingerprint(entries);

        async Task<string> GitAsync(string[] arguments)
        {
            var variables = environment is null
                ? System.Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
                    .ToDictionary(entry => (string)entry.Key, entry => (string)entry.Value!)
                : new Dictionary<string, string>(environment);
            variables["GIT_OPTIONAL_LOCKS"] = "0";
            var result = await ChildProcess.RunAsync(
                new ProcessStart { FileName = "git", Arguments = arguments, WorkingDirectory = checkout, Environment = variables },
                cancellationToken: cancellationToken);
            return result.ExitCode == 0
                ? result.OutputText.TrimEnd('\n')
                : throw new InvalidOperationException($"git {string.Join(' ', arguments)} failed in {checkout}: {result.Error}");
        }
    }

    /// <summary>One line per entry that is new, gone or different, oldest fingerprint's value first.</summary>
    public IReadOnlyList<string> DifferencesFrom(CheckoutFingerprint before)
    {
        var differences = new List<string>();
        foreach (var name in _entries.Keys.Union(before._entries.Keys).Order(StringComparer.Ordinal))
        {
            var old = before._entries.GetValueOrDefault(name);
            var now = _entries.GetValueOrDefault(name);
            if (old != now)
            {
                differences.Add($"{name}: {old ?? "(absent)"} -> {now ?? "(absent)"}");
            }
        }

        return differences;
    }

    /// <summary>Fails with the list of differences when anything changed since <paramref name="before"/>.</summary>
    /// <param name="before">The earlier fingerprint.</param>
    /// <param name="except">Names of entries that may differ.</param>
    public void ShouldEqual(CheckoutFingerprint before, params string[] except)
    {
        var differences = DifferencesFrom(before).Where(line => !except.Any(name => line.StartsWith(name + ": ", StringComparison.Ordinal))).ToList();
        if (differences.Count > 0)
        {
            throw new Shouldly.ShouldAssertException("The checkout changed:\n" + string.Join('\n', differences));
        }
    }

    private static void AddFiles(SortedDictionary<string, string> entries, string root, string folder, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
        {
            if (folder == root && entry.Name is ".git" or ".worktrees")
            {
                continue;
            }

            var name = Path.GetRelativePath(root, entry.FullName).Replace('\\', '/');
            if (entry.LinkTarget is { } target)
            {
                entries["file " + name] = $"link to {target}, changed {Time(entry)}";
            }
            else if (entry is DirectoryInfo)
            {
                entries["folder " + name] = Mode(entry);
                AddFiles(entries, root, entry.FullName, cancellationToken);
            }
            else
            {
                entries["file " + name] = $"{Content(entry.FullName)}, {Mode(entry)}, changed {Time(entry)}";
            }
        }
    }

    private static string Content(string path)
    {
        if (!File.Exists(path))
        {
            return "(absent)";
        }

        using var stream = File.OpenRead(path);
        if (stream.Length > 200)
        {
            return $"{stream.Length} bytes, sha256 {Convert.ToHexStringLower(SHA256.HashData(stream))}";
        }

        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes.Any(b => b is 0 or > 126) ? Convert.ToHexStringLower(bytes) : '"' + Encoding.ASCII.GetString(bytes) + '"';
    }

    private static string Mode(FileSystemInfo entry) => OperatingSystem.IsWindows() ? entry.Attributes.ToString() : entry.UnixFileMode.ToString();

    private static string Time(FileSystemInfo entry) => entry.LastWriteTimeUtc.ToString("O", CultureInfo.InvariantCulture);
}
