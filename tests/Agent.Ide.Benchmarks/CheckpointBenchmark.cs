using Agent.Ide.Git;
using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Benchmarks;

/// <summary>The cost of a checkpoint of one changed file must not grow with the repository.</summary>
internal static class CheckpointBenchmark
{
    private const int Rounds = 60;
    private const int CommitRounds = 7;

    public static async Task RunAsync(BenchmarkReport report)
    {
        var small = await MeasureAsync(20_000);
        var large = await MeasureAsync(200_000);
        report.AtMost("checkpoint of one changed file, 20k files, median", small.Checkpoint, 8, "ms");
        report.AtMost("checkpoint of one changed file, 200k files, median", large.Checkpoint, 10, "ms");
        report.AtMost("200k files over 20k files", large.Checkpoint / small.Checkpoint, 1.5, "x");
        report.Note("`git commit -am` of one changed file, 200k files, median", large.Commit, "ms");
        report.AtLeast("`git commit -am` over checkpoint, 200k files", large.Commit / large.Checkpoint, 20, "x");
    }

    private static async Task<(double Checkpoint, double Commit)> MeasureAsync(int files)
    {
        await using var temp = await TempRepository.CreateAsync();
        var path = Path.Combine(temp.Folder, "large");
        await LargeRepository.CreateAsync(path, files, temp.Environment);
        var program = await GitProgram.LocateAsync();
        var repository = await GitRepository.OpenAsync(program, path);
        await using var store = new GitStore(repository);
        var checkpoints = new Checkpoints(store);
        var worktrees = new Worktrees(checkpoints);
        var worktree = await worktrees.CreateAsync(new WorktreeRequest { Id = "bench", Place = new WorktreePlace { Checkout = repository.Checkout } });
        var tip = worktree.Base;
        var times = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            var file = LargeRepository.PathOf(round * 37 % files);
            await File.AppendAllTextAsync(Path.Combine(worktree.Root, file), $"// {round}\n");
            var request = new CheckpointRequest { Worktree = worktree, ExpectedTip = tip, Paths = [file], Subject = "edit_file: bench" };
            times.Add(await Samples.TimeAsync(async () => tip = (await checkpoints.StoreAsync(request)).Commit!));
        }

        var git = GitCommand.OnCheckout(program, worktree.GitDirectory, worktree.Root).WithIdentity(GitIdentity.Agent, DateTimeOffset.UnixEpoch).WithIndexWrites();
        await checkpoints.RefreshIndexAsync(worktree);
        var commits = new List<double>();
        for (var round = 0; round < CommitRounds; round++)
        {
            await File.AppendAllTextAsync(Path.Combine(worktree.Root, LargeRepository.PathOf(round)), $"// again {round}\n");
            commits.Add(await Samples.TimeAsync(() => git.RunAsync(["commit", "-qam", "bench"])));
        }

        // The first ones start processes and warm caches: what a task of many steps pays is the median.
        return (Samples.Median(times), Samples.Median(commits));
    }
}
