using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Coordinator.Storage;

/// <summary>Where one task's entries are stored, in order. What has been appended survives the end of the process, however it ends.</summary>
/// <remarks>Not safe for concurrent use; <see cref="Tasks.TaskLog"/> puts writers in order.</remarks>
public interface ITaskLogFile : IDisposable
{
    /// <summary>Stores all of the entries or none, also when the process ends in the middle.</summary>
    /// <param name="sequence">Number of the first; from 1, without gaps.</param>
    /// <param name="entries">The events, stamped.</param>
    /// <exception cref="Microsoft.Data.Sqlite.SqliteException">They could not be stored; the log is as before.</exception>
    void Append(long sequence, IReadOnlyList<TaskEvent> entries);

    /// <summary>The events after a sequence number, in order; after 0, all.</summary>
    /// <exception cref="Microsoft.Data.Sqlite.SqliteException">The file is damaged.</exception>
    /// <exception cref="System.Text.Json.JsonException">An entry was written by a newer version, or damaged.</exception>
    IReadOnlyList<TaskEvent> ReadAfter(long sequence);
}
