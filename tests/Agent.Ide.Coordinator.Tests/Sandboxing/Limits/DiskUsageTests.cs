using Agent.Ide.Coordinator.Sandboxing.Limits.Disk;
using Agent.Ide.Processes;
using Agent.Ide.Testing.Machines;

namespace Agent.Ide.Coordinator.Tests.Sandboxing.Limits;

public sealed class DiskUsageTests
{
    private const long Megabyte = 1024 * 1024;

    [NeedsFact(Need.Linux)]
    public async Task Measure_CountsBlocksOfFilesAndFoldersOnce()
    {
        using var folder = new ScratchFolder();
        Fill(folder, "a/b/c/file", 3);
        Fill(folder, "other", 2);
        using (var sparse = File.Create(Path.Combine(folder.Path, "sparse")))
        {
            sparse.SetLength(1024L * 1024 * 1024 * 1024);
        }

        await RunAsync(folder.Path, "ln other a/b/again; ln other a/third");

        DiskUsage.Measure(folder.Path, long.MaxValue, CancellationToken.None).ShouldBeInRange(5 * Megabyte, 6 * Megabyte);
    }

    [NeedsFact(Need.Linux)]
    public async Task Measure_FollowsNoLinkAndCountsNamesThatAreNoText()
    {
        using var outside = new ScratchFolder();
        Fill(outside, "large", 20);
        using var folder = new ScratchFolder();
        var script = $"ln -s {outside.Path} link; ln -s / root; mkfifo pipe; name=$'bad\\377'; mkdir \"$name\"; head -c 4M /dev/zero > \"$name\"/$'na\\nme\\376'";
        await RunAsync(folder.Path, script);

        DiskUsage.Measure(folder.Path, long.MaxValue, CancellationToken.None).ShouldBeInRange(4 * Megabyte, 5 * Megabyte);
        await RunAsync(folder.Path, "rm -rf bad*"); // .NET cannot say this name.
    }

    [NeedsFact(Need.Linux)]
    public async Task Measure_OfATreeThatIsDeeperThanAnybodyNeeds_IsMoreThanAnyLimit()
    {
        using var folder = new ScratchFolder();
        await RunAsync(folder.Path, "mkdir -p $(printf 'd/%.0s' $(seq 1100))");

        DiskUsage.Measure(folder.Path, long.MaxValue, CancellationToken.None).ShouldBe(long.MaxValue);
    }

    [NeedsFact(Need.Linux)]
    public void Measure_EndsWhenItHasFoundEnough()
    {
        using var folder = new ScratchFolder();
        Fill(folder, "one", 2);

        DiskUsage.Measure(folder.Path, Megabyte, CancellationToken.None).ShouldBeGreaterThan(Megabyte);
        DiskUsage.Measure(Path.Combine(folder.Path, "missing"), Megabyte, CancellationToken.None).ShouldBe(0);
    }

    private static void Fill(ScratchFolder folder, string path, int megabytes)
    {
        var file = Path.Combine(folder.Path, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var content = new byte[megabytes * Megabyte];
        Random.Shared.NextBytes(content);
        File.WriteAllBytes(file, content);
    }

    private static async Task RunAsync(string folder, string script)
    {
        var result = await ChildProcess.RunAsync(new ProcessStart { FileName = "/bin/bash", Arguments = ["-c", script], WorkingDirectory = folder });
        result.ExitCode.ShouldBe(0, result.Error);
    }

    private sealed class ScratchFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("agent-ide-test-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
