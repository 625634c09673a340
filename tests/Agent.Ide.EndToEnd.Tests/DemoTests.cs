using Agent.Ide.Testing.Programs;

namespace Agent.Ide.EndToEnd.Tests;

public sealed class DemoTests
{
    [Fact]
    public async Task Demo_ShowsTheWholeJob_AndLeavesNothingBehind()
    {
        await using var all = await EndToEnd.CreateAsync(new Script(), ("README.md", "hello\n"));
        var temporary = Directory.CreateDirectory(Path.Combine(all.Repository.Folder, "tmp")).FullName;
        all.Program.Variables["TMPDIR"] = temporary;

        var demo = (await all.Program.RunInAsync(all.Repository.Folder, "demo")).ShouldEndWith(0);

        foreach (var expected in (string[])
            [
                "rehearsal: a scripted model", "ready for review  [", "+    return result * 0.9 if result >= 100 else result",
                "Accepted discount-", "shop/prices.py:9", "Not accepted: cents-", "nothing was changed", "Back at step 3",
            ])
        {
            demo.Output.ShouldContain(expected);
        }

        Directory.EnumerateFileSystemEntries(temporary, "agent-ide-demo-*").ShouldBeEmpty();
    }

    [Fact]
    public async Task Run_GoesOnWithoutAGap_WhenItsCoordinatorIsKilled()
    {
        const int Steps = 8;
        var calls = Enumerable.Range(1, Steps).Select(number => Script.Write($"file{number}.txt", $"{number}\n")).Append(Script.Finish("All written."));
        await using var all = await EndToEnd.CreateAsync(new Script().On("write files", delayMs: 60, [.. calls]), ("README.md", "hello\n"));
        await using var running = all.Program.Start("run", "write files");
        using var patience = new CancellationTokenSource(RunningProgram.Patience);
        await all.Model.WaitForChatRequestAsync(4, patience.Token);

        System.Diagnostics.Process.GetProcessById(all.Program.CoordinatorPid()!.Value).Kill();

        var run = (await running.EndAsync()).ShouldEndWith(0);
        var told = run.Output.Split('\n').Where(line => line.StartsWith('#')).Select(line => int.Parse(line[1..line.IndexOf(' ')])).ToArray();
        told.ShouldBe(Enumerable.Range(1, Steps + 1).ToArray());
        run.Error.ShouldContain("connecting again");
    }
}
