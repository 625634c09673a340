using System.Security.Cryptography;
using System.Text;
using Agent.Ide.Coordinator.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Agent.Ide.Coordinator.Tests.Storage;

public sealed class ArtifactStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("agent-ide-test-").FullName;
    private readonly WarningLog _log = new();

    private string File => Path.Combine(_folder, "agent-ide", "artifacts.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("")]
    [InlineData("two\nlines\r\n")]
    [InlineData("a \0 zero, ünïcode, 𝄞 and \uFEFF")]
    public async Task Put_GivesTheBeginningOfTheHashAndGetTheContent(string content)
    {
        using var store = Open();

        var reference = await store.PutAsync(content, CancellationToken.None);

        reference.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)))[..16]);
        (await store.GetAsync(reference, CancellationToken.None)).ShouldBe(content);
    }

    [Fact]
    public async Task Get_OfAnUnknownReference_GivesNothing()
    {
        using var store = Open();

        (await store.GetAsync("0123456789abcdef", CancellationToken.None)).ShouldBeNull();
        (await store.GetAsync("'; DROP TABLE artifacts_v1; --", CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    public async Task Get_AfterTheStoreWasReopened_GivesTheContent()
    {
        string reference;
        using (var store = Open())
        {
            reference = await store.PutAsync("kept", CancellationToken.None);
        }

        using var reopened = Open();
        (await reopened.GetAsync(reference, CancellationToken.None)).ShouldBe("kept");
    }

    [Fact]
    public async Task Put_BeyondTheLimit_EvictsWhatWasUsedLongestAgoAlsoAcrossARestart()
    {
        var references = new List<string>();
        using (var store = Open())
        {
            for (var i = 0; i < ArtifactStore.MaxEntries; i++)
            {
                references.Add(await store.PutAsync($"text {i}", CancellationToken.None));
            }

            (await store.GetAsync(references[0], CancellationToken.None)).ShouldNotBeNull();
            await store.PutAsync("text 1", CancellationToken.None);
        }

        using var reopened = Open();
        await reopened.PutAsync("one more", CancellationToken.None);
        await reopened.PutAsync("and another", CancellationToken.None);

        (await reopened.GetAsync(references[0], CancellationToken.None)).ShouldBe("text 0");
        (await reopened.GetAsync(references[1], CancellationToken.None)).ShouldBe("text 1");
        (await reopened.GetAsync(references[2], CancellationToken.None)).ShouldBeNull();
        (await reopened.GetAsync(references[3], CancellationToken.None)).ShouldBeNull();
        (await reopened.GetAsync(references[4], CancellationToken.None)).ShouldBe("text 4");
        Count().ShouldBe(ArtifactStore.MaxEntries);
    }

    [Fact]
    public async Task Put_OfTheSameContent_KeepsOneEntry()
    {
        using var store = Open();

        var first = await store.PutAsync("same", CancellationToken.None);
        var second = await store.PutAsync("same", CancellationToken.None);

        second.ShouldBe(first);
        Count().ShouldBe(1);
    }

    [Fact]
    public async Task Put_OfATextThatIsTooLarge_KeepsNothingAndFailsNothing()
    {
        using var store = Open();

        var reference = await store.PutAsync(new string('x', ArtifactStore.MaxEntryBytes + 1), CancellationToken.None);

        (await store.GetAsync(reference, CancellationToken.None)).ShouldBeNull();
        _log.Warnings.ShouldHaveSingleItem().ShouldContain("too large");
    }

    [Fact]
    public async Task PutAndGet_ByManyTasksAtOnce_LoseNothing()
    {
        using var store = Open();

        await Task.WhenAll(Enumerable.Range(0, 16).Select(task => Task.Run(async () =>
        {
            for (var i = 0; i < 25; i++)
            {
                var content = $"{(i % 2 == 0 ? "shared" : task)} {i}";
                var reference = await store.PutAsync(content, CancellationToken.None);
                (await store.GetAsync(reference, CancellationToken.None)).ShouldBe(content);
            }
        })));

        Count().ShouldBe(16 * 12 + 13);
        _log.Warnings.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4096)]
    public async Task Use_OfADamagedFile_PutsItAsideAndBeginsAnew(int damagedFrom)
    {
        string old;
        using (var store = Open())
        {
            old = await store.PutAsync(new string('o', 100_000), CancellationToken.None);
        }

        var bytes = await System.IO.File.ReadAllBytesAsync(File);
        bytes.AsSpan(damagedFrom).Fill(0x5A);
        await System.IO.File.WriteAllBytesAsync(File, bytes);

        using var reopened = Open();
        var reference = await reopened.PutAsync("new", CancellationToken.None);

        (await reopened.GetAsync(reference, CancellationToken.None)).ShouldBe("new");
        (await reopened.GetAsync(old, CancellationToken.None)).ShouldBeNull();
        System.IO.File.Exists(File + ".damaged").ShouldBeTrue();
        _log.Warnings.ShouldHaveSingleItem().ShouldContain("was damaged");
    }

    [Fact]
    public async Task Get_OfAnEntryWhoseContentChanged_DropsIt()
    {
        using var store = Open();
        var reference = await store.PutAsync("right", CancellationToken.None);
        Execute("UPDATE artifacts_v1 SET content = 'wrong'");

        (await store.GetAsync(reference, CancellationToken.None)).ShouldBeNull();
        Count().ShouldBe(0);
    }

    [Fact]
    public async Task Use_OfAPlaceThatCannotHoldAFile_KeepsNothingAndFailsNothing()
    {
        Directory.CreateDirectory(File);
        using var store = Open();

        var reference = await store.PutAsync("text", CancellationToken.None);

        (await store.GetAsync(reference, CancellationToken.None)).ShouldBeNull();
        _log.Warnings.ShouldAllBe(warning => warning.Contains("cannot be used"));
    }

    [Fact]
    public async Task Use_OfADisposedStore_Throws()
    {
        var store = Open();
        store.Dispose();

        await Should.ThrowAsync<ObjectDisposedException>(() => store.PutAsync("text", CancellationToken.None));
    }

    private ArtifactStore Open() => new(File, TimeProvider.System, _log);

    private long Count()
    {
        using var connection = SqliteConnections.Open(File, "OFF", string.Empty);
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM artifacts_v1";
        return (long)command.ExecuteScalar()!;
    }

    private void Execute(string sql)
    {
        using var connection = SqliteConnections.Open(File, "OFF", string.Empty);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private sealed class WarningLog : ILogger
    {
        public List<string> Warnings { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => NullLogger.Instance.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                lock (Warnings)
                {
                    Warnings.Add(formatter(state, exception));
                }
            }
        }
    }
}
