using Agent.Ide.Coordinator.Storage;
using Agent.Ide.Core.Tasks;
using Microsoft.Data.Sqlite;

namespace Agent.Ide.Coordinator.Tests.Storage;

public sealed class TaskLogFileTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("agent-ide-log-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Append_WhileAnotherProgramHoldsTheLog_WaitsForIt_AndLosesNothing()
    {
        var path = Path.Combine(_folder, "task.db");
        using var log = new TaskLogFile(path);
        log.Append(1, [new MessageAdded { Text = "before" }]);
        using var other = SqliteConnections.Open(path, "NORMAL", "SELECT 1;");
        Execute(other, "BEGIN IMMEDIATE;");

        var append = Task.Run(() => log.Append(2, [new MessageAdded { Text = "meanwhile" }]));

        (await Task.WhenAny(append, Task.Delay(TimeSpan.FromMilliseconds(300)))).ShouldNotBe(append, "it waits while the lock is held");
        Execute(other, "COMMIT;");
        await append.WaitAsync(Patience);
        log.ReadAll().Cast<MessageAdded>().Select(entry => entry.Text).ShouldBe(["before", "meanwhile"]);
    }

    private static void Execute(SqliteConnection connection, string statement)
    {
        using var command = connection.CreateCommand();
        command.CommandText = statement;
        command.ExecuteNonQuery();
    }
}
