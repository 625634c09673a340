using System.Security.Cryptography;
using System.Text;
using Agent.Ide.Core.Loop;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Agent.Ide.Coordinator.Storage;

/// <summary>
/// <c>artifacts.db</c>: texts that were too large for a context, by the hash of their content. It is a cache of a bounded
/// size: what was used longest ago goes first, and nothing that happens to the file (damaged, disk full, read-only) fails
/// a task. A text that could not be kept is simply unknown afterwards, which every caller has to expect anyway.
/// </summary>
/// <remarks>Safe for concurrent use by all tasks of a coordinator. The file is opened, or created, at the first use.</remarks>
public sealed class ArtifactStore : IArtifacts, IDisposable
{
    public const int MaxEntries = 1000;

    /// <summary>Bytes of UTF-8. Larger texts are not kept; tools bound their output well below.</summary>
    public const int MaxEntryBytes = 4 * 1024 * 1024;

    /// <summary>Bytes of UTF-8 of all entries together.</summary>
    public const long MaxTotalBytes = 256 * 1024 * 1024;

    private const int ReferenceLength = 16;

    // https://www.sqlite.org/rescode.html
    private const int SqliteCorrupt = 11;
    private const int SqliteNotADatabase = 26;

    private const string Schema = """
        CREATE TABLE IF NOT EXISTS artifacts_v1 (
            reference TEXT PRIMARY KEY, hash BLOB NOT NULL, content BLOB NOT NULL, size INTEGER NOT NULL, used INTEGER NOT NULL);
        CREATE INDEX IF NOT EXISTS artifacts_v1_used ON artifacts_v1 (used);
        """;

    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private SqliteConnection? _connection;
    private long _entries;
    private long _bytes;
    private long _lastUse;
    private bool _disposed;

    /// <param name="path">Absolute path of the database; its folder is made where it is missing.</param>
    public ArtifactStore(string path, TimeProvider time, ILogger logger)
    {
        _path = path;
        _time = time;
        _logger = logger;
    }

    public Task<string> PutAsync(string content, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var bytes = Encoding.UTF8.GetBytes(content);
        var hash = SHA256.HashData(bytes);
        var reference = Convert.ToHexStringLower(hash)[..ReferenceLength];
        if (bytes.Length > MaxEntryBytes)
        {
            _logger.LogWarning("Artifact {Reference} of {Size} bytes is too large to be kept", reference, bytes.Length);
        }
        else
        {
            Use(connection => Put(connection, reference, hash, bytes));
        }

        return Task.FromResult(reference);
    }

    public Task<string?> GetAsync(string reference, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(Use(connection => Get(connection, reference)));
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            Close();
        }
    }

    /// <summary>Runs an operation; a damaged file is replaced by an empty one and the operation repeated.</summary>
    /// <returns>The default where the file cannot be used.</returns>
    private T? Use<T>(Func<SqliteConnection, T> operation)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            try
            {
                try
                {
                    return operation(_connection ??= Open());
                }
                catch (SqliteException exception) when (exception.SqliteErrorCode is SqliteCorrupt or SqliteNotADatabase)
                {
                    SetAside(exception);
                    return operation(_connection ??= Open());
                }
            }
            catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException)
            {
                _logger.LogWarning("The artifact cache {Path} cannot be used: {Reason}", _path, exception.Message);
                return default;
            }
        }
    }

    private SqliteConnection Open()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        var connection = SqliteConnections.Open(_path, "OFF", Schema);
        try
        {
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT count(*), coalesce(sum(size), 0), coalesce(max(used), 0) FROM artifacts_v1";
            using var reader = command.ExecuteReader();
            reader.Read();
            (_entries, _bytes, _lastUse) = (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private void SetAside(SqliteException exception)
    {
        Close();
        var aside = _path + ".damaged";
        if (File.Exists(_path))
        {
            File.Move(_path, aside, overwrite: true);
        }

        // They belong to the damaged file and would be applied to the new one.
        File.Delete(_path + "-wal");
        File.Delete(_path + "-shm");
        _logger.LogWarning("The artifact cache {Path} was damaged ({Reason}); it was put aside as {Aside} and begun anew",
            _path, exception.Message, aside);
    }

    private bool Put(SqliteConnection connection, string reference, byte[] hash, byte[] content)
    {
        using var transaction = connection.BeginTransaction();
        var (entries, bytes) = (_entries, _bytes);
        if (SizeOf(connection, transaction, reference) is { } size)
        {
            // The same content, or (one in 2^64) another one with the same reference, which the newer one replaces.
            (entries, bytes) = (entries - 1, bytes - size);
        }

        using (var command = connection.CreateCommand())
        {
            command.Transaction = transaction;
            command.CommandText = "INSERT OR REPLACE INTO artifacts_v1 (reference, hash, content, size, used) VALUES ($reference, $hash, $content, $size, $used)";
            command.Parameters.AddWithValue("$reference", reference);
            command.Parameters.AddWithValue("$hash", hash);
            command.Parameters.AddWithValue("$content", content);
            command.Parameters.AddWithValue("$size", content.Length);
            command.Parameters.AddWithValue("$used", NextUse());
            command.ExecuteNonQuery();
        }

        (entries, bytes) = (entries + 1, bytes + content.Length);
        while (entries > MaxEntries || bytes > MaxTotalBytes)
        {
            bytes -= EvictOne(connection, transaction);
            entries--;
        }

        transaction.Commit();
        (_entries, _bytes) = (entries, bytes);
        return true;
    }

    private string? Get(SqliteConnection connection, string reference)
    {
        byte[] hash, content;
        long used;
        using (var command = connection.CreateCommand())
        {
            command.CommandText = "SELECT hash, content, used FROM artifacts_v1 WHERE reference = $reference";
            command.Parameters.AddWithValue("$reference", reference);
            using var reader = command.ExecuteReader();
            if (!reader.Read())
            {
                return null;
            }

            (hash, content, used) = (reader.GetFieldValue<byte[]>(0), reader.GetFieldValue<byte[]>(1), reader.GetInt64(2));
        }

        // SQLite has no checksums of its own, and a wrong text is worse than none.
        if (!SHA256.HashData(content).AsSpan().SequenceEqual(hash))
        {
            _logger.LogWarning("Artifact {Reference} in {Path} is damaged and was dropped", reference, _path);
            Execute(connection, "DELETE FROM artifacts_v1 WHERE reference = $reference", ("$reference", reference));
            (_entries, _bytes) = (_entries - 1, _bytes - content.Length);
            return null;
        }

        if (used != _lastUse)
        {
            Execute(connection, "UPDATE artifacts_v1 SET used = $used WHERE reference = $reference", ("$reference", reference), ("$used", NextUse()));
        }

        return Encoding.UTF8.GetString(content);
    }

    /// <summary>Unix milliseconds, but always later than the last use, whatever the clock does.</summary>
    private long NextUse() => _lastUse = Math.Max(_lastUse + 1, _time.GetUtcNow().ToUnixTimeMilliseconds());

    private static long? SizeOf(SqliteConnection connection, SqliteTransaction transaction, string reference)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "SELECT size FROM artifacts_v1 WHERE reference = $reference";
        command.Parameters.AddWithValue("$reference", reference);
        return (long?)command.ExecuteScalar();
    }

    /// <returns>The bytes it held.</returns>
    private static long EvictOne(SqliteConnection connection, SqliteTransaction transaction)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "DELETE FROM artifacts_v1 WHERE reference = (SELECT reference FROM artifacts_v1 ORDER BY used LIMIT 1) RETURNING size";
        return (long)command.ExecuteScalar()!;
    }

    private static void Execute(SqliteConnection connection, string sql, params (string Name, object Value)[] parameters)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        command.ExecuteNonQuery();
    }

    private void Close()
    {
        _connection?.Dispose();
        _connection = null;
    }
}
