using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Agent.Ide.Git;

/// <summary>
/// Brings files that git does not hold into a fresh worktree: those of the user's checkout that are ignored and that the patterns of its
/// <c>.worktreeinclude</c> name, in the syntax of <c>.gitignore</c>. Tracked files are never copied, and nothing in the worktree is overwritten.
/// </summary>
internal sealed class IncludeCopy
{
    public const string PatternFile = ".worktreeinclude";

    /// <summary>Bounds of what is copied for each worktree: a typing error in a pattern must not copy a disk.</summary>
    internal const int MaxFiles = 10_000;
    internal const long MaxBytes = 1024L * 1024 * 1024;

    private const int MaxPatternBytes = 64 * 1024;

    private readonly GitStore _store;
    private readonly GitCheckout _checkout;
    private readonly string _worktrees;
    private readonly List<string> _notices = [];

    /// <param name="store">Of the repository.</param>
    /// <param name="place">Where the files come from, and where worktrees lie.</param>
    public IncludeCopy(GitStore store, WorktreePlace place)
    {
        _store = store;
        _checkout = place.Checkout;
        _worktrees = Path.GetRelativePath(place.Checkout.Root, place.BaseFolder).Replace('\\', '/') + "/";
    }

    /// <summary>Copies, after it has stored which files: from then on no checkpoint takes them.</summary>
    /// <returns>One line each: what was named and not copied.</returns>
    /// <exception cref="GitException"><see cref="GitProblem.TooLarge"/>: nothing was copied.</exception>
    public async Task<IReadOnlyList<string>> CopyAsync(Worktree worktree, CancellationToken cancellationToken)
    {
        using var from = WorktreeFiles.Open(_checkout.Root);
        if (from.Look(PatternFile).Kind == PathKind.Missing)
        {
            return [];
        }

        if (from.ReadSmallFile(PatternFile, MaxPatternBytes) is not { } patterns)
        {
            return [$"{PatternFile} is no regular file of at most {MaxPatternBytes / 1024} KB, so nothing was copied into the worktree."];
        }

        using var to = WorktreeFiles.Open(worktree.Root);
        var paths = (await FindAsync(patterns, cancellationToken)).FindAll(path => to.Look(path).Kind is PathKind.Missing or PathKind.BeyondLink);
        CheckBounds(from, paths);
        var included = IncludedFiles.Read(worktree.GitDirectory);
        paths.ForEach(included.Add);
        included.Save();
        foreach (var path in paths)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Copy(from, to, path, cancellationToken);
        }

        await included.LearnAsync(to, null, content => IsPublicAsync(_store, content, cancellationToken));
        return _notices;
    }

    /// <summary>Whether the repository has a blob of this content.</summary>
    public static async Task<bool> IsPublicAsync(GitStore store, SafeFileHandle content, CancellationToken cancellationToken)
    {
        var bytes = new byte[RandomAccess.GetLength(content)];
        var length = RandomAccess.Read(content, bytes, 0);
        var hash = ObjectBatch.HashOf(store.Repository.ObjectFormat, "blob", bytes.AsSpan(0, length));
        return await store.Reader.FindAsync(hash, cancellationToken) is not null;
    }

    /// <summary>Untracked files that the patterns name and git ignores.</summary>
    private async Task<List<string>> FindAsync(byte[] patterns, CancellationToken cancellationToken)
    {
        using var staging = _store.NewStaging();
        staging.Write(PatternFile, patterns);
        var command = _store.Repository.On(_checkout);
        var named = await command.RunAsync(
            ["ls-files", "--others", "--ignored", $"--exclude-from={Path.Combine(staging.Tree, PatternFile)}", "-z"], default, cancellationToken);

        // A name that ends in a slash is a repository inside the checkout; worktrees of tasks are such, unless somebody broke theirs.
        List<string> candidates = [.. named.NulTerminated.Where(path =>
            !path.EndsWith('/') && !path.StartsWith(_worktrees, StringComparison.Ordinal) && PathRules.Refusal(path) is null)];
        if (candidates.Count == 0)
        {
            return candidates;
        }

        const string Here = "./";
        string[] question = ["check-ignore", "-z", "--stdin"];
        var ignored = await command.WithVariable("GIT_LITERAL_PATHSPECS", "0").TryRunAsync(
            question, GitPath.EncodeNulTerminated(candidates.Select(path => Here + path)), cancellationToken);
        return ignored.ExitCode switch
        {
            0 => [.. ignored.NulTerminated.Select(path => path[Here.Length..])],
            1 => [],
            _ => throw GitCommand.Failure(question, ignored),
        };
    }

    private static void CheckBounds(WorktreeFiles from, List<string> paths)
    {
        long total = 0;
        (string Path, long Bytes) largest = (string.Empty, -1);
        foreach (var path in paths)
        {
            using var file = from.OpenFile(path);
            var bytes = file is null ? 0 : RandomAccess.GetLength(file);
            total += bytes;
            largest = bytes > largest.Bytes ? (path, bytes) : largest;
        }

        if (paths.Count > MaxFiles || total > MaxBytes)
        {
            throw new GitException(
                GitProblem.TooLarge,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{PatternFile} names {paths.Count} files of {total / (1024 * 1024)} MB in all (the largest: {largest.Path}); at most {MaxFiles} files of {MaxBytes / (1024 * 1024)} MB are copied into a worktree. Make its patterns narrower; what can be made again belongs into the setup commands."));
        }
    }

    private void Copy(WorktreeFiles from, WorktreeFiles to, string path, CancellationToken cancellationToken)
    {
        if (from.ReadLink(path) is { } target)
        {
            if (LeadsOut(path, GitPath.Decode(target)))
            {
                _notices.Add($"{PatternFile}: {path} was not copied into the worktree: it is a link that leads out of the checkout.");
            }
            else if (!to.CreateLink(path, target))
            {
                NotCopied(path);
            }

            return;
        }

        using var source = from.OpenFile(path);
        if (source is null)
        {
            NotCopied(path);
            return;
        }

        const UnixFileMode Bits = (UnixFileMode)0x1FF;
        var permissions = OperatingSystem.IsWindows() ? Bits : (File.GetUnixFileMode(source) & Bits) | UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var copy = to.CreateFile(path, permissions);
        if (copy is null)
        {
            NotCopied(path);
            return;
        }

        var buffer = new byte[64 * 1024];
        long position = 0;
        int read;
        while ((read = RandomAccess.Read(source, buffer, position)) > 0 && position < MaxBytes)
        {
            cancellationToken.ThrowIfCancellationRequested();
            RandomAccess.Write(copy, buffer.AsSpan(0, read), position);
            position += read;
        }
    }

    /// <summary>By its text alone: absolute, or with more steps up than the link lies deep.</summary>
    private static bool LeadsOut(string path, string target)
    {
        if (Path.IsPathRooted(target))
        {
            return true;
        }

        var depth = path.Count(character => character == '/');
        foreach (var part in target.Split('/'))
        {
            depth += part switch { "" or "." => 0, ".." => -1, _ => 1 };
            if (depth < 0)
            {
                return true;
            }
        }

        return false;
    }

    private void NotCopied(string path) =>
        _notices.Add($"{PatternFile}: {path} could not be copied into the worktree: it is no regular file, may not be read, or something is in its way.");
}
