using System.Text;

namespace Agent.Ide.Git.Merging;

/// <summary>A merge that stopped at conflicts, as git left it: what merged by itself, and the three sides of what did not.</summary>
/// <param name="Output">git's answer.</param>
/// <param name="OurName">How our side was named to git, in markers as well.</param>
/// <param name="TheirName">How their side was named.</param>
internal sealed record UnmergedTree(MergeTreeOutput Output, string OurName, string TheirName)
{
    /// <summary>Attributes may ask for longer markers than git's own.</summary>
    private const int MarkerLength = 7;

    /// <summary>What our, their or the common side has at a path; null where it has nothing.</summary>
    /// <param name="path">Of a conflict.</param>
    /// <param name="stage">1 base, 2 ours, 3 theirs.</param>
    public ConflictedStage? Stage(string path, int stage) => Output.Stages.FirstOrDefault(entry => entry.Stage == stage && entry.Path == path);

    /// <summary>How a conflict can be resolved, by what lies at its path alone. One whose name is no text cannot be named in a decision.</summary>
    public ConflictChoice ChoiceOf(MergeConflict conflict)
    {
        var (ours, theirs) = (Stage(conflict.Path, 2), Stage(conflict.Path, 3));
        if (conflict.Kind is ConflictKind.Rename or ConflictKind.FileDirectory or ConflictKind.Other
            || conflict.RelatedPaths.Count > 0 || (ours ?? theirs) is null || WasMoved(conflict.Path) || !GitPath.IsText(conflict.Path))
        {
            return ConflictChoice.None;
        }

        return conflict.Kind is ConflictKind.Content or ConflictKind.AddAdd && IsFile(ours) && IsFile(theirs) ? ConflictChoice.Text : ConflictChoice.Side;
    }

    /// <summary>The merged tree with every conflict resolved.</summary>
    /// <param name="repository">Where.</param>
    /// <param name="git">Says where objects are written.</param>
    /// <param name="resolutions">One for each conflict.</param>
    /// <param name="cancellationToken">Kills git.</param>
    /// <returns>Hash of the tree.</returns>
    public async Task<string> ResolveAsync(
        GitRepository repository, GitCommand git, IEnumerable<ConflictResolution> resolutions, CancellationToken cancellationToken)
    {
        var changes = new List<TreeChange>();
        foreach (var resolution in resolutions)
        {
            var (before, ours, theirs) = (Stage(resolution.Path, 1), Stage(resolution.Path, 2), Stage(resolution.Path, 3));
            var taken = resolution switch
            {
                ConflictResolution.Side side => side.Which == ConflictSide.Ours ? ours : theirs,

                ConflictResolution.Text text => ours! with
                {
                    Mode = ModeOf(before, ours, theirs!),
                    Hash = await WriteAsync(git, text.Content, cancellationToken),
                },
                _ => throw new InvalidOperationException($"A resolution cannot be {resolution.GetType().Name}."),
            };
            changes.Add(TreeChange.To(resolution.Path, taken?.Mode, taken?.Hash, repository.ObjectFormat));
        }

        return await EditedTree.WriteAsync(repository, git, Output.Tree, changes, cancellationToken);
    }

    /// <summary>Whether a text still has lines with which git marks a conflict, and which are in neither side.</summary>
    public async Task<bool> HasMarkersAsync(GitCommand git, ConflictResolution.Text text, CancellationToken cancellationToken)
    {
        var marked = MarkedLines(text.Content.Span);
        if (marked.Count == 0)
        {
            return false;
        }

        foreach (var stage in new[] { Stage(text.Path, 2)!, Stage(text.Path, 3)! })
        {
            marked.ExceptWith(MarkedLines((await git.RunAsync(["cat-file", "blob", stage.Hash], default, cancellationToken)).Bytes));
        }

        return marked.Count > 0;
    }

    /// <summary>Whether a text leaves a place of a conflict as it was before both sides; see <see cref="ConflictLines.IsUndecidedAsync"/>.</summary>
    public async Task<bool> IsUndecidedAsync(GitCommand git, ConflictResolution.Text text, CancellationToken cancellationToken)
    {
        // What both added began as nothing.
        var before = Stage(text.Path, 1)?.Hash ?? await WriteAsync(git, default, cancellationToken);
        return await new ConflictLines(git).IsUndecidedAsync(
            before, Stage(text.Path, 2)!.Hash, Stage(text.Path, 3)!.Hash, await WriteAsync(git, text.Content, cancellationToken), cancellationToken);
    }

    private static async Task<string> WriteAsync(GitCommand git, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        (await git.RunAsync(["hash-object", "-w", "-t", "blob", "--stdin"], content, cancellationToken)).Line;

    /// <summary>Whoever made it executable is heard.</summary>
    private static string ModeOf(ConflictedStage? before, ConflictedStage ours, ConflictedStage theirs) =>
        IsFile(before)
            ? (theirs.Mode != before!.Mode ? theirs : ours).Mode
            : (ours.Mode == TreeEntry.ExecutableMode ? ours : theirs).Mode;

    private static HashSet<string> MarkedLines(ReadOnlySpan<byte> text) =>
        [.. Encoding.Latin1.GetString(text).Split('\n').Where(static line => IsMarked(line, '<') || IsMarked(line, '>'))];

    private static bool IsMarked(string line, char sign)
    {
        var length = line.AsSpan().IndexOfAnyExcept(sign);
        return length >= MarkerLength && line[length] == ' ';
    }

    private static bool IsFile(ConflictedStage? stage) => stage is { Mode: not (TreeChange.LinkMode or TreeChange.SubmoduleMode) };

    /// <summary>Whether git had to put a side elsewhere, under a name of its own making.</summary>
    private bool WasMoved(string path) => Output.Stages.Any(stage =>
        stage.Path.StartsWith(path + "~" + OurName, StringComparison.Ordinal) || stage.Path.StartsWith(path + "~" + TheirName, StringComparison.Ordinal));
}
