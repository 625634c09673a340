using Agent.Ide.Processes;
using Agent.Ide.Testing.Machines;
using Agent.Ide.Testing.Programs;
using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.EndToEnd.Tests;

/// <summary>Machines that are not as they should be, and what is left on them.</summary>
public sealed class EnvironmentTests
{
    private static Script OneFile => new Script().On("work", Script.Write("a.txt", "a\n"), Script.Finish("Done."));

    [NeedsFact(Need.ChangeOwner)]
    public async Task ARepositoryOfSomeoneElse_EndsWith6_AndSaysHowToTrustIt()
    {
        await using var all = await EndToEnd.CreateAsync(OneFile, ("README.md", "hello\n"));
        await ShellAsync($"chown -R 12345 '{all.Repository.Path}'");

        var run = (await all.Program.RunAsync("run", "work")).ShouldEndWith(6);

        run.Error.ShouldContain("safe.directory");
        run.Error.Trim().Split('\n').Length.ShouldBe(1);
        Directory.Exists(Path.Combine(all.Repository.Path, ".git", "agent-ide")).ShouldBeFalse();
    }

    [Fact]
    public async Task WithoutGit_EveryVerbEndsWith6_AndDoctorSaysSo()
    {
        await using var all = await EndToEnd.CreateAsync(OneFile, ("README.md", "hello\n"));
        var path = all.Program.Variables["PATH"];
        all.Program.Variables["PATH"] = Directory.CreateDirectory(Path.Combine(all.Repository.Folder, "bin")).FullName;
        if (!all.Program.Variables.ContainsKey("DOTNET_ROOT") && Path.GetDirectoryName(Environment.ProcessPath) is { } runtime)
        {
            all.Program.Variables["DOTNET_ROOT"] = runtime;
        }

        (await all.Program.RunAsync("run", "work")).ShouldEndWith(6).Error.ShouldContain("git was not found");
        (await all.Program.RunAsync("doctor", "--json")).ShouldEndWith(6).Output.ShouldContain("git was not found");

        all.Program.Variables["PATH"] = path;
    }

    [NeedsFact(Need.Mount)]
    public async Task AReadOnlyRepository_EndsWith6_AndLeavesNoCoordinator()
    {
        await using var all = await EndToEnd.CreateAsync(OneFile, ("README.md", "hello\n"));
        var path = all.Repository.Path;
        await using var readOnly = await Mounted.ReadOnlyAsync(path);

        var refused = (await all.Program.RunAsync("run", "work")).ShouldEndWith(6).Error;
        refused.ShouldContain("Read-only");
        refused.ShouldContain(path);
        refused.ShouldContain("make it writable, or clone it elsewhere");
        (await all.Program.RunAsync("coordinator", "status")).ShouldEndWith(0).Output.ShouldStartWith("Not running");
    }

    [NeedsFact(Need.Mount)]
    public async Task AFullDisk_StopsTheTaskCleanly_AndResumeGoesOnOnceThereIsRoom()
    {
        var script = new Script().On(
            "work",
            Script.Write("a.txt", "a\n"),
            Script.Command("head -c 100000 /dev/urandom > b.bin; cat /dev/zero > fill 2>/dev/null; true"),
            Script.Write("c.txt", "c\n"),
            Script.Finish("Done."));
        await using var all = await EndToEnd.CreateAsync(script, ("README.md", "hello\n"));
        var path = all.Repository.Path;
        await using var disk = await Mounted.SmallDiskAsync(path, "4m");
        try
        {
            var run = (await all.Program.RunAsync("run", "work")).ShouldEndWith(1);

            run.Error.ShouldContain("resume");
            run.Error.ShouldNotContain("   at ");
            var id = (await all.TaskIdsAsync()).Single();
            await all.Repository.FsckAsync();
            (await all.Repository.ShowAsync($"agent/{id}", "a.txt")).TrimEnd().ShouldBe("a");
            (await all.Repository.GitAsync("-c", "diff.autoRefreshIndex=false", "diff", "--stat", "HEAD")).ShouldBeEmpty();

            File.Delete(Path.Combine(path, ".worktrees", id, "fill"));
            (await all.Program.RunAsync("resume", id)).ShouldEndWith(0);
            (await all.Program.JsonAsync("wait", id))["state"]!.GetValue<string>().ShouldBe("readyForReview");
            (await all.Repository.ShowAsync($"agent/{id}", "c.txt")).TrimEnd().ShouldBe("c");
            await all.Repository.FsckAsync();
        }
        finally
        {
            // Nothing of the file system may be in use once this has ended.
            (await all.Program.RunAsync("coordinator", "stop")).ShouldEndWith(0);
        }
    }

    [Fact]
    public async Task AfterCoordinatorStop_NoProcessSocketOrLockIsLeft_EvenInTheMiddleOfATask()
    {
        await using var all = await EndToEnd.CreateAsync(OneFile, ("README.md", "hello\n"));
        all.Model.FaultFor = request => request.Answers == 1 ? new Testing.Models.ModelFault { Hold = true } : null;
        (await all.Program.RunAsync("run", "work", "--detach")).ShouldEndWith(0);
        using var patience = new CancellationTokenSource(RunningProgram.Patience);
        await all.Model.WaitForChatRequestAsync(2, patience.Token);

        (await all.Program.RunAsync("coordinator", "stop")).ShouldEndWith(0);

        ProcessesNaming(all.Repository.Path).ShouldBeEmpty();
        var runtime = all.Program.Variables["XDG_RUNTIME_DIR"];
        Directory.EnumerateFiles(runtime, "*", SearchOption.AllDirectories).ShouldBeEmpty();
        Directory.EnumerateFiles(Path.Combine(all.Repository.Path, ".git"), "*.lock", SearchOption.AllDirectories)
            .Select(Path.GetFileName).ShouldBe(["coordinator.lock"], "its own, which nobody holds");
        File.Exists(Path.Combine(all.Repository.Path, ".git", "agent-ide", "coordinator.json")).ShouldBeFalse();
    }

    /// <summary>Command lines of the running processes that name this path.</summary>
    private static string[] ProcessesNaming(string path)
    {
        var found = new List<string>();
        foreach (var process in OperatingSystem.IsLinux() ? Directory.EnumerateDirectories("/proc") : [])
        {
            try
            {
                var line = File.ReadAllText(Path.Combine(process, "cmdline")).Replace('\0', ' ');
                if (line.Contains(path, StringComparison.Ordinal))
                {
                    found.Add(line);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Not a process, or one that ended meanwhile.
            }
        }

        return [.. found];
    }

    private static async Task ShellAsync(string command)
    {
        var run = await ChildProcess.RunAsync(new ProcessStart { FileName = "/bin/sh", Arguments = ["-c", command], WorkingDirectory = "/" });
        run.ExitCode.ShouldBe(0, $"{command}: {run.Error}");
    }
}
