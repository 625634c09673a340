namespace Agent.Ide.Git.Merging.Accept;

/// <summary>Files of an interrupted accept that cannot be settled while a filter fails.</summary>
internal sealed class StuckFiles
{
    private const int MaxNamed = 5;

    private readonly string _root;
    private readonly List<string> _paths = [];
    private FilterFailure? _first;

    /// <param name="root">Of the checkout.</param>
    public StuckFiles(string root) => _root = root;

    public void Add(FilterFailure failure, IReadOnlyCollection<string> paths)
    {
        _first ??= failure;
        _paths.AddRange(paths);
    }

    /// <exception cref="GitException">There are some; it names them, and the first filter.</exception>
    public void ThrowIfAny()
    {
        if (_first is null)
        {
            return;
        }

        var more = _paths.Count > MaxNamed ? $" and {_paths.Count - MaxNamed} more" : string.Empty;
        var missing = _paths.Where(path => NativeFiles.Look(_root, path) == FileKind.None).ToList();
        var state = missing.Count == 0 ? "may be as before or as merged"
            : missing.Count == _paths.Count ? "not there"
            : $"missing ({missing.Count}) or as merged";
        throw new GitException(
            GitProblem.FilterFailed, $"{_first.Reason} Without it these files stay {state}: {string.Join(", ", _paths.Take(MaxNamed))}{more}.");
    }
}
