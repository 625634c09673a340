namespace Agent.Ide.EndToEnd.Tests;

/// <summary>What a task's worktree starts with, and what of it comes back.</summary>
public sealed class WorktreeContentTests
{
    [Fact]
    public async Task Run_WithSetupAndIncludedFilesAndUncommittedWork_HasThemAll_AndAcceptLandsTheAgentsWorkAlone()
    {
        const string Secret = "TOKEN=the-users-own-token";
        var script = new Script().On(
            "use what is there",
            Script.Command("cat .env generated.txt node_modules/tool carried.txt > result.log && wc -l < result.log > count.txt"),
            Script.Command("sed -i '/env/d' .gitignore && mv .env settings.txt && echo more >> settings.txt"),
            Script.Finish("Done."));
        await using var all = await EndToEnd.CreateAsync(script, (".gitignore", ".env\nnode_modules/\n*.log\n"), (".worktreeinclude", ".env\n"), ("a.txt", "a\n"));
        all.Repository.Write(".env", Secret + "\n").Write("carried.txt", "mine\n");
        all.Program.Variables["AGENT_IDE_SETUP"] = "['mkdir node_modules && echo tool > node_modules/tool', 'echo generated > generated.txt']";
        var before = await all.Repository.FingerprintAsync();

        var task = await all.Program.JsonAsync("run", "use what is there", "--include-uncommitted");

        var id = task["id"]!.GetValue<string>();
        task["state"]!.GetValue<string>().ShouldBe("readyForReview");
        (await all.Repository.ShowAsync($"agent/{id}", "count.txt")).Trim().ShouldBe("4");
        (await all.Repository.GitAsync("diff", "--name-only", $"refs/agent-ide/base/{id}", $"agent/{id}")).ShouldBe(".gitignore\ncount.txt");
        (await all.Repository.FingerprintAsync()).ShouldEqual(before);
        await all.Repository.CommitAsync("Mine");
        (await all.Program.RunAsync("accept", id)).ShouldEndWith(0);
        (await all.Repository.GitAsync("show", "--name-only", "--format=", "HEAD")).ShouldBe(".gitignore\ncount.txt");
        all.Repository.Exists("generated.txt").ShouldBeFalse();
        all.Repository.Read(".env").ShouldBe(Secret + "\n");
        (await all.Repository.GitAsync("log", "--all", "-p")).ShouldNotContain("the-users-own-token");
    }

    [Fact]
    public async Task Run_WhoseSetupFails_EndsWith1_AndNamesCommandAndLog()
    {
        await using var all = await EndToEnd.CreateAsync(new Script().On("work", Script.Finish("Done.")), ("a.txt", "a\n"));
        all.Program.Variables["AGENT_IDE_SETUP"] = "['echo the reason; exit 7']";

        var run = (await all.Program.RunAsync("run", "work", "--json")).ShouldEndWith(1);

        var error = run.LastJson()["error"]!;
        error["code"]!.GetValue<string>().ShouldBe("setupFailed");
        error["message"]!.GetValue<string>().ShouldContain("exit code 7");
        var log = Directory.EnumerateFiles(Path.Combine(all.Repository.Path, ".git/agent-ide/logs"), "*-setup.log").ShouldHaveSingleItem();
        error["message"]!.GetValue<string>().ShouldContain(log);
        File.ReadAllText(log).ShouldContain("the reason\n");
    }
}
