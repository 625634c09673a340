using Microsoft.Data.Sqlite;

namespace Agent.Ide.Coordinator.Storage;

/// <summary>Opens the coordinator's databases, all in the same way.</summary>
public static class SqliteConnections
{
    private static readonly Lazy<bool> NativeLibrary = new(() =>
    {
        SQLitePCL.Batteries_V2.Init();
        return true;
    });

    /// <summary>
    /// Opens, or creates, a database in write-ahead mode. <c>NORMAL</c> keeps every committed entry through a crash of
    /// the process; what a power failure may take is found again from the commits, which are synchronised.
    /// </summary>
    /// <param name="path">Absolute path of the file.</param>
    /// <param name="synchronous"><c>NORMAL</c>, or <c>OFF</c> for what can be rebuilt.</param>
    /// <param name="schema">Statements that create what is missing.</param>
    /// <param name="patienceSeconds">How long a statement waits for another process that holds the file's lock, at least 1.</param>
    /// <exception cref="SqliteException">The file is no database, or cannot be written.</exception>
    public static SqliteConnection Open(string path, string synchronous, string schema, int patienceSeconds = 10)
    {
        _ = NativeLibrary.Value;
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = patienceSeconds }.ToString());
        try
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = $"PRAGMA busy_timeout={patienceSeconds * 1000}; PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous}; {schema}";
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
