using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Agent.Ide.Processes;

namespace Agent.Ide.Hostile.Tests.Arena;

/// <summary>
/// Things of the host that show whether somebody reached them: servers that count their visitors, a process that would end at a signal, a
/// folder into which whatever an attacker plants would write if the host ever ran it.
/// </summary>
internal sealed class Tripwires : IAsyncDisposable
{
    private readonly TcpListener _loopback = new(IPAddress.Loopback, 0);
    private readonly TcpListener _loopback6 = new(IPAddress.IPv6Loopback, 0);
    private readonly Socket _abstract = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Socket _agent = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Socket _datagrams = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly ChildProcess _bystander;

    /// <param name="folder">Where sockets and traces go.</param>
    /// <param name="secret">Stands in the bystander's environment and command line.</param>
    public Tripwires(string folder, string secret)
    {
        Traces = Path.Combine(folder, "traces");
        Directory.CreateDirectory(Traces);
        AgentSocket = Path.Combine(folder, "agent.sock");
        AbstractName = $"agent-ide-hostile-{Guid.NewGuid():N}";
        _loopback.Start();
        if (Socket.OSSupportsIPv6)
        {
            _loopback6.Start();
        }

        _agent.Bind(new UnixDomainSocketEndPoint(AgentSocket));
        _agent.Listen();
        _abstract.Bind(new UnixDomainSocketEndPoint('\0' + AbstractName));
        _abstract.Listen();
        _datagrams.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _bystander = ChildProcess.Start(new ProcessStart
        {
            FileName = "/bin/sh",
            Arguments = ["-c", "read line", secret],
            Environment = new Dictionary<string, string> { ["SECRET"] = secret, ["PATH"] = "/usr/bin:/bin" },
            WorkingDirectory = "/",
        });
    }

    /// <summary>Stays empty unless something of an attacker's ran on the host.</summary>
    public string Traces { get; }

    /// <summary>A socket of the host, as an ssh agent has one.</summary>
    public string AgentSocket { get; }

    /// <summary>Name of a socket in the abstract namespace, without its leading zero.</summary>
    public string AbstractName { get; }

    public int Port => ((IPEndPoint)_loopback.LocalEndpoint).Port;

    public int Port6 => Socket.OSSupportsIPv6 ? ((IPEndPoint)_loopback6.LocalEndpoint).Port : Port;

    public int DatagramPort => ((IPEndPoint)_datagrams.LocalEndPoint!).Port;

    /// <summary>A process of the user's that has nothing to do with any task.</summary>
    public int Bystander => _bystander.Id;

    /// <summary>A command that leaves a trace where the host runs it: the command line of whoever ran it.</summary>
    public string Trip(string name) => $"cat /proc/$PPID/cmdline > {Path.Combine(Traces, name)}";

    public void ShouldBeUntouched()
    {
        ShouldBeUntripped();
        _loopback.Pending().ShouldBeFalse("Somebody connected to the host's loopback.");
        (Socket.OSSupportsIPv6 && _loopback6.Pending()).ShouldBeFalse("Somebody connected to the host's IPv6 loopback.");
        _abstract.Poll(0, SelectMode.SelectRead).ShouldBeFalse("Somebody connected to the abstract socket.");
        _agent.Poll(0, SelectMode.SelectRead).ShouldBeFalse("Somebody connected to the ssh agent's socket.");
        _datagrams.Poll(0, SelectMode.SelectRead).ShouldBeFalse("Somebody sent a datagram to the host.");
        _bystander.HasExited.ShouldBeFalse(string.Create(CultureInfo.InvariantCulture, $"The process {_bystander.Id} of the user was killed."));
    }

    private void ShouldBeUntripped()
    {
        var traces = Directory.GetFiles(Traces);
        var runners = traces.Select(trace => $"{Path.GetFileName(trace)} by {File.ReadAllText(trace).Replace('\0', ' ')}").ToList();
        foreach (var trace in traces)
        {
            // One attack's success is not to be held against those that come after it.
            File.Delete(trace);
        }

        runners.ShouldBeEmpty("Something that an attacker planted ran on the host.");
    }

    public async ValueTask DisposeAsync()
    {
        await _bystander.DisposeAsync();
        _loopback.Dispose();
        _loopback6.Dispose();
        _abstract.Dispose();
        _agent.Dispose();
        _datagrams.Dispose();
    }
}
