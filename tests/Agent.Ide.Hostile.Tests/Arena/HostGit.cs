using Agent.Ide.Processes;
using Agent.Ide.Protocol.Review;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Hostile.Tests.Arena;

/// <summary>Everything that is done with a task's work outside of its sandbox: by the coordinator, and by a user's or an editor's own git.</summary>
internal sealed class HostGit(HostileArena arena)
{
    /// <summary>Longer than any of it takes with hostile files on a busy machine; passing it means that something hangs.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    /// <summary>Looks, removes, brings back, accepts and prunes; then puts the user's branch back to where it was.</summary>
    public async Task GoThroughAsync(AttackReport report)
    {
        using var patience = new CancellationTokenSource(s_patience);
        var task = report.Task;
        var start = await arena.Repository.HashAsync("HEAD");
        await ReviewAsync(task, patience.Token);
        (await arena.Client.DiscardAsync(task.Id, patience.Token)).State.ShouldBe("discarded");
        Directory.Exists(arena.WorktreeOf(task)).ShouldBeFalse();
        ShouldBeUntouched();
        var restored = await arena.Client.RestoreAsync(task.Id, patience.Token);
        restored.State.ShouldBe("readyForReview");
        ShouldBeUntouched();
        await ReviewAsync(restored, patience.Token);
        if (restored.Head != restored.Base.Commit)
        {
            await arena.Client.RollbackAsync(task.Id, 0, patience.Token);
            ShouldBeUntouched();
        }

        await arena.Client.PruneWorktreesAsync(new Protocol.Setup.PruneParams(), patience.Token);
        await arena.Repository.FsckAsync(patience.Token);
        (await arena.Repository.HashAsync("HEAD")).ShouldBe(start);
        ShouldBeUntouched();
    }

    /// <summary>Accepts, looks at the result as the user would, and takes it back.</summary>
    public async Task AcceptAsync(AttackReport report)
    {
        using var patience = new CancellationTokenSource(s_patience);
        var start = await arena.Repository.HashAsync("HEAD");
        var accepted = await arena.Client.AcceptAsync(new AcceptParams(report.Task.Id, report.Task.Head), patience.Token);
        accepted.Commit.ShouldNotBeNull(string.Join(", ", accepted.Conflicts.Select(conflict => $"{conflict.Path} {conflict.Kind}")));
        ShouldBeUntouched();
        await arena.Repository.FsckAsync(patience.Token);
        await arena.Repository.GitAsync("-c", "core.hooksPath=/dev/null", "reset", "--hard", "--quiet", start);
    }

    /// <summary>What a person or an editor does in a folder: status, diff, log.</summary>
    public async Task LookAsUserAsync(string folder, CancellationToken cancellationToken)
    {
        string[][] looks = [["status", "--porcelain"], ["diff", "--stat"], ["log", "-1", "--stat"], ["rev-parse", "--show-toplevel"]];
        foreach (var look in looks)
        {
            // Its exit code does not matter: what was planted may make it fail, but neither run something nor hang.
            await ChildProcess.RunAsync(
                new ProcessStart { FileName = "git", Arguments = look, WorkingDirectory = folder, Environment = arena.Repository.Environment },
                cancellationToken: cancellationToken);
        }

        ShouldBeUntouched();
    }

    private async Task ReviewAsync(AgentTask task, CancellationToken cancellationToken)
    {
        var diff = await arena.Client.DiffAsync(new DiffParams(task.Id), cancellationToken);
        await arena.Client.PatchAsync(new PatchParams(task.Id), cancellationToken);
        await arena.Client.PatchAsync(new PatchParams(task.Id, Stat: true), cancellationToken);
        foreach (var file in diff.Files.Where(file => file.Status == "added").Take(3))
        {
            await arena.Client.ContentAsync(diff.HeadCommit, file.Path, cancellationToken);
        }

        await arena.Client.ConflictsAsync(cancellationToken);
        await arena.Client.WorktreesAsync(cancellationToken);
        ShouldBeUntouched();
        await LookAsUserAsync(arena.Repository.Path, cancellationToken);
    }

    private void ShouldBeUntouched()
    {
        arena.Wires.ShouldBeUntouched();
        arena.Secrets.ShouldBeUntouched();
        Directory.GetFileSystemEntries(arena.Outside).Length.ShouldBe(1);
    }
}
