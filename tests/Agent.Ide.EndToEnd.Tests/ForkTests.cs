namespace Agent.Ide.EndToEnd.Tests;

public sealed class ForkTests
{
    [Fact]
    public async Task ATaskIsForked_AndAnotherCloneThatFetchedBranchAndNotesGoesOnFromItsCommit()
    {
        var script = new Script().On(
            "two files",
            Script.Write("1.txt", "the first file\n"),
            Script.Write("2.txt", "the second file\n"),
            Script.Finish("Both written."));
        await using var all = await EndToEnd.CreateAsync(script, ("a.txt", "a\n"));
        var parent = (await all.Program.JsonAsync("run", "Please write two files"))["id"]!.GetValue<string>();

        var fork = (await all.Program.JsonAsync("fork", parent, "--at", "1", "Another second file, please"))["id"]!.GetValue<string>();
        (await all.Program.RunAsync("wait", fork)).ShouldEndWith(0);

        var shown = (await all.Program.JsonAsync("show", fork))["task"]!;
        shown["parent"]!.GetValue<string>().ShouldBe(parent);
        shown["steps"]!.GetValue<int>().ShouldBe(3);
        (await all.Program.RunAsync("tasks")).Output.ShouldContain($"(from {parent} at 1)");
        all.Model.ChatRequests.ShouldContain(request => request.Body.Contains("Another second file") && request.Body.Contains("the first file"));

        var clone = Path.Combine(all.Repository.Folder, "clone");
        await all.Repository.GitAsync("clone", "--quiet", all.Repository.Path, clone);
        (await all.Program.RunInAsync(clone, "resume", "--commit", $"origin/agent/{fork}~1")).ShouldEndWith(1).Error.ShouldContain("git fetch origin");
        await all.Repository.GitAsync("-C", clone, "fetch", "--quiet", "origin", "refs/heads/agent/*:refs/remotes/origin/agent/*", "refs/notes/agent-ide/*:refs/notes/agent-ide/*");

        var before = all.Model.ChatRequests.Count;
        var resumed = (await all.Program.RunInAsync(clone, "resume", "--commit", $"origin/agent/{parent}~1", "--json")).ShouldEndWith(0).LastJson();
        (await all.Program.RunInAsync(clone, "wait", resumed["id"]!.GetValue<string>())).ShouldEndWith(0);

        var next = all.Model.ChatRequests[before].Body;
        next.ShouldContain("Please write two files");
        next.ShouldContain("the first file");
        next.ShouldNotContain("the second file");
        File.ReadAllText(Path.Combine(clone, ".worktrees", resumed["id"]!.GetValue<string>(), "2.txt")).ShouldBe("the second file\n");
        await all.Repository.FsckAsync();
        (await all.Program.RunInAsync(clone, "coordinator", "stop")).ShouldEndWith(0);
    }
}
