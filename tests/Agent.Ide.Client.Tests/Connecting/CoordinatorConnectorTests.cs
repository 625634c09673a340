using System.Globalization;
using Agent.Ide.Client.Connecting;
using Agent.Ide.JsonRpc;
using Agent.Ide.Processes;
using Agent.Ide.Protocol.Endpoint;

namespace Agent.Ide.Client.Tests.Connecting;

public sealed class CoordinatorConnectorTests : IAsyncLifetime
{
    private static readonly TimeSpan _generous = TimeSpan.FromSeconds(30);

    private readonly string _folder = Directory.CreateTempSubdirectory("connector-").FullName;
    private readonly CoordinatorLocation _location;
    private readonly CoordinatorConnector _connector = new() { Limit = _generous };

    public CoordinatorConnectorTests()
    {
        var common = Directory.CreateDirectory(Path.Combine(_folder, ".git")).FullName;
        _location = CoordinatorLocation.For(common, _folder);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (await _connector.ConnectAsync(_location, Program("serve"), startIfMissing: false, default) is { } connection)
        {
            await using var rpc = Open(connection);
            await rpc.NotifyAsync("fake/end", RpcEmpty.Value, RpcEmpty.TypeInfo, default);
            await rpc.Completion.WaitAsync(_generous);
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Connect_WhenNoneListens_StartsOneThatOutlivesTheConnecting()
    {
        int first;
        await using (var connection = await ConnectAsync())
        {
            connection.WasStarted.ShouldBeTrue();
            first = await AskPidAsync(connection);
            connection.Endpoint!.Pid.ShouldBe(first);
            connection.Endpoint.Socket.ShouldBe(_location.SocketPath);
        }

        await using var again = await ConnectAsync();
        again.WasStarted.ShouldBeFalse();
        (await AskPidAsync(again)).ShouldBe(first);
        Starts().ShouldBe([$"{first} ready"]);
    }

    [Fact]
    public async Task Connect_WithoutStarting_GivesNullWhenNoneListens()
    {
        (await _connector.ConnectAsync(_location, Program("serve"), startIfMissing: false, default)).ShouldBeNull();

        File.Exists(FakeCoordinator.StartsFile(_location)).ShouldBeFalse();
    }

    [Fact]
    public async Task Connect_FromSeveralAtOnce_EndsWithOneCoordinator()
    {
        var connections = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => ConnectAsync())));

        var pids = await Task.WhenAll(connections.Select(AskPidAsync));
        pids.Distinct().ShouldHaveSingleItem();
        Starts().Count(line => line.EndsWith("ready", StringComparison.Ordinal)).ShouldBe(1);
        connections.Count(connection => connection.WasStarted).ShouldBe(1);
    }

    [Fact]
    public async Task Connect_WhileAnotherIsJustStarting_WaitsForIt()
    {
        await using var first = ChildProcess.Start(Start("hesitate"));
        await UntilAsync(() => File.Exists(Path.Combine(_location.StateDirectory, "hesitating")));

        await using var connection = await ConnectAsync();

        connection.WasStarted.ShouldBeFalse();
        (await AskPidAsync(connection)).ShouldBe(first.Id);
    }

    [Fact]
    public async Task Connect_WhenADeadOneLeftItsSocketAndEndpoint_StartsAnother()
    {
        await using (var dead = ChildProcess.Start(Start("serve")))
        {
            using var reader = new StreamReader(dead.StandardOutput);
            (await reader.ReadLineAsync().WaitAsync(_generous)).ShouldBe("ready");
            dead.KillTree();
            await dead.WaitForExitAsync();
            File.Exists(_location.SocketPath).ShouldBeTrue();
            _location.ReadEndpoint()!.Pid.ShouldBe(dead.Id);

            await using var connection = await ConnectAsync();

            connection.WasStarted.ShouldBeTrue();
            (await AskPidAsync(connection)).ShouldNotBe(dead.Id);
        }
    }

    [Fact]
    public async Task Connect_WhenItWasStartedWithAnotherRuntimeFolder_FindsItByItsEndpoint()
    {
        await using var there = await ConnectAsync();
        var pid = await AskPidAsync(there);
        var otherRuntime = Directory.CreateDirectory(Path.Combine(_folder, "other")).FullName;
        var otherLocation = CoordinatorLocation.For(_location.CommonDirectory, otherRuntime);
        otherLocation.SocketPath.ShouldNotBe(_location.SocketPath);

        await using var connection = await _connector.ConnectAsync(otherLocation, Program("serve"), startIfMissing: true, default);

        connection!.WasStarted.ShouldBeFalse();
        connection.Endpoint!.Pid.ShouldBe(pid);
    }

    [Fact]
    public async Task Connect_WhenTheEndpointNamesASocketOthersCanReach_IgnoresIt()
    {
        var open = Directory.CreateDirectory(Path.Combine(_folder, "open")).FullName;
        File.SetUnixFileMode(open, (UnixFileMode)0b111_101_101);
        var planted = Path.Combine(open, Path.GetFileName(_location.SocketPath));
        using var listener = new System.Net.Sockets.Socket(
            System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
        listener.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(planted));
        listener.Listen();
        _location.PrepareStateDirectory();
        _location.WriteEndpoint(new CoordinatorEndpoint(1, planted, FakeCoordinator.Version, DateTimeOffset.UnixEpoch));

        (await _connector.ConnectAsync(_location, Program("serve"), startIfMissing: false, default)).ShouldBeNull();
    }

    [Fact]
    public async Task Connect_ToAnotherVersion_SaysSo()
    {
        await using var same = await ConnectAsync();
        await using var other = await _connector.ConnectAsync(
            _location, Program("serve") with { Version = "1.0.0" }, startIfMissing: false, default);

        same.IsVersionDifferent.ShouldBeFalse();
        other!.IsVersionDifferent.ShouldBeTrue();
        other.Endpoint!.Version.ShouldBe(FakeCoordinator.Version);
    }

    [Theory]
    [InlineData("error", "The coordinator did not start: the disk is full")]
    [InlineData("crash", "exit code 3): something broke")]
    public async Task Connect_WhenTheProgramFails_SaysWhy(string mode, string expected)
    {
        var failure = await Should.ThrowAsync<CoordinatorUnavailableException>(
            _connector.ConnectAsync(_location, Program(mode), startIfMissing: true, default));

        failure.Message.ShouldContain(expected);
    }

    [Fact]
    public async Task Connect_WhenTheProgramIsMissing_NamesIt()
    {
        var program = Program("serve") with { FileName = "/no/such/agent-ide" };

        var failure = await Should.ThrowAsync<CoordinatorUnavailableException>(
            _connector.ConnectAsync(_location, program, startIfMissing: true, default));

        failure.Message.ShouldContain("/no/such/agent-ide");
    }

    [Fact]
    public async Task Connect_WhenTheProgramSaysNothing_EndsAtTheLimitAndKillsIt()
    {
        var connector = new CoordinatorConnector { Limit = TimeSpan.FromMilliseconds(300) };

        var failure = await Should.ThrowAsync<CoordinatorUnavailableException>(
            connector.ConnectAsync(_location, Silent(), startIfMissing: true, default).WaitAsync(_generous));

        failure.Message.ShouldContain("0.3 s");
        failure.Message.ShouldContain(_location.SocketPath);
        ShouldNotLive(Path.Combine(_folder, "pid"));
    }

    [Fact]
    public async Task Connect_WhenCancelled_KillsWhatItStarted()
    {
        using var cancellation = new CancellationTokenSource();
        var connecting = _connector.ConnectAsync(_location, Silent(), startIfMissing: true, cancellation.Token);
        var pidFile = Path.Combine(_folder, "pid");
        await UntilAsync(() => File.Exists(pidFile) && new FileInfo(pidFile).Length > 0);

        await cancellation.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(connecting.WaitAsync(_generous));
        ShouldNotLive(pidFile);
    }

    [Fact]
    public async Task Connect_WhenTheSocketFolderIsOpenToOthers_IsRefused()
    {
        Directory.CreateDirectory(_location.SocketDirectory);
        File.SetUnixFileMode(_location.SocketDirectory, (UnixFileMode)0b111_101_101);

        await Should.ThrowAsync<CoordinatorLocationException>(
            _connector.ConnectAsync(_location, Program("serve"), startIfMissing: true, default));

        File.SetUnixFileMode(_location.SocketDirectory, (UnixFileMode)0b111_000_000);
        File.Exists(FakeCoordinator.StartsFile(_location)).ShouldBeFalse();
    }

    private static RpcConnection Open(CoordinatorConnection connection)
    {
        var rpc = new RpcConnection(connection.Stream, connection.Stream, new RpcRouter());
        rpc.Start();
        return rpc;
    }

    private static async Task<int> AskPidAsync(CoordinatorConnection connection)
    {
        await using var rpc = Open(connection);
        return await rpc.InvokeAsync("fake/pid", RpcEmpty.Value, RpcEmpty.TypeInfo, FakeJson.Default.Int32, default).WaitAsync(_generous);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(_generous);
        while (!condition())
        {
            await Task.Delay(10, limit.Token);
        }
    }

    private static void ShouldNotLive(string pidFile)
    {
        if (File.Exists(pidFile) && int.TryParse(File.ReadAllText(pidFile), CultureInfo.InvariantCulture, out var pid))
        {
            Directory.Exists($"/proc/{pid}").ShouldBeFalse();
        }
    }

    private async Task<CoordinatorConnection> ConnectAsync()
    {
        var connection = await _connector.ConnectAsync(_location, Program("serve"), startIfMissing: true, default).WaitAsync(_generous);
        return connection.ShouldNotBeNull();
    }

    private CoordinatorProgram Program(string mode)
    {
        var start = Start(mode);
        return new CoordinatorProgram { FileName = start.FileName, Arguments = start.Arguments, Version = FakeCoordinator.Version };
    }

    private ProcessStart Start(string mode) => new()
    {
        FileName = "dotnet",
        Arguments = [typeof(FakeCoordinator).Assembly.Location, mode, _location.CommonDirectory, _folder],
    };

    private CoordinatorProgram Silent() => new()
    {
        FileName = "sh",
        Arguments = ["-c", "echo $$ > \"$0\"; exec sleep 60", Path.Combine(_folder, "pid")],
        Version = FakeCoordinator.Version,
    };

    private string[] Starts() => File.ReadAllLines(FakeCoordinator.StartsFile(_location));
}
