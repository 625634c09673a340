namespace Agent.Ide.Git;

/// <summary>
/// Writes the files of a base's submodules from objects that are on this machine already. Nothing is fetched, no address is read, and what is
/// not here stays an empty folder. The files come without a <c>.git</c>: see ADR 11.
/// </summary>
internal sealed class SubmoduleFill
{
    private const string ModulesFile = ".gitmodules";
    private const long MaxModulesBytes = 1024 * 1024;
    private const int MaxDepth = 8;
    private const int MaxSubmodules = 1000;

    private readonly GitStore _store;
    private readonly GitCheckout _checkout;
    private readonly List<string> _notices = [];
    private int _count;

    public SubmoduleFill(GitStore store, GitCheckout checkout)
    {
        _store = store;
        _checkout = checkout;
    }

    /// <returns>One line for each submodule that was left empty.</returns>
    public async Task<IReadOnlyList<string>> WriteAsync(Worktree worktree, CancellationToken cancellationToken)
    {
        // A linked worktree of the user's keeps its own modules; the main checkout's are in the common directory.
        string[] homes = [Path.Combine(_checkout.GitDirectory, "modules"), Path.Combine(_store.Repository.CommonDirectory, "modules")];
        await WriteAsync(_store.Repository.Objects, worktree.Base, homes, worktree.Root, string.Empty, 0, cancellationToken);
        return _notices;
    }

    /// <param name="git">Reads the objects of the repository that has the submodules.</param>
    /// <param name="commit">Of that repository.</param>
    /// <param name="homes">Folders that may hold the submodules' own git directories.</param>
    /// <param name="root">Where its files were written.</param>
    /// <param name="prefix">Its path in the worktree, with a slash at its end; empty for the worktree itself.</param>
    /// <param name="depth">How many submodules it lies in.</param>
    /// <param name="cancellationToken">Kills what runs.</param>
    private async Task WriteAsync(
        GitCommand git, string commit, string[] homes, string root, string prefix, int depth, CancellationToken cancellationToken)
    {
        if (depth == MaxDepth || !Path.Exists(Path.Combine(root, ModulesFile)))
        {
            return;
        }

        foreach (var (name, path, hash) in await ListAsync(git, commit, prefix, cancellationToken))
        {
            var folder = new DirectoryInfo(Path.Combine(root, path));
            if (!folder.Exists || folder.LinkTarget is not null || folder.EnumerateFileSystemInfos().Any() || ++_count > MaxSubmodules)
            {
                // Outside of a sparse checkout, as a rule.
                continue;
            }

            var gitDirectory = homes.Select(home => Path.Combine(home, name)).FirstOrDefault(IsGitDirectory);
            if (gitDirectory is null || !await TryWriteAsync(gitDirectory, hash, folder.FullName, cancellationToken))
            {
                _notices.Add($"The submodule {prefix}{path} is empty in the worktree: its commit {hash[..12]} is not on this machine. `git submodule update --init` in your checkout brings it.");
                continue;
            }

            await WriteAsync(
                GitCommand.OnObjects(_store.Repository.Program, gitDirectory),
                hash,
                [Path.Combine(gitDirectory, "modules")],
                folder.FullName,
                $"{prefix}{path}/",
                depth + 1,
                cancellationToken);
        }
    }

    /// <summary>The submodules that both the commit's <c>.gitmodules</c> and its tree know, by names that cannot lead elsewhere.</summary>
    private async Task<List<(string Name, string Path, string Hash)>> ListAsync(
        GitCommand git, string commit, string prefix, CancellationToken cancellationToken)
    {
        var found = new List<(string Name, string Path, string Hash)>();
        GitOutput settings;
        try
        {
            settings = await (git with { MaxOutputBytes = MaxModulesBytes }).TryRunAsync(
                ["config", "--blob", $"{commit}:{ModulesFile}", "--list", "-z"], default, cancellationToken);
        }
        catch (GitException exception) when (exception.Problem == GitProblem.TooLarge)
        {
            _notices.Add($"{prefix}{ModulesFile} is too large to be read: its submodules are empty in the worktree.");
            return found;
        }

        if (settings.ExitCode != 0)
        {
            return found;
        }

        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var setting in settings.NulTerminated)
        {
            const string Section = "submodule.";
            const string Key = ".path";
            var end = setting.IndexOf('\n', StringComparison.Ordinal);
            if (end > Section.Length + Key.Length
                && setting.StartsWith(Section, StringComparison.Ordinal)
                && setting.AsSpan(0, end).EndsWith(Key, StringComparison.Ordinal)
                && setting[Section.Length..(end - Key.Length)] is var name
                && setting[(end + 1)..] is var path
                && IsPlain(name) && PathRules.Refusal(path) is null)
            {
                names[path] = name;
            }
        }

        if (names.Count == 0)
        {
            return found;
        }

        var entries = await git.RunAsync(["ls-tree", "-z", commit, "--", .. names.Keys.Take(MaxSubmodules)], default, cancellationToken);
        foreach (var entry in entries.NulTerminated)
        {
            // "<mode> <type> <hash>\t<path>"
            var tab = entry.IndexOf('\t', StringComparison.Ordinal);
            var fields = entry[..tab].Split(' ');
            if (fields[0] == TreeEntry.SubmoduleMode && names.TryGetValue(entry[(tab + 1)..], out var name))
            {
                found.Add((name, entry[(tab + 1)..], fields[2]));
            }
        }

        return found;
    }

    private async Task<bool> TryWriteAsync(string gitDirectory, string hash, string folder, CancellationToken cancellationToken)
    {
        using var staging = _store.NewStaging();
        var command = GitCommand.OnCheckout(_store.Repository.Program, gitDirectory, folder).WithIndex(staging.IndexFile);
        var known = await command.TryRunAsync(["cat-file", "-e", hash + "^{commit}"], default, cancellationToken);
        if (known.ExitCode != 0)
        {
            return false;
        }

        // With the driver off: the program of LFS would fetch what is not here.
        var written = await LfsContent.WithoutDriver(command).TryRunAsync(["read-tree", "-m", "-u", hash], default, cancellationToken);
        if (written.ExitCode == 0)
        {
            return true;
        }

        // Objects are missing (a partial clone): half a submodule would mislead more than none.
        await FolderRemoval.RemoveAsync(folder, cancellationToken);
        Directory.CreateDirectory(folder);
        return false;
    }

    private static bool IsGitDirectory(string folder) =>
        File.Exists(Path.Combine(folder, "HEAD")) && Directory.Exists(Path.Combine(folder, "objects"));

    /// <summary>As git checks a submodule's name before it becomes part of a path.</summary>
    private static bool IsPlain(string name) =>
        name.Length > 0 && !Path.IsPathRooted(name) && name.Split('/', '\\').All(part => part is not ("" or "." or ".."));
}
