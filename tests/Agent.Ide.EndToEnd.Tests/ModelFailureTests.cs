using Agent.Ide.Testing.Models;
using Agent.Ide.Testing.Programs;

namespace Agent.Ide.EndToEnd.Tests;

/// <summary>What a model server can do wrong after work was done: the task ends with a reason, and the work is kept.</summary>
public sealed class ModelFailureTests
{
    public static TheoryData<string, ModelFault, string> Failures => new()
    {
        {
            "context too long",
            new ModelFault { Status = 400, ErrorCode = "context_length_exceeded", ErrorMessage = "This model's maximum context length is 4096 tokens." },
            "context"
        },
        { "a quota that is used up", new ModelFault { Status = 429, ErrorCode = "insufficient_quota" }, "429" },
        { "invalid JSON", new ModelFault { InvalidJson = true }, "JSON" },
        { "empty answer", new ModelFault { EmptyAnswer = true }, "empty" },
        { "an answer of 10 MB", new ModelFault { HugeAnswerBytes = 10_000_000 }, "larger than" },
        { "an answer without end", new ModelFault { EndlessAnswer = true }, "larger than" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task AFailureThatStays_EndsAsFailedWithTheReason_AndTheWorkIsKept(string name, ModelFault fault, string reason)
    {
        await using var all = await EndToEnd.CreateAsync(new Script().On("work", Script.Write("a.txt", "a\n"), Script.Finish("Done.")), ("README.md", "hello\n"));
        all.Model.FaultFor = request => request.Answers > 0 ? fault : null;

        var run = (await all.Program.RunAsync("run", "work")).ShouldEndWith(1);

        run.Error.ShouldContain(reason, Case.Insensitive, name);
        run.Error.ShouldNotContain("   at ");
        run.Error.ShouldNotContain("Answer again", customMessage: "what is said to the model is no message for people");
        var id = (await all.TaskIdsAsync()).Single();
        var task = (await all.Program.JsonAsync("show", id))["task"]!;
        task["state"]!.GetValue<string>().ShouldBe("failed");
        task["error"]!["message"]!.GetValue<string>().ShouldContain(reason, Case.Insensitive);
        (await all.Repository.ShowAsync($"agent/{id}", "a.txt")).TrimEnd().ShouldBe("a");
        await all.Repository.FsckAsync();

        // The cause went away: the same task goes on where it was.
        all.Model.FaultFor = null;
        (await all.Program.RunAsync("resume", id)).ShouldEndWith(0);
        (await all.Program.JsonAsync("wait", id))["summary"]!.GetValue<string>().ShouldBe("Done.");
    }

    [Fact]
    public async Task WhatTheModelGotWrong_IsHandedBackToIt_AndTheTaskEnds()
    {
        var script = new Script().On(
            "work",
            Script.Call("launch_missiles", ("target", "moon")),
            Script.Call("write_file", ("path", 7)),
            Script.Call("read_file", ("path", "README.md"), ("start_line", "first")),
            Script.Write("a.txt", "a\n"),
            Script.Finish("Done."));
        await using var all = await EndToEnd.CreateAsync(script, ("README.md", "hello\n"));

        var id = (await all.Program.JsonAsync("run", "work"))["id"]!.GetValue<string>();

        var steps = (await all.Program.JsonAsync("show", id))["steps"]!.AsArray();
        steps.Take(3).ShouldAllBe(step => step!["error"] != null);
        all.Model.ChatRequests[1].Body.ShouldContain("launch_missiles");
        (await all.Repository.ShowAsync($"agent/{id}", "a.txt")).TrimEnd().ShouldBe("a");
    }

    [Fact]
    public async Task AnAnswerOfNoUse_IsHandedBackToTheModel_AndTheTaskGoesOn()
    {
        await using var all = await EndToEnd.CreateAsync(new Script().On("work", Script.Write("a.txt", "a\n"), Script.Finish("Done.")), ("README.md", "hello\n"));
        all.Model.Inject(new ModelFault { EmptyAnswer = true });
        all.Model.Inject(new ModelFault { HugeAnswerBytes = 10_000_000 });

        var task = await all.Program.JsonAsync("run", "work");

        task["state"]!.GetValue<string>().ShouldBe("readyForReview");
        (await all.Repository.ShowAsync($"agent/{task["id"]!.GetValue<string>()}", "a.txt")).TrimEnd().ShouldBe("a");
    }
}
