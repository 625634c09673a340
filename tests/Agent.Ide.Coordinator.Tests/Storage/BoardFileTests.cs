using Agent.Ide.Coordinator.Storage;
using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Coordinator.Tests.Tasks;

namespace Agent.Ide.Coordinator.Tests.Storage;

public sealed class BoardFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("agent-ide-board-").FullName;

    private string BoardPath => Path.Combine(_folder, "board.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Execute(string sql)
    {
        using var connection = SqliteConnections.Open(BoardPath, "OFF", sql);
    }

    [Fact]
    public void NextSequence_AfterACrash_NeverGivesANumberTwice()
    {
        var given = new HashSet<long>();
        for (var start = 0; start < 3; start++)
        {
            using var board = new BoardFile(BoardPath);
            for (var count = 0; count < 5; count++)
            {
                given.Add(board.NextSequence()).ShouldBeTrue();
            }
        }
    }

    [Fact]
    public void NextSequence_WhenNothingCanBeWritten_GoesOnInMemory_AndReservesAgainLater()
    {
        const int SeveralBlocks = 25_000;
        var given = new List<long>();
        using (var board = new BoardFile(BoardPath))
        {
            given.Add(board.NextSequence());
            Execute("ALTER TABLE numbers RENAME TO away");
            given.AddRange(Enumerable.Range(0, SeveralBlocks).Select(_ => board.NextSequence()));
            Execute("ALTER TABLE away RENAME TO numbers");
            given.AddRange(Enumerable.Range(0, SeveralBlocks).Select(_ => board.NextSequence()));
        }

        given.ShouldBe(Enumerable.Range(1, given.Count).Select(number => (long)number));
        using var again = new BoardFile(BoardPath);
        again.NextSequence().ShouldBeGreaterThan(given[^1]);
    }

    [Fact]
    public void ReadAll_GivesBackWhatWasStoredLast()
    {
        var view = TaskViews.ToView(Logs.Snapshot("a-task"), TaskSurroundings.None);
        using (var board = new BoardFile(BoardPath))
        {
            board.Store(view, isOpen: true);
            board.Store(view with { Title = "Renamed" }, isOpen: false);
        }

        using var again = new BoardFile(BoardPath);
        var entry = again.ReadAll()["a-task"]!;

        entry.View.Title.ShouldBe("Renamed");
        entry.IsOpen.ShouldBeFalse();
    }
}
