namespace Agent.Ide.Git;

/// <summary>
/// Takes away the <c>.git</c> of repositories that an agent made inside its worktree. Git obeys the configuration of whatever repository it
/// finds itself in, so a person, a prompt or an editor that asks for the status there would run what an agent wrote into it. The
/// files around it stay. A worktree's own <c>.git</c> and those of submodules, whose repositories lie where no agent writes, are left
/// alone.
/// </summary>
internal static class NestedRepositories
{
    private const string GitName = ".git";
    private const string TakenFolder = "agent-ide-nested";
    private const int MaxGitFileBytes = 4096;

    /// <summary>Looks at every folder of a worktree in which nothing runs any more; no link is followed.</summary>
    /// <param name="worktree">Where to look.</param>
    /// <param name="commonDirectory">The repository's; submodules have theirs in it.</param>
    /// <param name="cancellationToken">Stops between folders.</param>
    /// <returns>The paths, relative to the worktree, of what was taken away.</returns>
    /// <exception cref="GitException"><see cref="GitProblem.Storage"/>: one could not be taken away.</exception>
    public static async Task<IReadOnlyList<string>> TakeAwayAsync(Worktree worktree, string commonDirectory, CancellationToken cancellationToken)
    {
        var taken = new List<string>();
        foreach (var path in Find(worktree.Root, cancellationToken))
        {
            if (!IsSubmodule(worktree, commonDirectory, path))
            {
                await TakeAsync(worktree, path, cancellationToken);
                taken.Add(Path.GetRelativePath(worktree.Root, path));
            }
        }

        return taken;
    }

    /// <summary>Folders, files and links called <c>.git</c> below the root. What lies in such a folder goes with it.</summary>
    private static List<string> Find(string root, CancellationToken cancellationToken)
    {
        var found = new List<string>();
        var waiting = new Stack<string>([root]);
        var options = new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = true, ReturnSpecialDirectories = false };
        while (waiting.TryPop(out var folder))
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                var entries = new System.IO.Enumeration.FileSystemEnumerable<string?>(
                    folder,
                    static (ref System.IO.Enumeration.FileSystemEntry entry) => entry.ToSpecifiedFullPath(),
                    options)
                {
                    ShouldIncludePredicate = static (ref System.IO.Enumeration.FileSystemEntry entry) =>
                        IsGit(entry.FileName) || (entry.IsDirectory && (entry.Attributes & FileAttributes.ReparsePoint) == 0),
                };
                foreach (var path in entries)
                {
                    if (!IsGit(Path.GetFileName(path.AsSpan())))
                    {
                        waiting.Push(path!);
                    }
                    else if (folder != root)
                    {
                        found.Add(path!);
                    }
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // A folder nested so deeply that its path is no path any more, or gone: git cannot be started in it either.
            }
        }

        return found;
    }

    private static bool IsGit(ReadOnlySpan<char> name) =>
        OperatingSystem.IsLinux() ? name.SequenceEqual(GitName) : PathRules.IsGitFolder(name);

    /// <summary>Only the folders that git itself fills with submodules are believed: what was taken away lies in the repository, too.</summary>
    private static bool IsSubmodule(Worktree worktree, string commonDirectory, string path)
    {
        const string Prefix = "gitdir:";
        using var files = WorktreeFiles.Open(Path.GetDirectoryName(path)!);
        if (files.ReadSmallFile(GitName, MaxGitFileBytes) is not { } content)
        {
            return false;
        }

        var text = System.Text.Encoding.UTF8.GetString(content).Trim();
        if (!text.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return false;
        }

        var target = Path.GetFullPath(text[Prefix.Length..].Trim(), Path.GetDirectoryName(path)!);
        return ((string[])[commonDirectory, worktree.GitDirectory])
            .Any(directory => target.StartsWith(Path.Combine(directory, "modules") + Path.DirectorySeparatorChar, StringComparison.Ordinal));
    }

    /// <summary>Moved to where no agent writes and no git looks; deleted where that is another disk.</summary>
    private static async Task TakeAsync(Worktree worktree, string path, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateDirectory(Path.Combine(worktree.GitDirectory, TakenFolder)).FullName;
        var target = Path.Combine(folder, Guid.NewGuid().ToString("N"));
        try
        {
            var file = new FileInfo(path);
            if (file.LinkTarget is not null)
            {
                file.Delete();
            }
            else if (file.Exists)
            {
                File.Move(path, target);
            }
            else
            {
                Directory.Move(path, target);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await FolderRemoval.RemoveAsync(path, cancellationToken);
        }
    }
}
