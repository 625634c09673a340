using Agent.Ide.Hostile.Tests.Arena;

namespace Agent.Ide.Hostile.Tests.Machines;

/// <summary>An arena on a machine whose bubblewrap is there and makes no sandbox, as in a container without user namespaces.</summary>
public sealed class UnconfinedArena : HostileArena
{
    protected override IEnumerable<(string Name, string Value)> SettingsIn(string folder)
    {
        var broken = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "bin")).FullName, "bwrap");
        File.WriteAllText(broken, "#!/bin/sh\necho 'No permissions to create a new namespace' >&2\nexit 1\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(broken, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return [("PATH", $"{Path.GetDirectoryName(broken)}:{Environment.GetEnvironmentVariable("PATH")}")];
    }
}

/// <summary>Where no sandbox works nothing is confined, so nothing runs unasked.</summary>
public sealed class UnconfinedTests(UnconfinedArena arena) : IClassFixture<UnconfinedArena>
{
    [Fact]
    public async Task ACommandThatNobodyCanApprove_IsDenied_AndHasNotRun()
    {
        var task = await arena.RunAsync("run something;", "run something;", [Call.Command(arena.Wires.Trip("ran")), Call.Finish()]);

        task.State.ShouldBe("failed");
        task.Error!.ExitCode.ShouldBe(5);
        arena.Wires.ShouldBeUntouched();
        (await arena.Client.CoordinatorStatusAsync(CancellationToken.None)).Sandboxed.ShouldBeFalse();
    }

    [Fact]
    public async Task FileTools_StayInTheWorktree_AlsoWithoutASandbox()
    {
        // A repository may bring such links; without a sandbox the worker's own way of opening files is the only wall.
        arena.Repository.Link("way", arena.Outside).Link("note", Path.Combine(arena.Outside, "notes.txt")).Link("proc", "/proc/self/root");
        await arena.Repository.GitAsync("add", "way", "note", "proc");
        await arena.Repository.GitAsync("commit", "--quiet", "-m", "Links");
        arena.Secrets.Plant(arena.Repository.FullPath(".git/COMMIT_EDITMSG"), "message");
        const string Marker = "reach out;";
        var home = arena.Repository.Home;

        var task = await arena.RunAsync(
            Marker,
            Marker,
            [
                Call.Read("way/notes.txt"), Call.Read("note"), Call.Read($"proc{home}/.netrc"), Call.Read($"{home}/.netrc"), Call.Read("../../.env"), Call.Read(".git"),
                Call.Write("way/planted", "x"), Call.Write("note", "x"), Call.Write($"proc{arena.Outside}/planted", "x"), Call.Write("../planted", "x"), Call.Write(".git", "x"),
                Call.Delete("way/notes.txt"), Call.Move("way/notes.txt", "stolen"), Call.Move("README.md", "way/README.md"), Call.Search("canary", "way"), Call.Search("canary"),
                Call.Finish(),
            ]);

        task.State.ShouldBe("readyForReview", task.Error?.Message);
        var steps = (await arena.Client.GetAsync(task.Id, CancellationToken.None)).Steps;
        steps.Take(15).ShouldAllBe(step => step.Error != null);
        arena.Secrets.ShouldNotBeIn(arena.RequestsOf(Marker));
        arena.Secrets.ShouldBeUntouched();
        Directory.GetFileSystemEntries(arena.Outside).Length.ShouldBe(1);
    }
}
