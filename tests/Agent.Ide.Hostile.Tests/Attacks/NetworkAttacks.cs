using Agent.Ide.Hostile.Tests.Arena;

namespace Agent.Ide.Hostile.Tests.Attacks;

/// <summary>
/// Reaches for a network. Where the target is a server of this machine's own loopback, the same command reaches it outside of the
/// sandbox; what lies beyond is only tried from inside, so that nothing ever leaves the machine.
/// </summary>
public sealed class NetworkAttacks(HostileArena arena) : IClassFixture<HostileArena>
{
    /// <summary>Outside of every network: TEST-NET-1 (RFC 5737) is routed nowhere, should a wall ever fall.</summary>
    private const string Beyond = "192.0.2.1";

    [SandboxFact]
    public Task AServerOnTheHostsLoopback_CannotBeReached() => arena.CommandAsync($"exec 3<>/dev/tcp/127.0.0.1/{arena.Wires.Port}");

    [SandboxFact]
    public Task AServerOnTheHostsIpv6Loopback_CannotBeReached() => arena.CommandAsync($"exec 3<>/dev/tcp/::1/{arena.Wires.Port6}");

    [SandboxFact]
    public Task ADatagramToTheHost_DoesNotArrive() => arena.CommandAsync($"echo hello > /dev/udp/127.0.0.1/{arena.Wires.DatagramPort} && echo hello > /dev/udp/{Beyond}/53");

    [SandboxFact]
    public Task AnAbstractUnixSocketOfTheHost_CannotBeReached() =>
        arena.CommandAsync($$"""perl -MSocket -e 'socket(my $s, AF_UNIX, SOCK_STREAM, 0); exit(connect($s, pack("S", AF_UNIX) . "\0{{arena.Wires.AbstractName}}") ? 0 : 1)'""");

    [SandboxFact]
    public Task Names_CannotBeResolved() => arena.CommandAsync("getent hosts example.com || getent ahostsv4 metadata.google.internal");

    [SandboxFact]
    public async Task TheWorldBeyond_IsUnreachableAtOnce()
    {
        var report = await arena.CommandAsync(
            $"exec 3<>/dev/tcp/{Beyond}/443 || exec 3<>/dev/tcp/169.254.169.254/80 || exec 3<>/dev/tcp/2001:db8::1/443 || exec 3<>/dev/tcp/10.0.0.1/22");
        report.Steps[0].DurationMs.ShouldBeLessThan(5_000);
    }

    [SandboxFact]
    public Task RawAndPacketSockets_CannotBeOpened() => arena.CommandAsync(
        """perl -e 'for ([2, 3, 1], [2, 3, 255], [10, 3, 58], [17, 3, 768], [17, 2, 768]) { exit 0 if socket(my $s, $$_[0], $$_[1], $$_[2]) } exit 1'""");

    [SandboxFact]
    public Task SocketsThatAreBoundToNoNetworkNamespace_CannotBeOpened() => arena.CommandAsync(
        // vsock (40) reaches the hypervisor, Bluetooth (31) and CAN (29) the air, AF_ALG (38) much of the kernel.
        """perl -e 'for ([40, 1], [40, 2], [31, 3], [29, 3], [38, 5]) { exit 0 if socket(my $s, $$_[0], $$_[1], 0) } exit 1'""");

    [SandboxFact]
    public Task TheOnlyInterface_IsItsOwnLoopbackAndCannotBeChanged() => arena.CommandAsync(
        """test "$(grep -c : /proc/net/dev)" != 1 || ip link add dummy0 type dummy || ip addr add 192.0.2.7/24 dev lo || nsenter -t 1 -n true""");

    [SandboxFact]
    public async Task ServersOfACommand_AreGoneWithIt()
    {
        var port = arena.Wires.Port;
        var report = await arena.AttackAsync(
            Call.Command($"perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(Listen => 5, LocalAddr => \"127.0.0.1\", LocalPort => {port}) or die; print \"listens\\n\"'"),
            Call.Attempt($"exec 3<>/dev/tcp/127.0.0.1/{port}"));
        report.Results[0].ShouldContain("listens");
        report.Results[1].ShouldContain(Call.Failure);
    }
}
