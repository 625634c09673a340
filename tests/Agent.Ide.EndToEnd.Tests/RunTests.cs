using System.Text.Json.Nodes;
using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.EndToEnd.Tests;

public sealed class RunTests
{
    [Fact]
    public async Task Run_OnThousandsOfFiles_LeavesACommitPerEditAndTheUsersCheckoutAsItWas_AndAcceptLandsOneCommit()
    {
        const int Pairs = 10;
        await using var repository = await TempRepository.CreateAsync();
        await LargeRepository.CreateAsync(Path.Combine(repository.Folder, "large"), 5_000, repository.Environment);
        Directory.Delete(repository.Path, recursive: true);
        Directory.Move(Path.Combine(repository.Folder, "large"), repository.Path);
        repository.AppendConfig("user.name", TempRepository.UserName).AppendConfig("user.email", TempRepository.UserEmail);
        var calls = new List<JsonObject>();
        for (var index = 0; index < Pairs; index++)
        {
            calls.Add(Script.Read(LargeRepository.PathOf(index)));
            calls.Add(Script.Edit(LargeRepository.PathOf(index), "namespace ", $"// edited {index}\nnamespace "));
        }

        calls.Add(Script.Finish("Ten files edited."));
        await using var all = EndToEnd.Join(repository, new Script().On("edit ten files", [.. calls]));
        repository.Write("untracked.txt", "mine").Write("README.md", "changed by me");
        await repository.GitAsync("stash", "push", "--include-untracked");
        repository.Write("README.md", "changed by me again");
        var before = await repository.FingerprintAsync();

        var task = await all.Program.JsonAsync("run", "Please edit ten files");

        var id = task["id"]!.GetValue<string>();
        task["state"]!.GetValue<string>().ShouldBe("readyForReview");
        task["changes"]!["files"]!.GetValue<int>().ShouldBe(Pairs);
        (await repository.FingerprintAsync()).ShouldEqual(before);
        await repository.FsckAsync();
        var log = await repository.GitAsync("log", "--format=%an|%s|%(trailers:key=Agent-Step,valueonly,separator=%x2C)", $"main..agent/{id}");
        var commits = log.Split('\n');
        commits.Length.ShouldBe(Pairs);
        commits.ShouldAllBe(line => line.StartsWith("Agent.Ide|edit_file: ", StringComparison.Ordinal));

        var accepted = await all.Program.JsonAsync("accept", id);

        accepted["task"]!["state"]!.GetValue<string>().ShouldBe("merged");
        (await repository.GitAsync("rev-list", "--count", "HEAD")).ShouldBe("2");
        (await repository.GitAsync("log", "-1", "--format=%an|%(trailers:key=Agent-Task,valueonly)")).Trim().ShouldBe($"{TempRepository.UserName}|{id}");
        repository.Read(LargeRepository.PathOf(3)).ShouldContain("// edited 3");
        repository.Read("README.md").ShouldBe("changed by me again");
        (await repository.GitAsync("status", "--porcelain")).ShouldBe(" M README.md");
        await repository.FsckAsync();
    }

    [Fact]
    public async Task ThreeTasksOnTheSameFile_WorkSideBySide_AndTheSecondAcceptReportsTheConflictAndChangesNothing()
    {
        var script = new Script();
        foreach (var name in new[] { "one", "two", "three" })
        {
            script.On($"task {name}", Script.Read("shared.txt"), Script.Edit("shared.txt", "line 3\n", $"line 3 by {name}\n"), Script.Finish($"Done by {name}."));
        }

        await using var all = await EndToEnd.CreateAsync(script, ("shared.txt", "line 1\nline 2\nline 3\nline 4\nline 5\n"));
        var runs = await Task.WhenAll(
            all.Program.RunAsync("run", "task one", "--json"),
            all.Program.RunAsync("run", "task two", "--json"),
            all.Program.RunAsync("run", "task three", "--json"));
        var ids = runs.Select(run => run.ShouldEndWith(0).LastJson()["id"]!.GetValue<string>()).ToArray();

        (await all.Program.RunAsync("accept", ids[0])).ShouldEndWith(0);
        var before = await all.Repository.FingerprintAsync();
        var second = (await all.Program.RunAsync("accept", ids[1])).ShouldEndWith(3);

        (second.Output + second.Error).ShouldContain("shared.txt:3");
        (await all.Repository.FingerprintAsync()).ShouldEqual(before);
        all.Repository.Read("shared.txt").ShouldContain("line 3 by one");
        var conflicts = await all.Program.JsonAsync("conflicts");
        var pair = conflicts["pairs"]!.AsArray().Single()!;
        new[] { pair["left"]!.GetValue<string>(), pair["right"]!.GetValue<string>() }.ShouldBe([ids[1], ids[2]], ignoreOrder: true);
        pair["files"]![0]!["path"]!.GetValue<string>().ShouldBe("shared.txt");
    }

    [Fact]
    public async Task KillingTheCoordinatorInTheMiddle_TheNextVerbTakesTheTaskUpAndItEnds_WithoutAStepTwice()
    {
        const int Steps = 8;
        var calls = Enumerable.Range(1, Steps).Select(number => Script.Write($"file{number}.txt", $"{number}\n")).Append(Script.Finish("All written."));
        await using var all = await EndToEnd.CreateAsync(new Script().On("write files", delayMs: 60, [.. calls]), ("README.md", "hello\n"));
        var detached = await all.Program.JsonAsync("run", "write files", "--detach");
        var id = detached["id"]!.GetValue<string>();
        using var patience = new CancellationTokenSource(Testing.Programs.RunningProgram.Patience);
        await all.Model.WaitForChatRequestAsync(4, patience.Token);
        var first = all.Program.CoordinatorPid()!.Value;
        System.Diagnostics.Process.GetProcessById(first).Kill();

        (await all.Program.RunAsync("tasks")).ShouldEndWith(0);
        var task = await all.Program.JsonAsync("wait", id);

        all.Program.CoordinatorPid().ShouldNotBe(first);
        task["state"]!.GetValue<string>().ShouldBe("readyForReview");
        var steps = (await all.Repository.GitAsync("log", "--reverse", "--format=%(trailers:key=Agent-Step,valueonly)", $"main..agent/{id}"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse).ToArray();
        steps.ShouldBe(steps.Distinct().Order().ToArray());
        for (var number = 1; number <= Steps; number++)
        {
            (await all.Repository.ShowAsync($"agent/{id}", $"file{number}.txt")).TrimEnd().ShouldBe($"{number}");
        }

        await all.Repository.FsckAsync();
    }

    [Fact]
    public async Task Run_WhenItsClientVanishes_TheTaskGoesOn()
    {
        var script = new Script().On("go on", delayMs: 100, Script.Write("a.txt", "a\n"), Script.Write("b.txt", "b\n"), Script.Finish("Both."));
        await using var all = await EndToEnd.CreateAsync(script, ("README.md", "hello\n"));
        await using (var running = all.Program.Start("run", "go on"))
        {
            using var patience = new CancellationTokenSource(Testing.Programs.RunningProgram.Patience);
            await all.Model.WaitForChatRequestAsync(1, patience.Token);
            running.Kill();
        }

        var id = (await all.TaskIdsAsync()).Single();
        (await all.Program.JsonAsync("wait", id))["state"]!.GetValue<string>().ShouldBe("readyForReview");
    }

    [Fact]
    public async Task FourClientsAtOnce_StartOneCoordinator()
    {
        await using var all = await EndToEnd.CreateAsync(new Script(), ("README.md", "hello\n"));

        var runs = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => all.Program.RunAsync("tasks", "--json")));

        runs.ShouldAllBe(run => run.ExitCode == 0);
        var status = await all.Program.JsonAsync("coordinator", "status");
        status["pid"]!.GetValue<int>().ShouldBe(all.Program.CoordinatorPid()!.Value);
        Directory.EnumerateFiles(Path.Combine(all.Repository.Path, ".git", "agent-ide", "logs"), "coordinator*.log")
            .Sum(log => File.ReadLines(log).Count(line => line.Contains(" serves ", StringComparison.Ordinal))).ShouldBe(1);
    }

    [Fact]
    public async Task StopAndResume_KeepsTheStepsAndGoesOn()
    {
        var script = new Script().On("long work", delayMs: 50, Script.Write("a.txt", "a\n"), Script.Write("b.txt", "b\n"), Script.Write("c.txt", "c\n"), Script.Finish("Three."));
        await using var all = await EndToEnd.CreateAsync(script, ("README.md", "hello\n"));
        all.Model.FaultFor = request => request.Answers == 2 ? new Testing.Models.ModelFault { Hold = true } : null;
        var id = (await all.Program.JsonAsync("run", "long work", "--detach"))["id"]!.GetValue<string>();
        using var patience = new CancellationTokenSource(Testing.Programs.RunningProgram.Patience);
        await all.Model.WaitForChatRequestAsync(3, patience.Token);

        (await all.Program.JsonAsync("stop", id))["state"]!.GetValue<string>().ShouldBe("stopped");
        (await all.Program.JsonAsync("show", id))["steps"]!.AsArray().Count.ShouldBe(2);
        all.Model.FaultFor = null;
        (await all.Program.RunAsync("resume", id)).ShouldEndWith(0);
        (await all.Program.JsonAsync("wait", id))["state"]!.GetValue<string>().ShouldBe("readyForReview");
        (await all.Repository.ShowAsync($"agent/{id}", "c.txt")).TrimEnd().ShouldBe("c");
    }

    [Fact]
    public async Task Rollback_TakesFilesIndexBranchAndConversationBack_AndKeepsTheUndoneSteps()
    {
        var script = new Script().On("two files", Script.Write("a.txt", "a\n"), Script.Write("b.txt", "b\n"), Script.Finish("Two."));
        await using var all = await EndToEnd.CreateAsync(script, ("README.md", "hello\n"));
        var task = await all.Program.JsonAsync("run", "two files");
        var id = task["id"]!.GetValue<string>();
        var head = task["head"]!.GetValue<string>();

        (await all.Program.RunAsync("rollback", id, "--to", "1")).ShouldEndWith(0);

        var worktree = Path.Combine(all.Repository.Path, ".worktrees", id);
        File.Exists(Path.Combine(worktree, "a.txt")).ShouldBeTrue();
        File.Exists(Path.Combine(worktree, "b.txt")).ShouldBeFalse();
        (await all.Repository.GitAsync("-C", worktree, "status", "--porcelain")).ShouldBeEmpty();
        var shown = await all.Program.JsonAsync("show", id);
        shown["steps"]!.AsArray().Count.ShouldBe(1);
        (await all.Repository.GitAsync("for-each-ref", "--format=%(objectname)", $"refs/agent-ide/kept/{id}")).ShouldContain(head);
    }

    [Fact]
    public async Task Discard_PinsTheWork_AndRestoreBringsItBack()
    {
        await using var all = await EndToEnd.CreateAsync(new Script().On("one file", Script.Write("a.txt", "a\n"), Script.Finish("One.")), ("README.md", "hello\n"));
        var id = (await all.Program.JsonAsync("run", "one file"))["id"]!.GetValue<string>();
        var worktree = Path.Combine(all.Repository.Path, ".worktrees", id);
        await File.WriteAllTextAsync(Path.Combine(worktree, "by-hand.txt"), "left by a person\n");

        (await all.Program.JsonAsync("discard", id))["state"]!.GetValue<string>().ShouldBe("discarded");
        Directory.Exists(worktree).ShouldBeFalse();
        (await all.Program.JsonAsync("restore", id))["state"]!.GetValue<string>().ShouldBe("readyForReview");

        (await File.ReadAllTextAsync(Path.Combine(worktree, "a.txt"))).ShouldBe("a\n");
        (await File.ReadAllTextAsync(Path.Combine(worktree, "by-hand.txt"))).ShouldBe("left by a person\n");
    }

    [Fact]
    public async Task Message_ToAReadyTask_IsReadByTheAgent()
    {
        var script = new Script().On("begin", Script.Write("a.txt", "a\n"), Script.Finish("First."), Script.Write("b.txt", "b\n"), Script.Finish("Second."));
        await using var all = await EndToEnd.CreateAsync(script, ("README.md", "hello\n"));
        var id = (await all.Program.JsonAsync("run", "begin"))["id"]!.GetValue<string>();

        (await all.Program.RunAsync("message", id, "Now the other file, please.")).ShouldEndWith(0);
        (await all.Program.JsonAsync("wait", id))["summary"]!.GetValue<string>().ShouldBe("Second.");

        all.Model.ChatRequests[^1].Body.ShouldContain("Now the other file, please.");
    }

    [Fact]
    public async Task RunWithAccept_LandsWithoutAnotherCommand()
    {
        await using var all = await EndToEnd.CreateAsync(new Script().On("one file", Script.Write("a.txt", "a\n"), Script.Finish("One.")), ("README.md", "hello\n"));

        (await all.Program.JsonAsync("run", "one file", "--accept"))["state"]!.GetValue<string>().ShouldBe("merged");

        all.Repository.Read("a.txt").ShouldBe("a\n");
    }
}
