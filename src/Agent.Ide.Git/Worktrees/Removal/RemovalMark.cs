using System.Globalization;

namespace Agent.Ide.Git;

/// <summary>How far a removal has come. Up to <see cref="Moved"/> it can be undone; from there on it is finished, by whoever finds it.</summary>
internal enum RemovalStage
{
    /// <summary>What is in the worktree is pinned; it is, or is about to be, moved out of its place.</summary>
    Moved,

    /// <summary>It is known what is set aside and what is given up.</summary>
    Keeping,

    /// <summary>Everything that is kept is out of the folder.</summary>
    Clearing,
}

/// <summary>
/// The journal of a removal: a file in git's metadata of the worktree, which goes with it. While it is there git's own clean-up is kept away by
/// its <c>locked</c> file.
/// </summary>
/// <remarks>The worktree is renamed before anything of it is removed: a folder in its old place is always whole.</remarks>
internal sealed record RemovalMark
{
    private const string FileName = "agent-ide-removing";
    private const string Version = "1";
    private const string LockReason = "agent-ide removes it\n";

    public required RemovalStage Stage { get; init; }

    /// <summary>What the folder is called from its renaming to its end.</summary>
    public required string Doomed { get; init; }

    /// <summary>Of the kept ref.</summary>
    public required int KeptNumber { get; init; }

    /// <summary>Where the branch stood before leftovers were committed.</summary>
    public required string Tip { get; init; }

    public required bool DeleteBranch { get; init; }

    /// <summary>What is set aside; known from <see cref="RemovalStage.Keeping"/>.</summary>
    public IReadOnlyList<string> Aside { get; init; } = [];

    /// <summary>What is given up: ignored files past the bounds.</summary>
    public IReadOnlyList<string> Left { get; init; } = [];

    public static RemovalMark? Read(string gitDirectory)
    {
        byte[] content;
        try
        {
            content = File.ReadAllBytes(Path.Combine(gitDirectory, FileName));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }

        var fields = new List<string>();
        for (ReadOnlySpan<byte> rest = content; rest.IndexOf((byte)0) is var end and >= 0; rest = rest[(end + 1)..])
        {
            fields.Add(GitPath.Decode(rest[..end]));
        }

        const int Fixed = 7;
        if (fields.Count < Fixed
            || fields[0] != Version
            || !Enum.TryParse<RemovalStage>(fields[1], out var stage)
            || !int.TryParse(fields[3], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || !int.TryParse(fields[6], NumberStyles.None, CultureInfo.InvariantCulture, out var aside)
            || aside > fields.Count - Fixed)
        {
            throw new GitException(
                GitProblem.CommandFailed,
                $"The journal {Path.Combine(gitDirectory, FileName)} of an interrupted removal cannot be read by this version. What was in the worktree is pinned below refs/agent-ide/kept/; remove the rest by hand.");
        }

        return new RemovalMark
        {
            Stage = stage,
            Doomed = fields[2],
            KeptNumber = number,
            Tip = fields[4],
            DeleteBranch = fields[5] == "delete",
            Aside = fields.GetRange(Fixed, aside),
            Left = fields.GetRange(Fixed + aside, fields.Count - Fixed - aside),
        };
    }

    /// <summary>Durable when it returns.</summary>
    public void Write(string gitDirectory)
    {
        string[] fields =
        [
            Version,
            Stage.ToString(),
            Doomed,
            KeptNumber.ToString(CultureInfo.InvariantCulture),
            Tip,
            DeleteBranch ? "delete" : "keep",
            Aside.Count.ToString(CultureInfo.InvariantCulture),
            .. Aside,
            .. Left,
        ];
        var path = Path.Combine(gitDirectory, FileName);
        using (var stream = new FileStream(path + ".draft", FileMode.Create))
        {
            stream.Write(GitPath.EncodeNulTerminated(fields));
            stream.Flush(flushToDisk: true);
        }

        File.Move(path + ".draft", path, overwrite: true);
        var lockFile = Path.Combine(gitDirectory, "locked");
        if (!File.Exists(lockFile))
        {
            File.WriteAllText(lockFile, LockReason);
        }

        Merging.Accept.NativeFiles.FlushFolder(gitDirectory);
    }

    /// <summary>The removal is undone: the folder was not moved.</summary>
    public static void Delete(string gitDirectory)
    {
        var lockFile = Path.Combine(gitDirectory, "locked");
        if (File.Exists(lockFile) && File.ReadAllText(lockFile) == LockReason)
        {
            File.Delete(lockFile);
        }

        File.Delete(Path.Combine(gitDirectory, FileName));
    }
}
