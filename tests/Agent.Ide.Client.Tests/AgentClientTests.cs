using Agent.Ide.Client.Board;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Tasks;
using Agent.Ide.Testing.Coordinators;

namespace Agent.Ide.Client.Tests;

public sealed class AgentClientTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly FakeCoordinator _coordinator = new();
    private readonly CancellationTokenSource _timeout = new(Patience);

    private CancellationToken Token => _timeout.Token;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _coordinator.DisposeAsync();

    public void Dispose() => _timeout.Dispose();

    [Fact]
    public async Task Attach_BringsTheCallersOwnSettings_AndFillsTheBoard()
    {
        await _coordinator.PublishAsync(FakeTask.Create("a"));
        await using var client = Client(environment: ClientVariables.Select(new Dictionary<string, string>
        {
            ["AGENT_IDE_MODEL"] = "m",
            ["OPENAI_API_KEY"] = "secret",
            ["PATH"] = "/bin",
            ["SOURCE_DATE_EPOCH"] = "1",
        }));

        await client.AttachAsync(Token);

        client.Board.Tasks.ShouldHaveSingleItem().Id.ShouldBe("a");
        var attach = (AttachParams)_coordinator.Requests.Single().Parameters;
        attach.Checkout.ShouldBe("/repo");
        attach.ProtocolVersion.ShouldBe(AgentMethods.ProtocolVersion);
        attach.Environment!.Keys.Order().ShouldBe(["AGENT_IDE_MODEL", "OPENAI_API_KEY", "SOURCE_DATE_EPOCH"]);
    }

    [Fact]
    public async Task ARefusal_CarriesMessageHintAndExitCode()
    {
        _coordinator.Refuse<TaskIdParams, AgentTask>(AgentMethods.Stop, "Task a is merged.", new AgentError("wrongState", "Look at it.", 1));
        await using var client = Client();
        await client.AttachAsync(Token);

        var refusal = await Should.ThrowAsync<AgentRequestException>(() => client.StopAsync("a", Token));

        refusal.Message.ShouldBe("Task a is merged.");
        refusal.Error.ShouldBe(new AgentError("wrongState", "Look at it.", 1));
    }

    [Fact]
    public async Task Notifications_ReachTheBoardInOrder()
    {
        await using var client = Client();
        await client.AttachAsync(Token);

        await _coordinator.PublishAsync(FakeTask.Create("a"));
        await _coordinator.AppendStepAsync("a", FakeTask.Step(1));
        await _coordinator.PublishAsync(FakeTask.Create("a", "readyForReview", 1));

        var changes = await ReadAsync(client, 3);
        changes[0].ShouldBeOfType<TaskChange>().Before.ShouldBeNull();
        changes[1].ShouldBeOfType<StepChange>().Step.Number.ShouldBe(1);
        changes[2].ShouldBeOfType<TaskChange>().Before!.State.ShouldBe("running");
    }

    [Fact]
    public async Task AKilledCoordinator_IsStartedAgain_AndTheStepsInBetweenAreToldOnce()
    {
        await _coordinator.PublishAsync(FakeTask.Create("a"));
        await _coordinator.AppendStepAsync("a", FakeTask.Step(1));
        await using var client = Client();
        await client.AttachAsync(Token);
        await client.FollowAsync("a", Token);
        (await ReadAsync(client, 2)).Last().ShouldBeOfType<StepChange>();

        await _coordinator.AppendStepAsync("a", FakeTask.Step(2), quietly: true);
        await _coordinator.KillAsync();

        var steps = new List<int>();
        var restored = false;
        while (steps.Count < 1)
        {
            switch (await client.Changes.ReadAsync(Token))
            {
                case StepChange step:
                    steps.Add(step.Step.Number);
                    break;
                case ConnectionRestoredChange:
                    restored = true;
                    break;
            }
        }

        await _coordinator.AppendStepAsync("a", FakeTask.Step(3));
        while (steps.Count < 2)
        {
            if (await client.Changes.ReadAsync(Token) is StepChange step)
            {
                steps.Add(step.Step.Number);
            }
        }

        restored.ShouldBeTrue();
        steps.ShouldBe([2, 3]);
        _coordinator.Connections.ShouldBe(2);
        _coordinator.Requests.Select(request => request.Parameters).OfType<AttachParams>().Last().FromSeq.ShouldBe(2);
    }

    [Fact]
    public async Task AQuestion_SurvivesTheDeathOfTheCoordinator()
    {
        var calls = 0;
        _coordinator.OnAsync<EmptyParams, TaskListResult>(AgentMethods.List, async parameters =>
        {
            if (Interlocked.Increment(ref calls) == 1)
            {
                _ = Task.Run(_coordinator.KillAsync);
                await Task.Delay(Timeout.Infinite, Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            return new TaskListResult([], 1);
        });
        await using var client = Client();
        await client.AttachAsync(Token);

        (await client.ListAsync(Token)).Tasks.ShouldBeEmpty();

        calls.ShouldBe(2);
    }

    [Fact]
    public async Task ACommandWhoseOutcomeIsUnknown_IsNotRepeated()
    {
        _coordinator.OnAsync<CreateTaskParams, AgentTask>(AgentMethods.Create, async parameters =>
        {
            _ = Task.Run(_coordinator.KillAsync);
            await Task.Delay(Timeout.Infinite, Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return FakeTask.Create("a");
        });
        await using var client = Client();
        await client.AttachAsync(Token);

        var lost = await Should.ThrowAsync<AgentRequestException>(() => client.CreateAsync(new CreateTaskParams { Prompt = "p" }, Token));

        lost.Error.Code.ShouldBe("coordinatorLost");
        _coordinator.Requests.Count(request => request.Method == AgentMethods.Create).ShouldBe(1);
    }

    [Fact]
    public async Task ACoordinatorThatCannotBeStartedAgain_EndsTheChangesWithTheReason_AfterBoundedAttempts()
    {
        await using var client = Client();
        await client.AttachAsync(Token);
        _coordinator.ConnectFailure = new AgentRequestException("No socket.", new AgentError("noSocket", "Try.", 6));

        await _coordinator.KillAsync();

        var failure = await Should.ThrowAsync<AgentRequestException>(async () =>
        {
            while (await client.Changes.WaitToReadAsync(Token))
            {
                client.Changes.TryRead(out _);
            }
        });
        failure.Error.Code.ShouldBe("noSocket");
        (await Should.ThrowAsync<AgentRequestException>(() => client.ListAsync(Token))).Error.Code.ShouldBe("noSocket");
    }

    [Fact]
    public async Task WithoutReconnecting_AStoppedCoordinatorStaysStopped()
    {
        await using var client = Client(delays: []);
        await client.AttachAsync(Token);

        await client.StopCoordinatorAsync(Token);
        await client.WaitForEndAsync(Token);

        _coordinator.Connections.ShouldBe(1);
    }

    private AgentClient Client(IReadOnlyDictionary<string, string>? environment = null, TimeSpan[]? delays = null) => new(
        _ => Task.FromResult(_coordinator.Connect()),
        new AgentClientOptions
        {
            Checkout = "/repo",
            Environment = environment ?? new Dictionary<string, string>(),
            ReconnectDelays = delays ?? [TimeSpan.Zero, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1)],
        });

    private async Task<List<BoardChange>> ReadAsync(AgentClient client, int count)
    {
        var changes = new List<BoardChange>();
        while (changes.Count < count)
        {
            changes.Add(await client.Changes.ReadAsync(Token));
        }

        return changes;
    }
}
