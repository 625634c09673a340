using Agent.Ide.Coordinator.Sandboxing;
using Agent.Ide.Coordinator.Sandboxing.Commands;
using Agent.Ide.Testing.Machines;

namespace Agent.Ide.Coordinator.Tests.Sandboxing;

public sealed class CommandRunnerTests
{
    [SandboxFact]
    public async Task Run_KeepsBothOutputsInTheirOrder()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        (await repository.RunAsync("for i in 1 2 3; do echo out$i; echo err$i >&2; done")).Output.ShouldBe("out1\nerr1\nout2\nerr2\nout3\nerr3\n");
    }

    [SandboxTheory]
    [InlineData("exit 3", 3, null)]
    [InlineData("kill -TERM $$", 143, 15)]
    [InlineData("kill -9 $$", 137, 9)]
    [InlineData("no-such-program-here", 127, null)]
    [InlineData("(exit 1) && true", 1, null)]
    [InlineData("true | false; [[ ${PIPESTATUS[1]} == 1 ]]", 0, null)]
    public async Task Run_ReportsHowTheCommandEnded(string command, int exitCode, int? signal)
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        var result = await repository.RunAsync(command);
        result.ExitCode.ShouldBe(exitCode);
        result.Signal.ShouldBe(signal);
        result.TimedOut.ShouldBeFalse();
    }

    [SandboxTheory]
    [InlineData("setsid sh -c 'exec sleep {0}' </dev/null >/dev/null 2>&1 & echo started")]
    [InlineData("(setsid nohup sh -c '(sleep {0} &)' </dev/null >/dev/null 2>&1 &); echo started")]
    [InlineData("sleep {0} & echo started")]
    [InlineData("sh -c 'trap \"\" TERM HUP INT; sleep {0}' & disown; echo started")]
    public async Task Run_WhenItReturns_EverythingTheCommandStartedIsDead(string command)
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        var mark = $"1000{Random.Shared.Next(100000, 999999)}";
        var result = await repository.RunAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, command, mark));
        SandboxedRepository.IsRunning(mark).ShouldBeFalse();
        result.Output.ShouldBe("started\n");
        result.ExitCode.ShouldBe(0);
    }

    [SandboxFact]
    public async Task Run_AfterItsTime_KillsEverythingAndKeepsTheOutput()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        var mark = $"1000{Random.Shared.Next(100000, 999999)}";
        var result = await repository.RunAsync($"echo before; trap '' TERM; setsid sleep {mark} & sleep {mark}; echo after", seconds: 1);
        SandboxedRepository.IsRunning(mark).ShouldBeFalse();
        result.TimedOut.ShouldBeTrue();
        result.ExitCode.ShouldBeNull();
        result.Output.ShouldBe("before\n");
        result.Duration.ShouldBeGreaterThan(TimeSpan.FromSeconds(0.9));
        result.Describe().ShouldContain("timed out");
    }

    [SandboxFact]
    public async Task Run_WhenCancelled_KillsEverything()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        var mark = $"1000{Random.Shared.Next(100000, 999999)}";
        using var cancellation = new CancellationTokenSource();
        var run = repository.RunAsync($"touch started; sleep {mark}", seconds: 60, cancellationToken: cancellation.Token);
        while (!File.Exists(Path.Combine(repository.Own, "started")) && !run.IsCompleted)
        {
            await Task.Yield();
        }

        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(run);
        SandboxedRepository.IsRunning(mark).ShouldBeFalse();
    }

    [SandboxFact]
    public async Task Run_OfAnEndlessOutput_KeepsHeadAndTailInBoundedMemory()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var result = await repository.RunAsync("echo first; yes 0123456789", seconds: 1.5);
        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        result.TimedOut.ShouldBeTrue();
        result.Output.Length.ShouldBeLessThan(34_000);
        result.Output.ShouldStartWith("first\n0123456789\n");
        result.LeftOutBytes.ShouldBeGreaterThan(100_000);
        result.Output.ShouldContain($"\n… {result.LeftOutBytes} bytes left out …\n");
        grown.ShouldBeLessThan(20_000_000);
    }

    [SandboxFact]
    public async Task Run_CleansWhatATerminalWouldObey()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        var result = await repository.RunAsync(
            @"printf '\033[31mred\033[0m \033]0;title\007\033]8;;http://x\033\\link\033]8;;\033\\ nul\000 bell\007 \302\233K c1 \377 bad\r\nbar 10%%\rbar 100%%\nend\b\n'");
        result.Output.ShouldBe("red link nul bell K c1 \ufffd bad\nbar 100%\nend\n");
    }

    [Fact]
    public async Task Run_WithoutASandbox_RefusesUnlessAPersonApproved()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        var runner = SandboxedRepository.Runner(new NoSandbox("There is no sandbox here.", "Install one."));
        var request = new CommandRequest { Command = "touch ran", Policy = repository.Policy, Timeout = TimeSpan.FromSeconds(30) };
        var refusal = await Should.ThrowAsync<SandboxUnavailableException>(() => runner.RunAsync(request, CancellationToken.None));
        refusal.Message.ShouldContain("There is no sandbox here. Install one.");
        File.Exists(Path.Combine(repository.Own, "ran")).ShouldBeFalse();
        var result = await runner.RunAsync(request with { Requirement = SandboxRequirement.ApprovedUnsandboxed }, CancellationToken.None);
        result.Sandboxed.ShouldBeFalse();
        result.ExitCode.ShouldBe(0);
        File.Exists(Path.Combine(repository.Own, "ran")).ShouldBeTrue();
    }

    [NeedsFact(Need.Linux)]
    public async Task Run_InTheOpen_StillKillsDaemonsAndHidesKeys()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        var runner = SandboxedRepository.Runner(new NoSandbox("None.", "Install one."));
        var mark = $"1000{Random.Shared.Next(100000, 999999)}";
        var result = await runner.RunAsync(
            new CommandRequest
            {
                Command = $"(setsid sleep {mark} &); env; echo err >&2; exit 4",
                Policy = repository.Policy,
                Timeout = TimeSpan.FromSeconds(30),
                Requirement = SandboxRequirement.ApprovedUnsandboxed,
            },
            CancellationToken.None);
        SandboxedRepository.IsRunning(mark).ShouldBeFalse();
        result.ExitCode.ShouldBe(4);
        result.Output.ShouldEndWith("err\n");
        result.Output.ShouldNotContain("sk-secret");
    }

    [SandboxTheory]
    [InlineData("")]
    [InlineData("echo a\0b")]
    public async Task Run_OfNoCommandAtAll_IsRefused(string command)
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        await Should.ThrowAsync<ArgumentException>(() => repository.RunAsync(command));
        await Should.ThrowAsync<ArgumentException>(() => repository.RunAsync(new string('x', CommandRequest.MaxCommandBytes + 1)));
    }

    [SandboxFact]
    public async Task Run_WhenTheSandboxCannotBeSetUp_SaysSoAndRunsNothing()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        var policy = repository.Policy;
        var broken = policy with { Git = policy.Git! with { Shown = [.. policy.Git.Shown, ("/no/such/path", "/no/such/path")] } };
        var error = await Should.ThrowAsync<SandboxUnavailableException>(() => repository.RunAsync("touch ran", policy: broken));
        error.Message.ShouldContain("/no/such/path");
        File.Exists(Path.Combine(repository.Own, "ran")).ShouldBeFalse();
    }

    [SandboxFact]
    public async Task Run_OfManyAtOnce_KeepsThemApart()
    {
        await using var repository = await SandboxedRepository.CreateAsync();
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => repository.RunAsync($"echo {i} > /tmp/x; sleep 0.1; cat /tmp/x; echo $$")));
        results.Select(result => result.Output.Split('\n')[0]).ShouldBe(Enumerable.Range(0, 8).Select(i => $"{i}"));
        results.ShouldAllBe(result => result.ExitCode == 0);
    }
}
