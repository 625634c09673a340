using System.Net.Sockets;
using System.Runtime.InteropServices;
using Agent.Ide.Coordinator.Hosting.Connections;
using Microsoft.Extensions.Logging.Abstractions;

namespace Agent.Ide.Coordinator.Tests.Hosting;

public sealed partial class ConnectionGateTests : IDisposable
{
    private const int Nobody = 65534;

    private readonly string _folder = Directory.CreateTempSubdirectory("gate-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Admit_TheUsersOwnConnections_UntilOneProcessHasItsShare()
    {
        var gate = new ConnectionGate(new ConnectionLimits { MaxConnections = 10, MaxPerProcess = 2 }, TimeProvider.System, NullLogger.Instance);
        using var listener = Listen();
        using var first = Connect(listener);
        using var second = Connect(listener);
        using var third = Connect(listener);

        var admission = gate.Admit(first.Accepted).ShouldNotBeNull();
        gate.Admit(second.Accepted).ShouldNotBeNull();
        gate.Admit(third.Accepted).ShouldBeNull();
        admission.Dispose();
        admission.Dispose();
        using var fourth = Connect(listener);
        gate.Admit(fourth.Accepted).ShouldNotBeNull("a place that was left is free, once");
        using var fifth = Connect(listener);
        gate.Admit(fifth.Accepted).ShouldBeNull();
    }

    [RootFact]
    public void Admit_AnotherUser_IsRefusedBeforeAByteIsRead()
    {
        // Open to all: what keeps the stranger out here is the gate alone.
        const UnixFileMode Everybody = (UnixFileMode)0b111_111_111;
        File.SetUnixFileMode(_folder, Everybody);
        var gate = new ConnectionGate(new ConnectionLimits(), TimeProvider.System, NullLogger.Instance);
        using var listener = Listen();
        File.SetUnixFileMode(Path.Combine(_folder, "s"), Everybody);

        using var pair = ConnectAs(Nobody, listener);

        PeerCredentials.Of(pair.Accepted)!.Value.UserId.ShouldBe((uint)Nobody);
        gate.Admit(pair.Accepted).ShouldBeNull();
        pair.Near.Receive(new byte[1]).ShouldBe(0, "the connection was closed");
    }

    private Socket Listen()
    {
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(_folder, "s")));
        listener.Listen(16);
        return listener;
    }

    private static Pair Connect(Socket listener)
    {
        var near = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        near.Connect(listener.LocalEndPoint!);
        return new Pair(near, listener.Accept());
    }

    /// <summary>The system call, unlike libc's function, changes the user of one thread only.</summary>
    private static Pair ConnectAs(int user, Socket listener)
    {
        Pair? pair = null;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                SetUser(117, -1, user, -1).ShouldBe(0, "setresuid");
                pair = Connect(listener);
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        return failure is null ? pair! : throw new InvalidOperationException("Connecting as another user failed.", failure);
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial long SetUser(nint number, nint real, nint effective, nint saved);

    private sealed record Pair(Socket Near, Socket Accepted) : IDisposable
    {
        public void Dispose()
        {
            Near.Dispose();
            Accepted.Dispose();
        }
    }

    private sealed class RootFactAttribute : FactAttribute
    {
        public RootFactAttribute()
        {
            if (!OperatingSystem.IsLinux() || RuntimeInformation.OSArchitecture != Architecture.X64 || Environment.UserName != "root")
            {
                Skip = "only root on 64-bit Linux can be another user";
            }
        }
    }
}
