using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tasks;
using Microsoft.Extensions.AI;
using static Agent.Ide.Core.Tests.Loop.ScriptedModel;

namespace Agent.Ide.Core.Tests.Loop;

public sealed class CrashTests
{
    private static readonly (string Tool, string Path, string Text)[] Work =
    [
        ("read_file", "a.txt", ""), ("write_file", "a.txt", "+1"), ("run_command", "", "make"), ("browse", "", ""), ("write_file", "b.txt", "+2"),
    ];

    [Fact]
    public async Task KilledAnywhere_AndStartedAgain_EndsWithTheSameResult_AndNothingDoneTwice()
    {
        var (whole, points) = await RunKilledAtAsync(-1, -1);
        points.ShouldBeGreaterThan(40);

        for (var first = 0; first < points; first++)
        {
            var (task, _) = await RunKilledAtAsync(first, -1);
            Check(whole, task, $"killed at point {first}");
        }
    }

    [Fact]
    public async Task KilledAgainWhileRecovering_EndsWithTheSameResultToo()
    {
        var (whole, points) = await RunKilledAtAsync(-1, -1);
        for (var first = 3; first < points; first += 3)
        {
            for (var later = 0; later < 12; later += 2)
            {
                var (task, _) = await RunKilledAtAsync(first, later);
                Check(whole, task, $"killed at point {first} and {later} points later");
            }
        }
    }

    private static void Check(TestTask whole, TestTask task, string where)
    {
        task.Worktree.Files.OrderBy(file => file.Key).ShouldBe(whole.Worktree.Files.OrderBy(file => file.Key), where);
        task.Snapshot.State.ShouldBe(TaskState.ReadyForReview, where);
        task.Snapshot.Summary.ShouldBe(whole.Snapshot.Summary, where);
        task.Snapshot.Steps.Select(step => step.Number).ShouldBe(Enumerable.Range(1, task.Snapshot.Steps.Count), where);
        // The base is a commit and no step.
        task.Snapshot.Steps.Count(step => step.Commit is not null).ShouldBe(task.Worktree.Subjects.Count - 1, where);
        task.Worktree.Subjects.Count.ShouldBe(whole.Worktree.Subjects.Count, where);
        task.Snapshot.Head.ShouldBe(task.Worktree.Tip, where);
        TaskSnapshot.Fold(task.Log.Events).Sequence.ShouldBe(task.Snapshot.Sequence, where);
    }

    private static async Task<(TestTask Task, int Points)> RunKilledAtAsync(int first, int later)
    {
        var task = new TestTask((_, messages) => Next(messages));
        task.Worktree.Files["a.txt"] = "text";
        await task.Worktree.CommitAsync(new CheckpointRequest(0, null, "base", "none", null), CancellationToken.None);
        var start = task.Journal.Points;
        task.Journal.KillAt = first < 0 ? -1 : start + first;
        for (var attempt = 0; attempt < 3 && task.Snapshot.State == TaskState.Running; attempt++)
        {
            try
            {
                await task.RunAsync();
                break;
            }
            catch (ProcessKilledException)
            {
                task.Journal.KillAt = later < 0 || attempt > 0 ? -1 : task.Journal.Points + later;
            }
        }

        return (task, task.Journal.Points - start);
    }

    /// <summary>A careful model: it does the first piece of work that no result says is done.</summary>
    private static ChatResponse Next(IReadOnlyList<ChatMessage> messages)
    {
        var asked = messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>().ToDictionary(call => call.CallId);
        var done = new HashSet<string>();
        foreach (var result in messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>())
        {
            if (!((string)result.Result!).Contains("Make the call again", StringComparison.Ordinal))
            {
                asked[result.CallId].Arguments!.TryGetValue("path", out var path);
                done.Add($"{asked[result.CallId].Name}{path}");
            }
        }

        foreach (var (tool, path, text) in Work)
        {
            if (!done.Contains(tool + path))
            {
                return tool switch
                {
                    "read_file" => Calls(Call(tool, ("path", path))),
                    "write_file" => Calls(Call(tool, ("path", path), ("content", text))),
                    "run_command" => Calls(Call(tool, ("command", text))),
                    _ => Calls(Call(tool)),
                };
            }
        }

        return Calls(Call("finish", ("summary", "All done.")));
    }
}
