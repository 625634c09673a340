namespace Agent.Ide.Git;

/// <summary>
/// Takes away the <c>.git</c> of repositories that an agent made inside its worktree. Git obeys the configuration of whatever repository it
/// finds itself in, so a person, a prompt or an editor that asks for the status there would run what an agent wrote into it. The
/// files around it stay. A worktree's own <c>.git</c> and those of submodules, whose repositories lie where no agent writes, are left
/// alone. FIFOs go as well that lie where git opens a file by its name: it would wait at each of them for somebody to write.
/// </summary>
internal static class NestedRepositories
{
    private const string GitName = ".git";
    private const string TakenFolder = "agent-ide-nested";
    private const int MaxGitFileBytes = 4096;

    /// <summary>What git opens in every folder that it comes through, or at the root.</summary>
    private static readonly string[] s_openedByName = [".gitignore", ".gitattributes", ".gitmodules"];

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
            if (HostFolder.Look(path) == PathKind.Special)
            {
                HostFolder.OpenToOwner(Path.GetDirectoryName(path)!);
                HostFolder.DeleteFile(path);
                taken.Add(GitPath.Show(Path.GetRelativePath(worktree.Root, path)));
            }
            else if (!IsSubmodule(worktree, commonDirectory, path))
            {
                await TakeAsync(worktree, path, cancellationToken);
                taken.Add(GitPath.Show(Path.GetRelativePath(worktree.Root, path)));
            }
        }

        return taken;
    }

    /// <summary>
    /// Folders, files and links called <c>.git</c> below the root, with what lies in such a folder; and what is no file where git would read one.
    /// </summary>
    private static List<string> Find(string root, CancellationToken cancellationToken)
    {
        var found = new List<string>();
        var waiting = new Stack<string>([root]);
        while (waiting.TryPop(out var folder))
        {
            cancellationToken.ThrowIfCancellationRequested();

            // None: nested so deeply that its path is no path any more, or gone. Git cannot be started in it either.
            foreach (var entry in ListOpened(folder) ?? [])
            {
                var path = $"{folder}{Path.DirectorySeparatorChar}{entry.Name}";
                if (!IsGit(entry.Name))
                {
                    if (entry.Kind == PathKind.Folder)
                    {
                        waiting.Push(path);
                    }
                    else if (entry.Kind == PathKind.Special && s_openedByName.Contains(entry.Name))
                    {
                        found.Add(path);
                    }
                }
                else if (folder != root)
                {
                    found.Add(path);
                }
            }
        }

        return found;
    }

    /// <summary>A folder that its owner may enter but not list would hide a repository that a git started in it obeys all the same.</summary>
    private static List<HostEntry>? ListOpened(string folder)
    {
        if (HostFolder.ListNames(folder) is { } entries)
        {
            return entries;
        }

        HostFolder.OpenToOwner(folder);
        return HostFolder.ListNames(folder);
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

        // As git writes it: upwards first, if at all. A link before ".." would lead elsewhere than the name reads.
        var named = text[Prefix.Length..].Trim();
        if (named.Split('/').SkipWhile(part => part == "..").Contains(".."))
        {
            return false;
        }

        var target = Path.GetFullPath(named, Path.GetDirectoryName(path)!);
        return ((string[])[commonDirectory, worktree.GitDirectory])
            .Any(directory => target.StartsWith(Path.Combine(directory, "modules") + Path.DirectorySeparatorChar, StringComparison.Ordinal));
    }

    /// <summary>Moved to where no agent writes and no git looks; deleted where that is another disk.</summary>
    private static async Task TakeAsync(Worktree worktree, string path, CancellationToken cancellationToken)
    {
        HostFolder.OpenToOwner(Path.GetDirectoryName(path)!);
        if (HostFolder.Look(path) == PathKind.Link)
        {
            HostFolder.DeleteFile(path);
            return;
        }

        HostFolder.OpenToOwner(path);
        var folder = Directory.CreateDirectory(Path.Combine(worktree.GitDirectory, TakenFolder)).FullName;
        var name = Guid.NewGuid().ToString("N");
        if (!HostFolder.Move(path, Path.Combine(folder, name)))
        {
            // Under a name that any program can be given.
            var aside = Path.Combine(worktree.Root, name);
            HostFolder.Move(path, aside);
            await FolderRemoval.RemoveAsync(aside, cancellationToken);
        }
    }
}
