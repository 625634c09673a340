namespace Agent.Ide.Worker.Ignoring;

/// <summary>The ignore files that count in one folder: its own before those of the folders above, <c>info/exclude</c> last.</summary>
internal sealed class IgnoreScope
{
    private readonly IgnoreScope? _outer;
    private readonly IgnoreFile _file;
    private readonly int _prefixLength;

    private IgnoreScope(IgnoreScope? outer, IgnoreFile file, int prefixLength)
    {
        _outer = outer;
        _file = file;
        _prefixLength = prefixLength;
    }

    /// <param name="exclude">The repository's <c>info/exclude</c>.</param>
    public static IgnoreScope Root(IgnoreFile exclude) => new(null, exclude, 0);

    /// <param name="folder">Path of the folder whose file this is, relative to the worktree; empty for the worktree itself.</param>
    /// <param name="file">Null: the folder has none.</param>
    public IgnoreScope Enter(string folder, IgnoreFile? file) =>
        file is null || file.IsEmpty ? this : new IgnoreScope(this, file, folder.Length == 0 ? 0 : folder.Length + 1);

    /// <param name="path">Relative to the worktree, below every folder that was entered.</param>
    public bool IsIgnored(ReadOnlySpan<char> path, bool isDirectory)
    {
        for (var scope = this; scope is not null; scope = scope._outer)
        {
            if (scope._file.Decide(path[scope._prefixLength..], isDirectory) is { } ignored)
            {
                return ignored;
            }
        }

        return false;
    }
}
