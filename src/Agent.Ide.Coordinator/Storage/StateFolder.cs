namespace Agent.Ide.Coordinator.Storage;

/// <summary>Where the coordinator keeps its state: <c>&lt;git common dir&gt;/agent-ide/</c>. No sandbox sees this folder.</summary>
public sealed class StateFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <param name="commonDirectory">Absolute real path of the git common directory.</param>
    /// <exception cref="IOException">The folder cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be made.</exception>
    public StateFolder(string commonDirectory)
    {
        CommonDirectory = commonDirectory;
        Root = Path.Combine(commonDirectory, "agent-ide");
        CreatePrivate(Root);
        CreatePrivate(Tasks);
        CreatePrivate(Logs);
    }

    public string CommonDirectory { get; }

    public string Root { get; }

    public string Tasks => Path.Combine(Root, "tasks");

    public string Logs => Path.Combine(Root, "logs");

    public string Board => Path.Combine(Root, "board.db");

    public string Artifacts => Path.Combine(Root, "artifacts.db");

    public string Audit => Path.Combine(Root, "audit.jsonl");

    /// <summary>Names the folders in which groups with limits are made.</summary>
    public string LimitGroups => Path.Combine(Root, "limit-groups");

    public string CoordinatorLog => Path.Combine(Logs, "coordinator.log");

    public string TaskLog(string id) => Path.Combine(Tasks, id + ".db");

    /// <summary>
    /// Whether whoever appended to a task's log last did not close it: SQLite takes the write-ahead log away when it does. The board cannot
    /// tell, for it is written after the log, and in between a process may end.
    /// </summary>
    public bool WasLeftOpen(string id) => File.Exists(TaskLog(id) + "-wal");

    /// <summary>Ids of all tasks that have a log.</summary>
    public IEnumerable<string> TaskIds() =>
        Directory.EnumerateFiles(Tasks, "*.db").Select(path => Path.GetFileNameWithoutExtension(path));

    private static void CreatePrivate(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerOnly);
        }
    }
}
