using System.Globalization;
using System.Text.Json;
using Agent.Ide.Coordinator.Storage;
using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Git;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Faults.Tests;

/// <summary>What holds whatever was killed and when.</summary>
internal static class Invariants
{
    /// <summary>Where scripts' commands note that they ran, one line each.</summary>
    public const string RunsFile = "ran.log";

    /// <summary>Ends the coordinator in good order and looks at everything it leaves.</summary>
    public static async Task CheckAsync(Ground ground)
    {
        await ground.StopAsync();
        await LeftBehind.NoProcessesAsync(ground);
        LeftBehind.Files(ground).ShouldBeEmpty();
        LeftBehind.Mounts(ground).ShouldBeEmpty();
        await ground.Repository.FsckAsync();
        (await ground.Repository.GitAsync("worktree", "list", "--porcelain")).ShouldNotContain("prunable");

        var snapshots = ReadLogs(ground);
        foreach (var snapshot in snapshots.Values)
        {
            await CheckLineAsync(ground, snapshot);
            CheckWorktree(ground, snapshot);
        }

        foreach (var ((task, number), step) in ground.Acknowledged)
        {
            var stored = snapshots[task].Steps.Find(entry => entry.Number == number);
            stored.ShouldNotBeNull($"Step {number} of {task} had been told to a client.");
            (stored.Commit, stored.Tool, stored.Summary).ShouldBe((step.Commit, step.Tool, step.Summary));
        }

        CheckBoard(ground, snapshots);
    }

    public static Dictionary<string, TaskSnapshot> ReadLogs(Ground ground)
    {
        var folder = new StateFolder(ground.CommonDirectory);
        var snapshots = new Dictionary<string, TaskSnapshot>(StringComparer.Ordinal);
        foreach (var id in folder.TaskIds())
        {
            using var file = new TaskLogFile(folder.TaskLog(id));
            snapshots[id] = TaskSnapshot.Fold(file.ReadAll());
        }

        return snapshots;
    }

    /// <summary>Each step is once in the log and once on the branch, and no command ran twice.</summary>
    private static async Task CheckLineAsync(Ground ground, TaskSnapshot snapshot)
    {
        snapshot.Steps.Select(step => step.Number).ShouldBe(Enumerable.Range(1, snapshot.Steps.Count));
        snapshot.OpenStep.ShouldBeNull();
        var line = await ground.Repository.GitAsync(
            "log", "--reverse", "--format=%H %(trailers:key=Agent-Step,valueonly,separator=%x2C)", $"{snapshot.BaseCommit}..{snapshot.Head}");
        var commits = line.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(entry => entry.Split(' ')).ToList();
        // What lay in the worktree beside the steps is kept in a commit that repeats the number of the one below.
        var ofSteps = snapshot.Steps.Where(step => step.Commit is not null)
            .Select(step => $"{step.Commit} {step.Number.ToString(CultureInfo.InvariantCulture)}").ToList();
        commits.Select(entry => $"{entry[0]} {entry[1]}").Where(ofSteps.Contains).ShouldBe(ofSteps);
        commits.Select(entry => int.Parse(entry[1], CultureInfo.InvariantCulture)).ShouldBeInOrder();
        if (snapshot.State is not (TaskState.Merged or TaskState.Discarded))
        {
            (await ground.Repository.HashAsync("refs/heads/" + snapshot.Created.Branch)).ShouldBe(snapshot.Head);
        }

        // A note is of a commit of the line, so steps that changed nothing have none of their own.
        var noted = (await ground.Repository.GitAsync("notes", "--ref=" + TaskRefs.Notes(snapshot.Id), "list"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(entry => entry.Split(' ')[1]).ToHashSet();
        snapshot.Steps.Where(step => step.Commit is not null && !noted.Contains(step.Commit)).Select(step => step.Number)
            .ShouldBeEmpty($"Steps of {snapshot.Id} without a note.");

        foreach (var step in snapshot.Steps.Where(step => step.Tool == "run_command"))
        {
            var command = JsonDocument.Parse(step.Arguments).RootElement.GetProperty("command").GetString()!;
            if (Note(command) is not var (token, file))
            {
                continue;
            }

            var runs = await ReadAsync(ground, snapshot.Head, file);
            var count = runs.Split('\n').Count(entry => entry == token);
            if (step.ErrorCode is not null)
            {
                count.ShouldBeLessThanOrEqualTo(1, $"{command} of {snapshot.Id} ran more than once.");
            }
            else if (step.ErrorCode is null)
            {
                count.ShouldBe(1, $"{command} of {snapshot.Id} is told to have run.");
            }
        }
    }

    /// <summary>A worktree is whole, or there is none.</summary>
    private static void CheckWorktree(Ground ground, TaskSnapshot snapshot)
    {
        var metadata = Path.Combine(ground.CommonDirectory, "worktrees", snapshot.Id);
        if (snapshot.State is TaskState.Merged or TaskState.Discarded || snapshot.Worktree is null)
        {
            Directory.Exists(snapshot.Created.Worktree).ShouldBeFalse($"{snapshot.Id} is {snapshot.State} and has a worktree.");
            Directory.Exists(metadata).ShouldBeFalse();
        }
        else
        {
            File.Exists(Path.Combine(snapshot.Created.Worktree, ".git")).ShouldBeTrue($"{snapshot.Id} is {snapshot.State} and has no worktree.");
            Directory.Exists(metadata).ShouldBeTrue();
        }
    }

    /// <summary>Every task on the board is what its log says.</summary>
    private static void CheckBoard(Ground ground, Dictionary<string, TaskSnapshot> snapshots)
    {
        using var board = new BoardFile(new StateFolder(ground.CommonDirectory).Board);
        var entries = board.ReadAll();
        entries.Keys.Order().ShouldBe(snapshots.Keys.Order());
        foreach (var (id, snapshot) in snapshots)
        {
            var shown = entries[id]!.View with { ConflictsWith = [], Notices = [] };
            var folded = TaskViews.ToView(snapshot, TaskSurroundings.None) with { ConflictsWith = [], Notices = [] };
            Text(shown).ShouldBe(Text(folded));
        }
    }

    public static async Task<string> ReadAsync(Ground ground, string commit, string path)
    {
        var result = await ground.Repository.TryGitAsync("cat-file", "blob", $"{commit}:{path}");
        return result.ExitCode == 0 ? result.OutputText : string.Empty;
    }

    /// <summary>The line a script's command adds to a file, and the file; null for one that adds none.</summary>
    private static (string Token, string File)? Note(string command) =>
        command.Split(' ', ';') is ["echo", var token, ">>", var file, ..] ? (token, file) : null;

    private static string Text(AgentTask task) => JsonSerializer.Serialize(task, AgentJson.Default.AgentTask);
}
