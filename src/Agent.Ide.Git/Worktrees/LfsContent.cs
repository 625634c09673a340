using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Agent.Ide.Git;

/// <summary>
/// Large files (Git LFS) as the user's checkout shows them: content where it has content, the pointer where it has the pointer, and for
/// a file it has not, content if that is on this machine. Copied from the LFS store of the repository or from the checkout; the program of LFS
/// is not run, for it would fetch. https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
/// </summary>
internal sealed class LfsContent
{
    public const string Driver = "lfs";
    private const string Attribute = "filter=lfs";

    /// <summary>A pointer is smaller, by its specification.</summary>
    private const int MaxPointerBytes = 1024;

    private readonly GitStore _store;
    private readonly GitCheckout? _checkout;

    /// <param name="store">Of the repository.</param>
    /// <param name="checkout">The user's, to compare with; null: only what is in the store counts.</param>
    public LfsContent(GitStore store, GitCheckout? checkout)
    {
        _store = store;
        _checkout = checkout;
    }

    /// <summary>A command that leaves pointers as they are.</summary>
    public static GitCommand WithoutDriver(GitCommand command) => command
        .WithSetting("filter.lfs.clean", string.Empty)
        .WithSetting("filter.lfs.smudge", string.Empty)
        .WithSetting("filter.lfs.process", string.Empty)
        .WithSetting("filter.lfs.required", "false");

    /// <summary>The paths that the attributes of a fresh worktree hand to LFS; none where the user's git does not use it.</summary>
    public async Task<IReadOnlyList<string>> FindAsync(Worktree worktree, CancellationToken cancellationToken)
    {
        var settings = await _store.Settings.ReadAsync(cancellationToken);
        if (!settings.Filters.Contains(Driver))
        {
            return [];
        }

        var command = _store.Repository.On(worktree.Checkout).WithVariable("GIT_LITERAL_PATHSPECS", "0");
        if (!settings.GlobalAttributes.Contains(Attribute, StringComparison.Ordinal))
        {
            // Cheap even where there are many files: only files of this name are looked into.
            var mentioned = await command.TryRunAsync(
                ["grep", "--cached", "--quiet", "--fixed-strings", "-e", Attribute, "--", ":(glob)**/.gitattributes"], default, cancellationToken);
            if (mentioned.ExitCode != 0)
            {
                return [];
            }
        }

        return (await command.RunAsync(["ls-files", "-z", "--", ":(attr:filter=lfs)"], default, cancellationToken)).NulTerminated;
    }

    /// <summary>Puts content in the place of pointers, and tells the index that these files are what it knows.</summary>
    /// <param name="worktree">Nothing else writes in it.</param>
    /// <param name="paths">Files that hold their pointers.</param>
    /// <param name="cancellationToken">Between files and while copying.</param>
    public async Task WriteAsync(Worktree worktree, IReadOnlyCollection<string> paths, CancellationToken cancellationToken)
    {
        if (paths.Count == 0)
        {
            return;
        }

        var settings = await _store.Settings.ReadAsync(cancellationToken);
        using var staging = _store.NewStaging();
        using var files = WorktreeFiles.Open(worktree.Root);
        using var theirs = _checkout is null ? null : WorktreeFiles.Open(_checkout.Root);
        var written = new List<string>();
        foreach (var path in paths.Where(IsText))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (files.ReadSmallFile(path, MaxPointerBytes) is { } bytes && Pointer.Parse(bytes) is { } pointer
                && WriteContent(files, theirs, path, bytes, pointer, settings, cancellationToken))
            {
                staging.Write(path, bytes);
                written.Add(path);
            }
        }

        if (written.Count > 0)
        {
            if (Directory.EnumerateFiles(worktree.GitDirectory, "sharedindex.*").Any())
            {
                await _store.Repository.On(worktree.Checkout).WithSetting("core.splitIndex", "false").RunAsync(
                    ["update-index", "--no-split-index"], default, cancellationToken);
            }

            await StandIn(worktree, staging).RunAsync(["update-index", "-z", "--stdin"], GitPath.EncodeNulTerminated(written), cancellationToken);
        }
    }

    /// <summary>
    /// Makes the index take the new times and sizes of files, and takes their pointers for what they clean to, without running what the user
    /// has configured or hashing the content again. The user's driver cannot be replaced from outside (a driver with a process has no clean
    /// command, and a setting cannot be taken back), so git is given a directory of ours, with a driver of ours and attributes over all others.
    /// </summary>
    private GitCommand StandIn(Worktree worktree, StagingFolder staging)
    {
        var git = Path.Combine(staging.Root, "git");
        foreach (var folder in (string[])["objects", "refs", "info"])
        {
            Directory.CreateDirectory(Path.Combine(git, folder));
        }

        File.WriteAllText(Path.Combine(git, "HEAD"), "ref: refs/heads/none\n");
        File.WriteAllText(Path.Combine(git, "info", "attributes"), "* filter=agent-ide -text -ident -working-tree-encoding\n");
        File.WriteAllText(
            Path.Combine(git, "config"),
            $"[core]\n\trepositoryformatversion = 1\n[extensions]\n\tobjectFormat = {_store.Repository.ObjectFormat.Name}\n");

        // git also asks about files as young as the index; those are what they are.
        var clean = $"f='{staging.Tree.Replace("'", "'\\''", StringComparison.Ordinal)}'/%f; if [ -f \"$f\" ]; then cat \"$f\"; else cat; fi";
        return GitCommand.OnCheckout(_store.Repository.Program, git, worktree.Root)
            .WithIndex(Path.Combine(worktree.GitDirectory, "index"))
            .WithVariable("GIT_OBJECT_DIRECTORY", Path.Combine(_store.Repository.CommonDirectory, "objects"))
            .WithSetting("core.splitIndex", "false")
            .WithSetting("filter.agent-ide.clean", clean)
            .WithSetting("filter.agent-ide.required", "true");
    }

    private bool WriteContent(
        WorktreeFiles files, WorktreeFiles? theirs, string path, byte[] text, Pointer pointer, RepositorySettings.Snapshot settings, CancellationToken cancellationToken)
    {
        var stored = Path.Combine(StoreFolder(settings), pointer.Hash[..2], pointer.Hash[2..4], pointer.Hash);
        var isStored = new FileInfo(stored) is { Exists: true } file && file.Length == pointer.Size;
        using var shown = theirs?.OpenFile(path);
        var length = shown is null ? -1 : RandomAccess.GetLength(shown);
        if (shown is not null && length == text.Length && length != pointer.Size && theirs!.ReadSmallFile(path, MaxPointerBytes) is { } same && same.AsSpan().SequenceEqual(text))
        {
            return false;
        }

        if (isStored && (length == pointer.Size || !settings.SkipsLfs))
        {
            using var source = File.OpenHandle(stored);
            return Replace(files, path, text, source, pointer, check: false, cancellationToken);
        }

        return length == pointer.Size && Replace(files, path, text, shown!, pointer, check: true, cancellationToken);
    }

    private static bool Replace(
        WorktreeFiles files, string path, byte[] text, SafeFileHandle source, Pointer pointer, bool check, CancellationToken cancellationToken)
    {
        using var target = files.OpenFileForWriting(path);
        if (target is null)
        {
            return false;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[256 * 1024];
        long position = 0;
        int read;
        while ((read = RandomAccess.Read(source, buffer, position)) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            RandomAccess.Write(target, buffer.AsSpan(0, read), position);
            if (check)
            {
                hash.AppendData(buffer.AsSpan(0, read));
            }

            position += read;
        }

        if (position != pointer.Size || (check && Convert.ToHexStringLower(hash.GetHashAndReset()) != pointer.Hash))
        {
            // The user has edited it: what stands in the commit is not that.
            RandomAccess.SetLength(target, 0);
            RandomAccess.Write(target, text, 0);
            return false;
        }

        // Older than the index that is written next: git looks again at files as young as their index, and by hash they are not equal.
        File.SetLastWriteTimeUtc(target, DateTime.UtcNow.AddSeconds(-2));
        return true;
    }

    /// <summary>As git-lfs has it: <c>lfs.storage</c>, relative to the git directory, else <c>lfs</c> in there.</summary>
    private string StoreFolder(RepositorySettings.Snapshot settings) =>
        Path.Combine(_store.Repository.CommonDirectory, settings.LfsStorage ?? "lfs", "objects");

    private static bool IsText(string path) => !path.EnumerateRunes().Contains(Rune.ReplacementChar);

    /// <param name="Hash">SHA-256 of the content, in lower-case hexadecimal.</param>
    /// <param name="Size">Bytes of the content.</param>
    private sealed record Pointer(string Hash, long Size)
    {
        public static Pointer? Parse(byte[] bytes)
        {
            const string Version = "version https://git-lfs.github.com/spec/v1\n";
            const string Hash = "oid sha256:";
            const string Size = "size ";
            const int HashCharacters = 64;
            var text = Encoding.UTF8.GetString(bytes);
            if (!text.StartsWith(Version, StringComparison.Ordinal))
            {
                return null;
            }

            var lines = text.Split('\n');
            var hash = Array.Find(lines, line => line.StartsWith(Hash, StringComparison.Ordinal))?[Hash.Length..];
            var size = Array.Find(lines, line => line.StartsWith(Size, StringComparison.Ordinal))?[Size.Length..];
            return hash is { Length: HashCharacters } && hash.All(char.IsAsciiHexDigitLower)
                && long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var bytesOfContent)
                    ? new Pointer(hash, bytesOfContent)
                    : null;
        }
    }
}
