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
