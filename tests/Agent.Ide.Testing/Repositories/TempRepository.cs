using Agent.Ide.Processes;

namespace Agent.Ide.Testing.Repositories;

/// <summary>
/// A real git repository in a folder of its own below the system's temporary folder, gone on disposal. Its configuration is
/// isolated from the machine's (own home, no system file), its identity and its commit dates are fixed, so equal
/// content gives equal hashes. The identity also stands in the repository's own config, for git started by the product.
/// </summary>
public sealed class TempRepository : IAsyncDisposable
{
    public const string UserName = "Test User";
    public const string UserEmail = "user@example.invalid";

    private static readonly DateTimeOffset FirstCommitDate = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private int _commits;

    private TempRepository(string folder)
    {
        Folder = folder;
        Home = System.IO.Path.Combine(folder, "home");
        Path = System.IO.Path.Combine(folder, "checkout");
        Environment = GitEnvironment.Isolated(Home);
    }

    /// <summary>The temporary folder that holds <see cref="Home"/>, the checkout and whatever a test puts beside them.</summary>
    public string Folder { get; }

    /// <summary>HOME of every git this class starts; empty but for what a test writes there.</summary>
    public string Home { get; }

    /// <summary>The user's checkout.</summary>
    public string Path { get; }

    /// <summary>The whole environment of every git this class starts.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>An empty repository, branch <c>main</c>, no commit yet.</summary>
    public static async Task<TempRepository> CreateAsync(CancellationToken cancellationToken = default)
    {
        var folder = Directory.CreateTempSubdirectory("agent-ide-test-").FullName;
        var repository = new TempRepository(folder);
        Directory.CreateDirectory(repository.Home);
        Directory.CreateDirectory(repository.Path);
        await repository.GitAsync(["init", "--quiet", "--initial-branch=main"], cancellationToken);
        foreach (var (key, value) in (ReadOnlySpan<(string, string)>)
            [("user.name", UserName), ("user.email", UserEmail), ("commit.gpgsign", "false"), ("core.autocrlf", "false"), ("gc.auto", "0")])
        {
            repository.AppendConfig(key, value);
        }

        return repository;
    }

    /// <summary>A repository whose first commit on <c>main</c> holds these files.</summary>
    public static async Task<TempRepository> CreateAsync(params (string Path, string Content)[] files)
    {
        var repository = await CreateAsync();
        foreach (var (path, content) in files)
        {
            repository.Write(path, content);
        }

        await repository.CommitAsync("Initial");
        return repository;
    }

    /// <summary>Absolute path of a file of the checkout, given with <c>/</c>.</summary>
    public string FullPath(string path) => System.IO.Path.Combine(Path, path);

    public TempRepository Write(string path, string content)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(FullPath(path))!);
        File.WriteAllText(FullPath(path), content);
        return this;
    }

    public TempRepository Write(string path, byte[] content)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(FullPath(path))!);
        File.WriteAllBytes(FullPath(path), content);
        return this;
    }

    public string Read(string path) => File.ReadAllText(FullPath(path));

    public bool Exists(string path) => File.Exists(FullPath(path)) || new FileInfo(FullPath(path)).LinkTarget is not null;

    /// <summary>Deletes a file or link, and the folders it leaves empty.</summary>
    public TempRepository Delete(string path)
    {
        File.Delete(FullPath(path));
        for (var parent = System.IO.Path.GetDirectoryName(FullPath(path))!;
             parent != Path && !Directory.EnumerateFileSystemEntries(parent).Any();
             parent = System.IO.Path.GetDirectoryName(parent)!)
        {
            Directory.Delete(parent);
        }

        return this;
    }

    public TempRepository Move(string from, string to)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(FullPath(to))!);
        File.Move(FullPath(from), FullPath(to));
        return this;
    }

    /// <summary>A symbolic link whose target is stored as given.</summary>
    public TempRepository Link(string path, string target)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(FullPath(path))!);
        File.CreateSymbolicLink(FullPath(path), target);
        return this;
    }

    /// <summary>Sets or clears the executable bit; does nothing on Windows.</summary>
    public TempRepository Executable(string path, bool executable = true)
    {
        if (!OperatingSystem.IsWindows())
        {
            const UnixFileMode Plain = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
            const UnixFileMode Bits = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
            File.SetUnixFileMode(FullPath(path), executable ? Plain | Bits : Plain);
        }

        return this;
    }

    /// <summary>Adds a setting to the repository's own config without a process.</summary>
    public TempRepository AppendConfig(string key, string value)
    {
        var dot = key.LastIndexOf('.');
        var section = key[..dot];
        var inner = section.IndexOf('.', StringComparison.Ordinal);
        var header = inner < 0 ? $"[{section}]" : $"[{section[..inner]} \"{section[(inner + 1)..]}\"]";
        var quoted = value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        File.AppendAllText(System.IO.Path.Combine(Path, ".git", "config"), $"{header}\n\t{key[(dot + 1)..]} = \"{quoted}\"\n");
        return this;
    }

    /// <summary>Stages everything and commits it, also when nothing changed. Returns the commit's hash.</summary>
    public async Task<string> CommitAsync(string message = "Change", CancellationToken cancellationToken = default)
    {
        await GitAsync(["add", "--all"], cancellationToken);
        await GitAsync(["commit", "--quiet", "--allow-empty", "--no-verify", "-m", message], cancellationToken);
        return await HashAsync("HEAD", cancellationToken);
    }

    /// <summary>Creates a branch and checks it out.</summary>
    public async Task BranchAsync(string name, string start = "HEAD", CancellationToken cancellationToken = default) =>
        await GitAsync(["checkout", "--quiet", "--no-track", "-b", name, start], cancellationToken);

    public async Task CheckoutAsync(string name, CancellationToken cancellationToken = default) =>
        await GitAsync(["checkout", "--quiet", name], cancellationToken);

    /// <summary>The hash a revision names.</summary>
    public async Task<string> HashAsync(string revision, CancellationToken cancellationToken = default) =>
        await GitAsync(["rev-parse", "--verify", "--quiet", revision], cancellationToken);

    /// <summary>Content of a file in a commit or tree.</summary>
    public async Task<string> ShowAsync(string revision, string path, CancellationToken cancellationToken = default) =>
        (await RunAsync(["cat-file", "blob", $"{revision}:{path}"], cancellationToken)).OutputText;

    public Task<string> GitAsync(params string[] arguments) => GitAsync(arguments, CancellationToken.None);

    /// <summary>Runs git in the checkout and returns its output without the last line break.</summary>
    /// <exception cref="InvalidOperationException">git failed; the message holds its standard error.</exception>
    public async Task<string> GitAsync(string[] arguments, CancellationToken cancellationToken) =>
        (await RunAsync(arguments, cancellationToken)).OutputText.TrimEnd('\n');

    /// <summary>Runs git in the checkout, whatever its exit code.</summary>
    public Task<ProcessResult> TryGitAsync(params string[] arguments) => StartAsync(arguments, CancellationToken.None);

    /// <summary>Fails unless <c>git fsck --strict</c> finds the repository sound.</summary>
    public async Task FsckAsync(CancellationToken cancellationToken = default)
    {
        var result = await StartAsync(["fsck", "--strict", "--no-dangling", "--no-progress"], cancellationToken);
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException($"git fsck of {Path} failed with {result.ExitCode}: {result.OutputText}{result.Error}");
        }
    }

    /// <summary>What the checkout looks like now, to compare with later.</summary>
    public Task<CheckoutFingerprint> FingerprintAsync(CancellationToken cancellationToken = default) =>
        CheckoutFingerprint.TakeAsync(Path, Environment, cancellationToken);

    public ValueTask DisposeAsync()
    {
        TemporaryFolder.Delete(Folder);
        return ValueTask.CompletedTask;
    }

    private async Task<ProcessResult> RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var result = await StartAsync(arguments, cancellationToken);
        return result.ExitCode == 0
            ? result
            : throw new InvalidOperationException($"git {string.Join(' ', arguments)} failed with {result.ExitCode}: {result.Error}{result.OutputText}");
    }

    private Task<ProcessResult> StartAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var environment = Environment;
        if (arguments[0] == "commit")
        {
            var date = FirstCommitDate.AddMinutes(Interlocked.Increment(ref _commits)).ToUnixTimeSeconds() + " +0000";
            environment = new Dictionary<string, string>(Environment) { ["GIT_AUTHOR_DATE"] = date, ["GIT_COMMITTER_DATE"] = date };
        }

        return ChildProcess.RunAsync(
            new ProcessStart { FileName = "git", Arguments = arguments, WorkingDirectory = Path, Environment = environment },
            cancellationToken: cancellationToken);
    }
}
