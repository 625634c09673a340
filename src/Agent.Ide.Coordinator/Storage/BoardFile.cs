using System.Text.Json;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Tasks;
using Microsoft.Data.Sqlite;

namespace Agent.Ide.Coordinator.Storage;

/// <summary>A task as the board holds it.</summary>
/// <param name="View">What front ends were last shown.</param>
/// <param name="IsOpen">A coordinator was appending to its log and did not close it: the log has to be read again.</param>
public sealed record BoardEntry(AgentTask View, bool IsOpen);

/// <summary>
/// The board, <c>board.db</c>: a projection of the task logs, so that showing a thousand tasks does not open a thousand
/// files. Whatever is missing or doubtful in it is folded again from the logs.
/// </summary>
/// <remarks>Safe for concurrent use.</remarks>
public sealed class BoardFile : IDisposable
{
    /// <summary>How many event numbers are reserved with one write; a crash leaves a gap, never a number used twice.</summary>
    private const int SequenceBlock = 10_000;

    /// <summary>Every event of every task passes here, and what is not written is folded again: better soon than for certain.</summary>
    private const int PatienceSeconds = 1;

    private const string Schema = """
        CREATE TABLE IF NOT EXISTS tasks (id TEXT PRIMARY KEY, open INTEGER NOT NULL, view TEXT NOT NULL);
        CREATE TABLE IF NOT EXISTS numbers (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
        """;

    private readonly Lock _gate = new();
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _upsert;
    private long _sequence;
    private long _reserved;

    /// <summary>The number at which reserving is tried again after it failed.</summary>
    private long _nextAttempt;

    public BoardFile(string path)
    {
        _connection = SqliteConnections.Open(path, "OFF", Schema, PatienceSeconds);
        _upsert = _connection.CreateCommand();
        _upsert.CommandText = "INSERT INTO tasks (id, open, view) VALUES ($id, $open, $view) " +
            "ON CONFLICT (id) DO UPDATE SET open = excluded.open, view = excluded.view";
        _upsert.Parameters.Add("$id", SqliteType.Text);
        _upsert.Parameters.Add("$open", SqliteType.Integer);
        _upsert.Parameters.Add("$view", SqliteType.Text);
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT value FROM numbers WHERE name = 'sequence'";
        _sequence = _reserved = command.ExecuteScalar() is long value ? value : 0;
    }

    /// <summary>Number of the last event of this repository's coordinators.</summary>
    public long Sequence
    {
        get
        {
            lock (_gate)
            {
                return _sequence;
            }
        }
    }

    public long NextSequence()
    {
        lock (_gate)
        {
            if (_reserved - _sequence <= SequenceBlock / 2 && _sequence >= _nextAttempt)
            {
                Reserve();
            }

            return ++_sequence;
        }
    }

    public void Store(AgentTask view, bool isOpen)
    {
        lock (_gate)
        {
            _upsert.Parameters[0].Value = view.Id;
            _upsert.Parameters[1].Value = isOpen ? 1 : 0;
            _upsert.Parameters[2].Value = JsonSerializer.Serialize(view, AgentJson.Default.AgentTask);
            _upsert.ExecuteNonQuery();
        }
    }

    /// <summary>Entries whose view cannot be read any more come back as open, so that they are folded again.</summary>
    public IReadOnlyDictionary<string, BoardEntry?> ReadAll()
    {
        lock (_gate)
        {
            using var command = _connection.CreateCommand();
            command.CommandText = "SELECT id, open, view FROM tasks";
            using var reader = command.ExecuteReader();
            var entries = new Dictionary<string, BoardEntry?>(StringComparer.Ordinal);
            while (reader.Read())
            {
                var view = ReadView(reader.GetString(2));
                entries[reader.GetString(0)] = view is null ? null : new BoardEntry(view, reader.GetInt64(1) != 0);
            }

            return entries;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _upsert.Dispose();
            _connection.Dispose();
        }
    }

    /// <summary>
    /// A full disk must not fail the task whose event is numbered: half a block is left when this is tried first, and should it fail for
    /// so long that all is used up, the numbers go on in memory.
    /// </summary>
    private void Reserve()
    {
        var next = Math.Max(_reserved, _sequence) + SequenceBlock;
        try
        {
            using var command = _connection.CreateCommand();
            command.CommandText = "INSERT INTO numbers (name, value) VALUES ('sequence', $value) " +
                "ON CONFLICT (name) DO UPDATE SET value = excluded.value";
            command.Parameters.AddWithValue("$value", next);
            command.ExecuteNonQuery();
            _reserved = next;
            _nextAttempt = 0;
        }
        catch (SqliteException)
        {
            // Whoever stores on the board is told of the same; here it is only tried again later.
            _nextAttempt = _sequence + SequenceBlock / 100;
        }
    }

    private static AgentTask? ReadView(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, AgentJson.Default.AgentTask);
        }
        catch (JsonException)
        {
            return null; // Written by another version: the task's log says it again.
        }
    }
}
