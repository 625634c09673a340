using System.Text;
using Agent.Ide.Core.Tools;
using Agent.Ide.Worker.Files;
using Agent.Ide.Worker.Ignoring;

namespace Agent.Ide.Worker.Tools;

/// <summary>Lists the paths a glob matches, for the tools that offer that.</summary>
internal static class FileListing
{
    // Counting goes on behind the last path shown, so that the model knows how much there is, but not for ever.
    private const int MaxCounted = 100_000;

    /// <param name="files">Where.</param>
    /// <param name="pattern">Relative to the worktree; null for every file.</param>
    /// <param name="folder">Only below it; without links.</param>
    /// <param name="most">Paths shown.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static ToolOutcome Run(IWorktreeFiles files, string? pattern, WorktreePath folder, int most, CancellationToken cancellationToken)
    {
        var glob = pattern is null ? null : new ToolGlob(pattern);
        var content = new StringBuilder();
        var found = 0;
        foreach (var file in new TreeWalk(files).Below(folder, cancellationToken))
        {
            if (glob is not null && !glob.IsMatch(file.Path))
            {
                continue;
            }

            found++;
            if (found <= most)
            {
                content.Append(file.Path).Append('\n');
            }
            else if (found == MaxCounted)
            {
                break;
            }
        }

        if (found == 0)
        {
            return new ToolOutcome { Content = "No file matches.", Summary = TextLines.Summary($"no file matches {pattern}", string.Empty) };
        }

        if (found > most)
        {
            content.Append($"[{most} of {(found == MaxCounted ? "more than " : "")}{found} files; use a narrower glob]");
        }

        return new ToolOutcome { Content = content.ToString().TrimEnd('\n'), Summary = TextLines.Summary($"listed {pattern ?? "files"}", $", {found} found") };
    }
}
