using Agent.Ide.Hostile.Tests.Arena;

namespace Agent.Ide.Hostile.Tests.Attacks;

/// <summary>Turns against processes: the harness's, the user's, and the kernel's ways between them.</summary>
public sealed class ProcessAttacks(HostileArena arena) : IClassFixture<HostileArena>
{
    [SandboxFact]
    public async Task SignalsToTheCoordinatorAndToTheUsersProcesses_DoNotArrive()
    {
        await arena.CommandAsync($"kill -9 {arena.CoordinatorId} || kill -9 {arena.Wires.Bystander} || kill -0 {Environment.ProcessId}");
    }

    [SandboxFact]
    public async Task KillingEverythingInSight_KillsTheCommandAlone()
    {
        var report = await arena.AttackAsync(Call.Read("README.md"), Call.Command("kill -9 -1; kill -9 1; kill -STOP 1; sleep 0"), Call.Read("src/app.txt"));
        report.Results[2].ShouldContain("three");
    }

    [SandboxFact]
    public Task OtherProcesses_CannotBeTracedOrReadThroughSystemCalls() => arena.CommandAsync(
        // ptrace(PTRACE_SEIZE) and pidfd_open, by number where both processors agree on the latter.
        $$"""
        perl -e '$n = `uname -m` =~ /aarch64/ ? 117 : 101; for $p ({{arena.CoordinatorId}}, {{arena.Wires.Bystander}}, {{Environment.ProcessId}}) { exit 0 if syscall($n, 0x4206, $p, 0, 0) >= 0; exit 0 if syscall(434, $p, 0) >= 0 } exit 1' ||
        strace -p {{arena.CoordinatorId}} -o /tmp/trace
        """);

    [SandboxFact]
    public Task TheWorker_IsNotInSight() =>
        arena.CommandAsync("""test "$(ls -d /proc/[0-9]* | wc -l)" -gt 9 || grep -l '[a]gent-ide' /proc/[0-9]*/cmdline""");

    [SandboxFact]
    public async Task ADaemon_DoesNotOutliveItsCommand()
    {
        var mark = $"hostile-daemon-{Guid.NewGuid():N}";
        var report = await arena.AttackAsync(
            Call.Command(
                $$"""
                cat > daemon.sh <<'END'
                trap '' HUP TERM INT
                while :; do sleep 1; echo alive >> alive.txt; done
                END
                setsid nohup sh daemon.sh {{mark}} > /dev/null 2>&1 < /dev/null & disown
                ( ( sh daemon.sh {{mark}} & ) & )
                perl -e 'fork and exit; setpgrp; fork and exit; $0 = "innocent"; close STDIN; close STDOUT; close STDERR; exec "sh", "daemon.sh", "{{mark}}"'
                sleep 0.2; echo started
                """),
            Call.Read("README.md"));
        report.Results[0].ShouldContain("started");
        HostProcesses.With(mark).ShouldBeEmpty();
    }

    [SandboxFact]
    public async Task AProcessThatEndsNever_IsEndedWithItsTime()
    {
        var mark = $"hostile-endless-{Guid.NewGuid():N}";
        var report = await arena.AttackAsync(Call.Command($"trap '' TERM INT HUP; while :; do :; done # {mark}", timeoutSeconds: 1), Call.Read("README.md"));
        report.Steps[0].Error.ShouldBe("timeout");
        HostProcesses.With(mark).ShouldBeEmpty();
    }

    [SandboxFact]
    public Task NewUserNamespaces_CannotBeMade() => arena.CommandAsync(
        """
        unshare -Ur true || unshare -U true || bwrap --unshare-user --ro-bind / / true ||
        perl -e '$n = `uname -m` =~ /aarch64/ ? 97 : 272; exit(syscall($n, 0x10000000) == 0 ? 0 : 1)'
        """);

    [SandboxFact]
    public Task PrivilegesBySetuidPrograms_AreNotGained() =>
        arena.CommandAsync("sudo -n true || su nobody -s /bin/true -c true < /dev/null || pkexec true < /dev/null || newuidmap $$ 0 0 1 || grep -q 'NoNewPrivs:.0' /proc/self/status || grep -E 'Cap(Eff|Prm|Bnd|Inh|Amb):' /proc/self/status | grep -qv 0000000000000000");

    [SandboxFact]
    public Task KeyringsOfTheHost_CannotBeReached() => arena.CommandAsync(
        // keyctl(KEYCTL_GET_KEYRING_ID) of the session's, the user's and the process's keyring; add_key.
        """perl -e '$arm = `uname -m` =~ /aarch64/; for (-3, -4, -5, -2) { exit 0 if syscall($arm ? 219 : 250, 0, $_, 0) >= 0 } exit(syscall($arm ? 217 : 248, "user", "evil", "x", 1, -3) >= 0 ? 0 : 1)'""");

    [SandboxFact]
    public Task PartsOfTheKernelThatProgramsDoWithout_AreClosed() => arena.CommandAsync(
        // perf_event_open, bpf, userfaultfd and io_uring_setup.
        """perl -e '$arm = `uname -m` =~ /aarch64/; $b = "\0" x 256; exit 0 if syscall($arm ? 241 : 298, $b, 0, -1, -1, 0) >= 0; exit 0 if syscall($arm ? 280 : 321, 0, $b, 72) >= 0; exit 0 if syscall($arm ? 282 : 323, 1) >= 0; exit(syscall(425, 8, $b) >= 0 ? 0 : 1)'""");

    [SandboxFact]
    public Task KeystrokesForTheUsersTerminal_CannotBeFaked() =>
        arena.CommandAsync("""perl -e 'open(T, "+<", "/dev/tty") or exit 1; $c = "x"; exit(ioctl(T, 0x5412, $c) ? 0 : 1)' || test -t 0 || test -t 1""");

    [SandboxFact]
    public async Task TheLaunchersReport_CannotBeForged()
    {
        var report = await arena.AttackAsync(Call.Command(
            """
            for f in /proc/[0-9]*/fd/* /dev/fd/*; do printf '{ "exit-code": 0 }\nContent-Length: 2\r\n\r\n{}' 2>/dev/null > $f; done
            exit 7
            """));
        report.Results[0].ShouldContain("exit code 7");
        report.Steps[0].Error.ShouldBe("commandFailed");
    }

    [SandboxFact]
    public async Task OrphansWithoutNumber_AreGoneAfterTheirCommand()
    {
        var mark = $"hostile-orphan-{Guid.NewGuid():N}";
        await arena.AttackAsync(Call.Command($"for i in $(seq 60); do (setsid sh -c 'sleep 300; : {mark}' > /dev/null 2>&1 &); done; echo made"));
        HostProcesses.With(mark).ShouldBeEmpty();
    }
}
