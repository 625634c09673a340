using System.Collections.Concurrent;

namespace Agent.Ide.Git;

/// <summary>
/// A repository that was found and may be used, the checkout it was asked for, and commands bound to them. What can
/// change (HEAD, an operation under way) is asked anew each time; what is kept here does not change.
/// </summary>
public sealed class GitRepository
{
    private readonly ConcurrentDictionary<string, GitCheckout> _found = new(StringComparer.Ordinal);

    private GitRepository(GitProgram program, string commonDirectory, ObjectFormat format, GitCheckout checkout, string? mainCheckout)
    {
        Program = program;
        CommonDirectory = commonDirectory;
        ObjectFormat = format;
        Checkout = checkout;
        MainCheckout = mainCheckout;
        Objects = GitCommand.OnObjects(program, commonDirectory);
    }

    public GitProgram Program { get; }

    /// <summary>Real path of the common git directory: what names the repository, whichever checkout one came from.</summary>
    public string CommonDirectory { get; }

    public ObjectFormat ObjectFormat { get; }

    /// <summary>The checkout that <see cref="OpenAsync"/> was given a folder of.</summary>
    public GitCheckout Checkout { get; }

    /// <summary>Root of the main checkout; null where the repository is bare and only has linked worktrees.</summary>
    public string? MainCheckout { get; }

    /// <summary>Commands on objects and refs.</summary>
    public GitCommand Objects { get; }

    /// <summary>Finds the repository of a folder (three short processes).</summary>
    /// <param name="program">The git to use.</param>
    /// <param name="directory">Any folder inside a checkout.</param>
    /// <param name="cancellationToken">Kills what runs.</param>
    /// <exception cref="GitException">
    /// <see cref="GitProblem.NotARepository"/>, <see cref="GitProblem.BareRepository"/> or <see cref="GitProblem.OwnedBySomeoneElse"/>.
    /// That there is no commit yet or an operation is under way does not stop one from looking: <see cref="EnsureReadyAsync"/> says it.
    /// </exception>
    public static async Task<GitRepository> OpenAsync(GitProgram program, string directory, CancellationToken cancellationToken = default)
    {
        if (!Directory.Exists(directory))
        {
            throw new GitException(GitProblem.NotARepository, $"{directory} is not a folder. Name a folder inside a git repository.");
        }

        var command = GitCommand.Discovering(program, Path.GetFullPath(directory));
        string[] question =
        [
            "rev-parse", "--path-format=absolute", "--is-inside-work-tree", "--show-object-format", "--git-common-dir", "--absolute-git-dir",
        ];
        var output = await command.TryRunAsync(question, default, cancellationToken);
        if (output.ExitCode != 0)
        {
            throw Refusal(directory, question, output);
        }

        var lines = output.Line.Split('\n');
        if (lines.Length != 4)
        {
            throw new GitException(
                GitProblem.NotARepository,
                $"The path of the repository of {directory} contains a line feed, which is not supported. Rename the folder.");
        }

        if (lines[0] != "true")
        {
            throw new GitException(
                GitProblem.BareRepository,
                $"{directory} has no checked-out files (a bare repository or a .git folder). Use a folder of a checkout.");
        }

        var root = await command.ReadLineAsync(["rev-parse", "--path-format=absolute", "--show-toplevel"], cancellationToken);
        var format = ObjectFormat.Parse(lines[1]);
        var common = lines[2];
        var gitDirectory = lines[3];
        var main = string.Equals(common, gitDirectory, StringComparison.Ordinal)
            ? root
            : await FindMainCheckoutAsync(program, common, cancellationToken);
        return new GitRepository(program, common, format, new GitCheckout(root, gitDirectory), main);
    }

    /// <summary>Commands on a checkout of this repository.</summary>
    public GitCommand On(GitCheckout checkout) => GitCommand.OnCheckout(Program, checkout.GitDirectory, checkout.Root);

    /// <summary>
    /// Another checkout of this repository by a folder inside it. One that was found is remembered for as long as it is there.
    /// </summary>
    /// <exception cref="GitException"><see cref="GitProblem.NotARepository"/> when it belongs to another repository or to none.</exception>
    public async Task<GitCheckout> FindCheckoutAsync(string directory, CancellationToken cancellationToken = default)
    {
        if (_found.TryGetValue(directory, out var known) && Path.Exists(Path.Combine(known.Root, ".git")) && Directory.Exists(known.GitDirectory))
        {
            return known;
        }

        var other = await OpenAsync(Program, directory, cancellationToken);
        if (!string.Equals(other.CommonDirectory, CommonDirectory, StringComparison.Ordinal))
        {
            throw new GitException(GitProblem.NotARepository, $"{directory} belongs to another repository than {CommonDirectory}.");
        }

        if (string.Equals(directory, other.Checkout.Root, StringComparison.Ordinal))
        {
            // Only a checkout's own folder: what a folder inside belongs to can change without a trace in the checkout.
            _found[directory] = other.Checkout;
        }

        return other.Checkout;
    }

    /// <summary>HEAD of a checkout as it is now.</summary>
    public async Task<GitHead> ReadHeadAsync(GitCheckout checkout, CancellationToken cancellationToken = default)
    {
        var command = On(checkout);
        var asking = command.TryRunAsync(["symbolic-ref", "--quiet", "HEAD"], default, cancellationToken);
        var commit = await command.TryRunAsync(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], default, cancellationToken);
        var branch = await asking;
        return new GitHead(branch.ExitCode == 0 ? branch.Line : null, commit.ExitCode == 0 ? commit.Line : null);
    }

    /// <summary>What git is in the middle of in a checkout, from the files git itself marks it with.</summary>
    public static GitOperation ReadOperation(GitCheckout checkout)
    {
        bool Has(string name) => Path.Exists(Path.Combine(checkout.GitDirectory, name));
        if (Has("rebase-merge"))
        {
            return GitOperation.Rebase;
        }

        if (Has("rebase-apply"))
        {
            return Has("rebase-apply/applying") ? GitOperation.ApplyMail : GitOperation.Rebase;
        }

        if (Has("MERGE_HEAD"))
        {
            return GitOperation.Merge;
        }

        if (Has("CHERRY_PICK_HEAD"))
        {
            return GitOperation.CherryPick;
        }

        if (Has("REVERT_HEAD"))
        {
            return GitOperation.Revert;
        }

        if (Has("sequencer"))
        {
            return GitOperation.CherryPick;
        }

        return Has("BISECT_LOG") ? GitOperation.Bisect : GitOperation.None;
    }

    /// <summary>Checks that tasks can start from a checkout, and gives its HEAD. A detached HEAD is fine.</summary>
    /// <exception cref="GitException"><see cref="GitProblem.NoCommitYet"/> or <see cref="GitProblem.OperationInProgress"/>.</exception>
    public async Task<GitHead> EnsureReadyAsync(GitCheckout checkout, CancellationToken cancellationToken = default)
    {
        var head = await ReadHeadAsync(checkout, cancellationToken);
        if (head.Commit is null)
        {
            throw new GitException(GitProblem.NoCommitYet, $"{checkout.Root} has no commit yet. Make a first commit, then try again.");
        }

        var operation = ReadOperation(checkout);
        return operation == GitOperation.None ? head : throw InProgress(checkout, operation);
    }

    /// <summary>Where a branch, ref, tag or abbreviated hash points, as a full commit hash.</summary>
    /// <returns>Null when there is no such commit.</returns>
    public async Task<string?> ResolveCommitAsync(string revision, CancellationToken cancellationToken = default)
    {
        var output = await Objects.TryRunAsync(
            ["rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"], default, cancellationToken);
        return output.ExitCode == 0 ? output.Line : null;
    }

    /// <summary>Roots of the checkouts that there are of a repository, the main one first; empty when all are gone.</summary>
    public static async Task<IReadOnlyList<string>> FindCheckoutsAsync(GitProgram program, string common, CancellationToken cancellationToken = default)
    {
        var (main, linked) = await ListCheckoutsAsync(program, common, cancellationToken);
        return [.. linked.Prepend(main).OfType<string>().Where(IsCheckout)];
    }

    private static async Task<string?> FindMainCheckoutAsync(GitProgram program, string common, CancellationToken cancellationToken) =>
        (await ListCheckoutsAsync(program, common, cancellationToken)).Main;

    /// <returns>The root of the main checkout, null where the repository is bare, and those of the linked worktrees; they need not exist.</returns>
    private static async Task<(string? Main, IReadOnlyList<string> Linked)> ListCheckoutsAsync(
        GitProgram program, string common, CancellationToken cancellationToken)
    {
        var git = GitCommand.OnObjects(program, common);
        var output = await git.TryRunAsync(["worktree", "list", "--porcelain", "-z"], default, cancellationToken);
        if (output.ExitCode != 0)
        {
            return (null, []);
        }

        // The first block is the main checkout, or the bare repository.
        var roots = new List<string>();
        var isBare = false;
        foreach (var field in output.NulTerminated)
        {
            if (field.StartsWith("worktree ", StringComparison.Ordinal))
            {
                roots.Add(field["worktree ".Length..]);
            }

            isBare |= field == "bare";
        }

        if (isBare || IsCheckout(roots[0]))
        {
            return (isBare ? null : roots[0], roots[1..]);
        }

        // Of a submodule, or with a git directory elsewhere, git names that directory here; its settings name the checkout.
        var elsewhere = await git.TryRunAsync(["config", "--get", "core.worktree"], default, cancellationToken);
        return (elsewhere.ExitCode == 0 ? Path.GetFullPath(elsewhere.Line, common) : roots[0], roots[1..]);
    }

    private static bool IsCheckout(string root) => Path.Exists(Path.Combine(root, ".git"));

    private static GitException Refusal(string directory, string[] question, GitOutput output)
    {
        if (output.Error.Contains("dubious ownership", StringComparison.Ordinal))
        {
            return new GitException(
                GitProblem.OwnedBySomeoneElse,
                $"git refuses {directory}: another user owns the repository. If you trust it: git config --global --add safe.directory '{directory}'")
            {
                ExitCode = output.ExitCode,
                ErrorOutput = output.Error,
            };
        }

        return output.Error.Contains("not a git repository", StringComparison.Ordinal)
            ? new GitException(
                GitProblem.NotARepository, $"{directory} is not inside a git repository. Run git init there, or name another folder.")
            {
                ExitCode = output.ExitCode,
                ErrorOutput = output.Error,
            }
            : GitCommand.Failure(question, output);
    }

    private static GitException InProgress(GitCheckout checkout, GitOperation operation)
    {
        var (what, how) = operation switch
        {
            GitOperation.Merge => ("a merge", "git merge --continue or --abort"),
            GitOperation.Rebase => ("a rebase", "git rebase --continue or --abort"),
            GitOperation.CherryPick => ("a cherry-pick", "git cherry-pick --continue or --abort"),
            GitOperation.Revert => ("a revert", "git revert --continue or --abort"),
            GitOperation.Bisect => ("a bisect", "git bisect reset"),
            _ => ("git am", "git am --continue or --abort"),
        };
        return new GitException(
            GitProblem.OperationInProgress, $"{checkout.Root} is in the middle of {what}. Finish it ({how}), then try again.");
    }
}
