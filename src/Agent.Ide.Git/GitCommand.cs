using System.ComponentModel;
using Agent.Ide.Processes;

namespace Agent.Ide.Git;

/// <summary>
/// The hardened way to run git on the host: where it works is always said explicitly, nothing a repository or an
/// agent planted runs (hooks, file-system monitor, pagers, editors, prompts, credential helpers), automatic
/// maintenance is off and the environment is clean. Immutable: the <c>With…</c> methods give a changed copy.
/// Bytes in, bytes out; cancelling kills the process's tree.
/// </summary>
/// <remarks>
/// <c>diff.external</c> cannot be switched off by an empty value (git then runs ""): every command that can show a patch
/// must be given <see cref="PlainDiff"/>. Path arguments are literal, never patterns (<c>GIT_LITERAL_PATHSPECS</c>), and belong after
/// <c>--</c>; names that may be odd go through standard input with <c>-z</c> (<see cref="GitPath"/>).
/// </remarks>
public sealed record GitCommand
{
    /// <summary>Arguments for every command that prints a patch: no external program, no textconv, no colour.</summary>
    public static readonly IReadOnlyList<string> PlainDiff = ["--no-ext-diff", "--no-textconv", "--no-color"];

    /// <summary>Names an index file that never exists, for commands that would otherwise read a large one for nothing.</summary>
    private const string NoIndex = "agent-ide/no-index";

    private static readonly string[] Hardening =
    [
        "--no-pager",
        "-c", "core.hooksPath=/dev/null",
        "-c", "core.fsmonitor=false",
        "-c", "core.pager=cat",
        "-c", "core.editor=:",
        "-c", "core.askPass=",
        "-c", "core.alternateRefsCommand=",
        "-c", "core.quotePath=true",
        "-c", "sequence.editor=:",
        "-c", "credential.helper=",
        "-c", "protocol.allow=never",
        "-c", "gc.auto=0",
        "-c", "maintenance.auto=false",
        "-c", "submodule.recurse=false",
        "-c", "fetch.recurseSubmodules=false",
        "-c", "status.submoduleSummary=false",
        "-c", "log.showSignature=false",
        "-c", "i18n.commitEncoding=UTF-8",
        "-c", "i18n.logOutputEncoding=UTF-8",
    ];

    private GitCommand(GitProgram program, string workingDirectory)
    {
        Program = program;
        WorkingDirectory = workingDirectory;
    }

    public GitProgram Program { get; private init; }

    /// <summary>Absolute. Where the process starts.</summary>
    public string WorkingDirectory { get; private init; }

    /// <summary>Passed as <c>--git-dir</c>; null only while a repository is being discovered.</summary>
    public string? GitDirectory { get; private init; }

    /// <summary>Passed as <c>--work-tree</c>; null for commands on objects and refs alone.</summary>
    public string? WorkTree { get; private init; }

    /// <summary>Bound of standard output; passing it fails with <see cref="GitProblem.TooLarge"/>.</summary>
    public long MaxOutputBytes { get; init; } = 256L * 1024 * 1024;

    private IReadOnlyList<string> Settings { get; init; } = [];

    private IReadOnlyList<KeyValuePair<string, string>> Variables { get; init; } = [];

    /// <summary>
    /// git as it finds things by itself from a folder, so that its own check of who owns the repository applies.
    /// Only for discovery, in folders that belong to the user.
    /// </summary>
    public static GitCommand Discovering(GitProgram program, string directory) => new(program, directory);

    /// <summary>For commands on objects and refs: no work tree, and no index is read.</summary>
    /// <param name="program">The git to run.</param>
    /// <param name="commonDirectory">The repository's common directory, absolute.</param>
    public static GitCommand OnObjects(GitProgram program, string commonDirectory) =>
        new GitCommand(program, commonDirectory) { GitDirectory = commonDirectory }
            .WithIndex(Path.Combine(commonDirectory, NoIndex));

    /// <summary>For commands on one checkout: its own git directory (<c>.git/worktrees/x</c> for a linked one) and its root.</summary>
    public static GitCommand OnCheckout(GitProgram program, string gitDirectory, string workTree) =>
        new(program, workTree) { GitDirectory = gitDirectory, WorkTree = workTree };

    /// <summary>Uses another index file (<c>GIT_INDEX_FILE</c>); a missing one is an empty index.</summary>
    public GitCommand WithIndex(string indexFile) => WithVariable("GIT_INDEX_FILE", indexFile);

    /// <summary>Takes another folder for the work tree and starts there; index and objects stay.</summary>
    public GitCommand WithWorkTree(string folder) => this with { WorkTree = folder, WorkingDirectory = folder };

    /// <summary>Sets an environment variable of the process, over everything else.</summary>
    public GitCommand WithVariable(string name, string value) =>
        this with { Variables = [.. Variables, new KeyValuePair<string, string>(name, value)] };

    /// <summary>Adds <c>-c name=value</c>, over the hardening and over all configuration files.</summary>
    public GitCommand WithSetting(string name, string value) =>
        this with { Settings = [.. Settings, "-c", $"{name}={value}"] };

    /// <summary>Lets git refresh and write the index on the way (<c>status</c>); never for the user's own checkout.</summary>
    public GitCommand WithIndexWrites() => WithVariable("GIT_OPTIONAL_LOCKS", "1");

    /// <summary>Author, committer and their time, for commands that make commits.</summary>
    /// <param name="identity">Who.</param>
    /// <param name="when">When; written with its offset.</param>
    public GitCommand WithIdentity(GitIdentity identity, DateTimeOffset when)
    {
        // The sign makes git read any number of seconds as such; without it the first years after 1970 are refused.
        var date = "@" + GitIdentity.FormatDate(when);
        return this with
        {
            Variables =
            [
                .. Variables,
                new("GIT_AUTHOR_NAME", identity.Name), new("GIT_AUTHOR_EMAIL", identity.Email), new("GIT_AUTHOR_DATE", date),
                new("GIT_COMMITTER_NAME", identity.Name), new("GIT_COMMITTER_EMAIL", identity.Email), new("GIT_COMMITTER_DATE", date),
            ],
        };
    }

    /// <summary>Runs a command that must succeed.</summary>
    /// <exception cref="GitException">It ended with another code than 0, or wrote too much.</exception>
    public async Task<GitOutput> RunAsync(
        IReadOnlyList<string> arguments, ReadOnlyMemory<byte> input = default, CancellationToken cancellationToken = default)
    {
        var output = await TryRunAsync(arguments, input, cancellationToken);
        return output.ExitCode == 0 ? output : throw GitException.FromProcess(arguments, output.ExitCode, output.Error);
    }

    /// <summary>Runs a command whose exit code is an answer.</summary>
    /// <exception cref="GitException">git could not be started, or wrote more than <see cref="MaxOutputBytes"/>.</exception>
    public async Task<GitOutput> TryRunAsync(
        IReadOnlyList<string> arguments, ReadOnlyMemory<byte> input = default, CancellationToken cancellationToken = default)
    {
        try
        {
            var result = await ChildProcess.RunAsync(StartOf(arguments), input, MaxOutputBytes, cancellationToken);
            return new GitOutput(result.ExitCode, result.Output, result.Error);
        }
        catch (Win32Exception exception)
        {
            throw CannotStart(exception);
        }
        catch (ProcessOutputTooLargeException exception)
        {
            throw new GitException(
                GitProblem.TooLarge, $"git {arguments[0]} answered with more than {MaxOutputBytes} bytes.", exception);
        }
    }

    /// <summary>The first line of a command that must succeed.</summary>
    /// <exception cref="GitException">It ended with another code than 0.</exception>
    public async Task<string> ReadLineAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken = default) =>
        (await RunAsync(arguments, default, cancellationToken)).Line;

    /// <summary>Starts a process that is talked to; its owner disposes it.</summary>
    /// <exception cref="GitException">git could not be started.</exception>
    public ChildProcess Start(IReadOnlyList<string> arguments)
    {
        try
        {
            return ChildProcess.Start(StartOf(arguments));
        }
        catch (Win32Exception exception)
        {
            throw CannotStart(exception);
        }
    }

    /// <summary>Whoever turns a failed process into an exception themselves, after <see cref="TryRunAsync"/>.</summary>
    public static GitException Failure(IReadOnlyList<string> arguments, GitOutput output) =>
        GitException.FromProcess(arguments, output.ExitCode, output.Error);

    private GitException CannotStart(Win32Exception exception) =>
        Directory.Exists(WorkingDirectory)
            ? new GitException(GitProblem.GitMissing, $"{Program.FileName} cannot be started: {exception.Message}.", exception)
            : new GitException(GitProblem.CommandFailed, $"The folder {WorkingDirectory} does not exist any more.", exception);

    private ProcessStart StartOf(IReadOnlyList<string> arguments)
    {
        var all = new List<string>(Hardening.Length + Settings.Count + arguments.Count + 2);
        all.AddRange(Hardening);
        all.AddRange(Settings);
        if (GitDirectory is not null)
        {
            all.Add("--git-dir=" + GitDirectory);
        }

        if (WorkTree is not null)
        {
            all.Add("--work-tree=" + WorkTree);
        }

        all.AddRange(arguments);
        var environment = Program.Environment;
        if (Variables.Count > 0)
        {
            var changed = new Dictionary<string, string>(environment, StringComparer.Ordinal);
            foreach (var (name, value) in Variables)
            {
                changed[name] = value;
            }

            environment = changed;
        }

        return new ProcessStart
        {
            FileName = Program.FileName,
            Arguments = all,
            WorkingDirectory = WorkingDirectory,
            Environment = environment,
        };
    }
}
