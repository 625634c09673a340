using System.Text.Json.Nodes;
using Agent.Ide.Protocol.Lsp;

namespace Agent.Ide.EndToEnd.Tests;

public sealed class PartialAcceptTests
{
    private static Script TwoFiles => new Script().On(
        "two files", Script.Write("grün und blau.txt", "wanted\n"), Script.Edit("b.txt", "old", "new"), Script.Finish("Two."));

    [Fact]
    public async Task AcceptOfOneFile_LandsIt_AndTheRestIsShownAndAcceptedLater()
    {
        await using var all = await EndToEnd.CreateAsync(TwoFiles, ("b.txt", "old\n"));
        var id = (await all.Program.JsonAsync("run", "two files"))["id"]!.GetValue<string>();
        all.Repository.Write("b.txt", "my own\n");

        (await all.Program.RunAsync("accept", id, "--file", "c.txt")).ShouldEndWith(2).Error.ShouldContain("It changes b.txt, grün und blau.txt.");
        (await all.Program.RunAsync("accept", id)).ShouldEndWith(3);
        var first = (await all.Program.RunAsync("accept", id, "--file", "grün und blau.txt")).ShouldEndWith(0);

        first.Output.ShouldContain("Accepted in part");
        first.Output.ShouldContain("1 file +1 -1 remain");
        all.Repository.Read("grün und blau.txt").ShouldBe("wanted\n");
        all.Repository.Read("b.txt").ShouldBe("my own\n");
        (await all.Repository.GitAsync("-c", "core.quotePath=off", "show", "--format=", "--name-only", "HEAD")).ShouldBe("grün und blau.txt");
        var rest = await all.Program.JsonAsync("diff", id);
        rest["files"]!.AsArray().Single()!["path"]!.GetValue<string>().ShouldBe("b.txt");
        (await all.Program.JsonAsync("diff", id, "--step", "1"))["files"]!.AsArray().Single()!["path"]!.GetValue<string>().ShouldBe("grün und blau.txt");

        await all.Repository.GitAsync("checkout", "--", "b.txt");
        var task = (await all.Program.JsonAsync("accept", id))["task"]!;
        task["state"]!.GetValue<string>().ShouldBe("merged");
        all.Repository.Read("b.txt").ShouldBe("new\n");
        (await all.Repository.GitAsync("status", "--porcelain")).ShouldBeEmpty();
        await all.Repository.FsckAsync();
    }

    [Fact]
    public async Task AcceptOfOneHunk_ByItsIndex_LandsThatHunk()
    {
        var text = string.Concat(Enumerable.Range(1, 20).Select(line => $"line {line};\n"));
        var script = new Script().On("two places", Script.Read("a b.txt"), Script.Edit("a b.txt", "line 2;", "first"), Script.Edit("a b.txt", "line 19;", "last"), Script.Finish("Both."));
        await using var all = await EndToEnd.CreateAsync(script, ("a b.txt", text));
        var id = (await all.Program.JsonAsync("run", "two places"))["id"]!.GetValue<string>();
        (await all.Program.JsonAsync("diff", id))["files"]![0]!["hunks"]!.AsArray().Select(hunk => hunk!["index"]!.GetValue<int>()).ShouldBe([0, 1]);

        (await all.Program.RunAsync("accept", id, "--hunk", "a b.txt:2")).ShouldEndWith(2).Error.ShouldContain("has the hunks 0 to 1");
        (await all.Program.RunAsync("accept", id, "--hunk", "a b.txt:1")).ShouldEndWith(0).Output.ShouldContain("1 file +1 -1 remain");

        all.Repository.Read("a b.txt").ShouldBe(text.Replace("line 19;", "last", StringComparison.Ordinal));
        (await all.Program.JsonAsync("accept", id))["task"]!["state"]!.GetValue<string>().ShouldBe("merged");
        all.Repository.Read("a b.txt").ShouldContain("first\n");
    }

    [Fact]
    public async Task WhatDoesNotLandWithAHunk_IsSeen_AndWhatAPersonLeftInTheWorktree_IsTold()
    {
        var text = string.Concat(Enumerable.Range(1, 20).Select(line => $"line {line};\n"));
        var script = new Script().On(
            "a tool", Script.Command("sed -i 's/line 2;/first/; s/line 19;/last/' tool.sh && chmod +x tool.sh && rm -r cfg && echo all > cfg"), Script.Finish("A tool."));
        await using var all = await EndToEnd.CreateAsync(script, ("tool.sh", text), ("cfg/a", "a\n"), ("cfg/b", "b\n"));
        var task = await all.Program.JsonAsync("run", "a tool");
        var id = task["id"]!.GetValue<string>();

        var files = (await all.Program.JsonAsync("diff", id))["files"]!.AsArray();
        var tool = files.Single(file => file!["path"]!.GetValue<string>() == "tool.sh")!;
        (tool["oldMode"]!.GetValue<string>(), tool["newMode"]!.GetValue<string>()).ShouldBe(("100644", "100755"));
        (await all.Program.RunAsync("diff", id, "--stat")).ShouldEndWith(0).Output.ShouldContain("tool.sh (mode +x)");
        (await all.Program.RunAsync("accept", id, "--file", "cfg")).ShouldEndWith(2).Error.ShouldContain("takes the place of cfg/a, cfg/b, which were not chosen, so nothing was accepted. Choose them as well");
        all.Repository.Read("cfg/a").ShouldBe("a\n");
        (await all.Program.RunAsync("accept", id, "--hunk", "tool.sh:0")).ShouldEndWith(0);
        (await all.Repository.GitAsync("ls-tree", "HEAD", "tool.sh")).ShouldStartWith("100644 ");

        await File.WriteAllTextAsync(Path.Combine(new Uri(task["worktree"]!.GetValue<string>()).LocalPath, "mine.txt"), "mine\n");
        (await all.Program.RunAsync("accept", id)).ShouldEndWith(0).Output.ShouldContain("did not land: mine.txt. It is kept");
        (await all.Repository.GitAsync("ls-tree", "HEAD", "tool.sh")).ShouldStartWith("100755 ");
    }

    [Fact]
    public async Task AnyEditor_AcceptsSomeFiles_ByTheCommandsArgument()
    {
        await using var all = await EndToEnd.CreateAsync(TwoFiles, ("b.txt", "old\n"));
        var id = (await all.Program.JsonAsync("run", "two files"))["id"]!.GetValue<string>();
        await using var editor = await ScriptedEditor.OpenAsync(all.Program, all.Repository.Path, _ => null);

        var result = await editor.AskAsync(LspMethods.ExecuteCommand, new JsonObject
        {
            ["command"] = AgentCommands.Accept,
            ["arguments"] = new JsonArray(new JsonObject { ["id"] = id, ["files"] = new JsonArray("b.txt") }),
        });

        result!["task"]!["state"]!.GetValue<string>().ShouldBe("readyForReview");
        result["task"]!["changes"]!["files"]!.GetValue<int>().ShouldBe(1);
        all.Repository.Read("b.txt").ShouldBe("new\n");
        var told = await editor.WaitAsync(LspMethods.ShowMessage, message => message["message"]!.GetValue<string>().Contains("merged in part", StringComparison.Ordinal));
        told["message"]!.GetValue<string>().ShouldEndWith("What remains: 1 file.");
    }
}
