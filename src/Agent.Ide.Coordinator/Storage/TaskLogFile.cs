using System.Text.Json;
using Agent.Ide.Core.Tasks;
using Microsoft.Data.Sqlite;

namespace Agent.Ide.Coordinator.Storage;

/// <summary>One task's log on disk, <c>tasks/&lt;id&gt;.db</c>: the truth about the task, only ever appended to.</summary>
/// <remarks>Not safe for concurrent use; <see cref="Tasks.TaskLog"/> puts writers in order.</remarks>
public sealed class TaskLogFile : ITaskLogFile
{
    private const string Schema = "CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, at TEXT NOT NULL, body TEXT NOT NULL);";

    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _insert;
    private readonly SqliteParameter _sequence;
    private readonly SqliteParameter _at;
    private readonly SqliteParameter _body;

    public TaskLogFile(string path)
    {
        _connection = SqliteConnections.Open(path, "NORMAL", Schema);
        _insert = _connection.CreateCommand();
        _insert.CommandText = "INSERT INTO events (seq, at, body) VALUES ($seq, $at, $body)";
        _sequence = _insert.Parameters.Add("$seq", SqliteType.Integer);
        _at = _insert.Parameters.Add("$at", SqliteType.Text);
        _body = _insert.Parameters.Add("$body", SqliteType.Text);
    }

    /// <inheritdoc/>
    /// <remarks>The primary key makes a second writer fail instead of forking the log.</remarks>
    public void Append(long sequence, IReadOnlyList<TaskEvent> entries)
    {
        if (entries is [var only])
        {
            Insert(sequence, only);
            return;
        }

        using var transaction = _connection.BeginTransaction();
        _insert.Transaction = transaction;
        try
        {
            foreach (var entry in entries)
            {
                Insert(sequence++, entry);
            }

            transaction.Commit();
        }
        finally
        {
            _insert.Transaction = null;
        }
    }

    /// <summary>All events in order.</summary>
    /// <exception cref="JsonException">An entry was written by a newer version, or damaged.</exception>
    public IReadOnlyList<TaskEvent> ReadAll() => ReadAfter(0);

    /// <summary>The events after a sequence number, in order.</summary>
    /// <exception cref="JsonException">An entry was written by a newer version, or damaged.</exception>
    public IReadOnlyList<TaskEvent> ReadAfter(long sequence)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT body FROM events WHERE seq > $after ORDER BY seq";
        command.Parameters.AddWithValue("$after", sequence);
        using var reader = command.ExecuteReader();
        var events = new List<TaskEvent>();
        while (reader.Read())
        {
            events.Add(JsonSerializer.Deserialize(reader.GetString(0), TaskEventJson.Default.TaskEvent)
                ?? throw new JsonException("An entry of the task's log is null."));
        }

        return events;
    }

    public void Dispose()
    {
        _insert.Dispose();
        _connection.Dispose();
    }

    private void Insert(long sequence, TaskEvent entry)
    {
        _sequence.Value = sequence;
        _at.Value = entry.At.ToString("O");
        _body.Value = JsonSerializer.Serialize(entry, TaskEventJson.Default.TaskEvent);
        _insert.ExecuteNonQuery();
    }
}
