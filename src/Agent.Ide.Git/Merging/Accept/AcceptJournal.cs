using System.Text.Json;
using System.Text.Json.Serialization;

namespace Agent.Ide.Git.Merging.Accept;

/// <summary>What has to be known to finish or undo an accept after a crash. Trees and paths follow from the two commits.</summary>
internal sealed record AcceptJournal
{
    public const int CurrentVersion = 1;

    public int Version { get; init; } = CurrentVersion;

    public required string TaskId { get; init; }

    /// <summary>Root of the checkout.</summary>
    public required string Checkout { get; init; }

    /// <summary>The checkout's own git directory.</summary>
    public required string GitDirectory { get; init; }

    /// <summary>The branch that is to move; null: a detached HEAD.</summary>
    public string? Ref { get; init; }

    /// <summary>Where it was.</summary>
    public required string Tip { get; init; }

    /// <summary>Where it is to go.</summary>
    public required string Commit { get; init; }

    /// <summary>What tells the processes of this accept from all others (<see cref="AcceptProcesses"/>); empty: an earlier version's.</summary>
    public string Mark { get => field ?? string.Empty; init; }

    /// <summary>False until files of the user may have been replaced.</summary>
    public bool Updating { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(AcceptJournal))]
internal sealed partial class AcceptJournalJson : JsonSerializerContext;

/// <summary>
/// The journals of a repository: <c>agent-ide/accept/&lt;task&gt;.json</c> below the common git directory, and beside each a folder for
/// the new index and the links to replaced files. A journal is on disk before this returns, also through a power loss.
/// </summary>
internal sealed class AcceptJournals
{
    private readonly string _folder;

    public AcceptJournals(string commonDirectory) => _folder = Path.Combine(commonDirectory, "agent-ide", "accept");

    /// <summary>Where an accept keeps its files; created on demand.</summary>
    public string FolderOf(AcceptJournal journal) => Directory.CreateDirectory(Path.Combine(_folder, journal.TaskId)).FullName;

    /// <summary>The index to be published once the branch has moved.</summary>
    public string IndexOf(AcceptJournal journal) => Path.Combine(_folder, journal.TaskId, "index");

    public void Write(AcceptJournal journal)
    {
        Directory.CreateDirectory(_folder);
        var path = PathOf(journal);
        var draft = path + ".new";
        using (var stream = new FileStream(draft, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(stream, journal, AcceptJournalJson.Default.AcceptJournal);
            stream.Flush(flushToDisk: true);
        }

        File.Move(draft, path, overwrite: true);
        NativeFiles.FlushFolder(_folder);
    }

    /// <exception cref="GitException">A journal cannot be read; it is left where it is.</exception>
    public IReadOnlyList<AcceptJournal> ReadAll()
    {
        if (!Directory.Exists(_folder))
        {
            return [];
        }

        var journals = new List<AcceptJournal>();
        foreach (var file in Directory.EnumerateFiles(_folder, "*.json").Order(StringComparer.Ordinal))
        {
            journals.Add(Read(file));
        }

        return journals;
    }

    /// <summary>
    /// The accept is over: journal, then lock, then what lies beside. A crash after the first leaves a lock without a journal, which
    /// <see cref="IndexLock.ReleaseOrphans"/> takes away; the other way round the files would be settled again after the user went on.
    /// </summary>
    public void Close(AcceptJournal journal)
    {
        File.Delete(PathOf(journal));
        NativeFiles.FlushFolder(_folder);
        IndexLock.Release(journal.GitDirectory, journal.TaskId);
        var folder = Path.Combine(_folder, journal.TaskId);
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The file itself.</summary>
    public string PathOf(AcceptJournal journal) => Path.Combine(_folder, journal.TaskId + ".json");

    private static AcceptJournal Read(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            var journal = JsonSerializer.Deserialize(stream, AcceptJournalJson.Default.AcceptJournal);
            if (journal is { Version: AcceptJournal.CurrentVersion })
            {
                return journal;
            }
        }
        catch (JsonException exception)
        {
            throw Unreadable(file, exception);
        }

        throw Unreadable(file, null);
    }

    private static GitException Unreadable(string file, JsonException? exception) => new(
        GitProblem.CommandFailed,
        $"The journal {file} of an interrupted accept cannot be read by this version. Look at git status of your checkout, then delete the file.",
        exception);
}
