using Agent.Ide.Coordinator.Storage;
using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Coordinator.Tests.Tasks;

public sealed class TaskLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("agent-ide-log-").FullName;

    private string LogPath => Path.Combine(_folder, "a-task.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Open_AfterTheProcessEndedWithoutAWord_FoldsEveryStoredEvent()
    {
        using (var log = TaskLog.Create(new TaskLogFile(LogPath), Logs.Created("a-task"), TimeProvider.System, (_, _) => { }))
        {
            log.Append(new TaskStateChanged { To = TaskState.Preparing });
            log.Append(new WorktreeCreated { BaseCommit = new string('b', 40), CarriedPaths = ["notes.txt"] });
            log.Append(new TaskStateChanged { To = TaskState.Running });
            log.Append(new ModelAnswered
            {
                Model = "m",
                Usage = new TokenUsage(100, 10, 5, Estimated: false),
                Calls = [new RequestedCall("c1", "edit_file", "{}")],
            });
            log.Append(new StepStarted { Step = 1, CallId = "c1", Tool = "edit_file", Version = 1, Arguments = "{}" });
        }

        using var opened = TaskLog.Open(new TaskLogFile(LogPath), TimeProvider.System, (_, _) => { });

        opened.Snapshot.State.ShouldBe(TaskState.Running);
        opened.Snapshot.OpenStep!.CallId.ShouldBe("c1");
        opened.Snapshot.BaseCommit.ShouldBe(new string('b', 40));
        opened.Snapshot.Usage.InputTokens.ShouldBe(100);
        opened.Snapshot.Sequence.ShouldBe(6);
    }

    [Fact]
    public void Append_OfAStateThatMayNotFollow_StoresNothing()
    {
        using var log = TaskLog.Create(new TaskLogFile(LogPath), Logs.Created("a-task"), TimeProvider.System, (_, _) => { });

        Should.Throw<InvalidOperationException>(() => log.Append(new TaskStateChanged { To = TaskState.Merged }));

        log.Snapshot.Sequence.ShouldBe(1);
        using var file = new TaskLogFile(LogPath);
        file.ReadAll().Count.ShouldBe(1);
    }

    [Fact]
    public void Append_OfSeveralOfWhichOneDoesNotFit_StoresNoneOfThem()
    {
        using var log = TaskLog.Create(new TaskLogFile(LogPath), Logs.Created("a-task"), TimeProvider.System, (_, _) => { });

        Should.Throw<InvalidOperationException>(() => log.Append(new MessageAdded { Text = "Go." }, new TaskStateChanged { To = TaskState.Merged }));

        log.Snapshot.Sequence.ShouldBe(1);
        using var file = new TaskLogFile(LogPath);
        file.ReadAll().Count.ShouldBe(1);
    }

    [Fact]
    public void Append_OfSeveralWhereASecondWriterWasFaster_StoresNoneOfThem()
    {
        using var log = TaskLog.Create(new TaskLogFile(LogPath), Logs.Created("a-task"), TimeProvider.System, (_, _) => { });
        using var file = new TaskLogFile(LogPath);
        file.Append(3, [new MessageAdded { Text = "Somebody else's." }]);

        Should.Throw<TaskStoreException>(() => log.Append(new MessageAdded { Text = "Go." }, new TaskStateChanged { To = TaskState.Preparing }));

        file.ReadAll().Count.ShouldBe(2);
        log.Snapshot.Sequence.ShouldBe(1);
    }

    [Theory]
    [InlineData(24)]
    [InlineData(-24)]
    public void Append_AfterTheClockWasSet_CountsNothingOfItAsRunningTime(int hours)
    {
        var time = new SetClock();
        using var log = TaskLog.Create(new TaskLogFile(LogPath), Logs.Created("a-task"), time, (_, _) => { });
        log.Append(new TaskStateChanged { To = TaskState.Preparing });
        log.Append(new TaskStateChanged { To = TaskState.Running });

        time.Offset += TimeSpan.FromHours(hours);
        log.Append(new MessageAdded { Text = "Still there?" });
        var since = log.Snapshot.RunningSince!.Value;
        log.Append(new TaskStateChanged { To = TaskState.Stopped });

        (time.GetUtcNow() - since).ShouldBeInRange(TimeSpan.Zero, TimeSpan.FromMinutes(1));
        log.Snapshot.RunningTime.ShouldBeInRange(TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void Append_ByASecondWriter_FailsInsteadOfForkingTheLog()
    {
        using var first = TaskLog.Create(new TaskLogFile(LogPath), Logs.Created("a-task"), TimeProvider.System, (_, _) => { });
        using var second = TaskLog.Open(new TaskLogFile(LogPath), TimeProvider.System, (_, _) => { });
        first.Append(new TaskStateChanged { To = TaskState.Preparing });

        Should.Throw<TaskStoreException>(() => second.Append(new TaskStateChanged { To = TaskState.Stopped }));
    }

    [Fact]
    public void Append_TellsOfEachEventAfterItIsStored_InOrder()
    {
        var told = new List<(long Sequence, string Name)>();
        using var log = TaskLog.Create(new TaskLogFile(LogPath), Logs.Created("a-task"), TimeProvider.System, (snapshot, entry) => told.Add((snapshot.Sequence, entry.GetType().Name)));

        log.Append(new TaskStateChanged { To = TaskState.Preparing });
        log.Append(new MessageAdded { Text = "Also the tests." });

        told.ShouldBe([(1, nameof(TaskCreated)), (2, nameof(TaskStateChanged)), (3, nameof(MessageAdded))]);
    }

    /// <summary>A clock that somebody sets; time itself passes as ever.</summary>
    private sealed class SetClock : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;
    }
}
