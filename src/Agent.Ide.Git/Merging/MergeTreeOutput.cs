using System.Globalization;

namespace Agent.Ide.Git.Merging;

/// <summary>A line of <c>git merge-tree</c>'s list of conflicted files.</summary>
/// <param name="Stage">1 base, 2 ours, 3 theirs.</param>
internal sealed record ConflictedStage(string Mode, string Hash, int Stage, string Path);

/// <summary>One of its messages; the type is a stable word, the text is for people.</summary>
internal sealed record MergeMessage(IReadOnlyList<string> Paths, string Type, string Text);

/// <summary>
/// The answer of <c>git merge-tree --write-tree -z --messages</c>: the tree, then the conflicted stages, an empty field, and the
/// messages (number of paths, paths, type, text). Source: git-merge-tree(1), "OUTPUT".
/// </summary>
internal sealed record MergeTreeOutput(string Tree, IReadOnlyList<ConflictedStage> Stages, IReadOnlyList<MergeMessage> Messages)
{
    public static MergeTreeOutput Parse(IReadOnlyList<string> fields)
    {
        var stages = new List<ConflictedStage>();
        var next = 1;
        for (; next < fields.Count && fields[next].Length > 0; next++)
        {
            // "100644 <hash> 2\tpath"
            var field = fields[next];
            var tab = field.IndexOf('\t', StringComparison.Ordinal);
            var parts = field[..tab].Split(' ');
            stages.Add(new ConflictedStage(parts[0], parts[1], parts[2][0] - '0', field[(tab + 1)..]));
        }

        var messages = new List<MergeMessage>();
        next++;
        while (next < fields.Count)
        {
            var count = int.Parse(fields[next], CultureInfo.InvariantCulture);
            var paths = new List<string>(count);
            for (var i = 1; i <= count; i++)
            {
                paths.Add(fields[next + i]);
            }

            messages.Add(new MergeMessage(paths, fields[next + count + 1], fields[next + count + 2].TrimEnd('\n')));
            next += count + 3;
        }

        return new MergeTreeOutput(fields[0], stages, messages);
    }
}
