using Agent.Ide.Testing.Programs;

namespace Agent.Ide.EndToEnd.Tests;

/// <summary>Where in the file system a person stands when they give a task or accept one.</summary>
public sealed class PlaceTests
{
    private static Script OneFile => new Script().On("work", Script.Write("new.txt", "new\n"), Script.Finish("Done."));

    [Fact]
    public async Task InAnAgentsWorktree_NothingIsBegunAndNothingAccepted()
    {
        await using var all = await EndToEnd.CreateAsync(OneFile, ("a.txt", "a\n"));
        var id = (await all.Program.JsonAsync("run", "work"))["id"]!.GetValue<string>();
        var other = (await all.Program.JsonAsync("run", "work"))["id"]!.GetValue<string>();
        var worktree = all.Repository.FullPath($".worktrees/{id}");

        foreach (var accept in (string[][])[["accept", id], ["accept", id, "--onto-current"], ["accept", other, "--onto-current"], ["run", "work"]])
        {
            (await all.Program.RunInAsync(worktree, accept)).ShouldEndWith(2).Error.ShouldContain($"worktree of task {id}");
        }

        (await all.Program.RunInAsync(worktree, "tasks")).ShouldEndWith(0).Output.ShouldContain(id);
        (await all.Program.RunAsync("accept", id)).ShouldEndWith(0);
        all.Repository.Read("new.txt").ShouldBe("new\n");
    }

    [Theory]
    [InlineData("submodule")]
    [InlineData("separate")]
    public async Task WhereTheGitDirectoryIsElsewhere_ATaskIsDoneAndAccepted(string kind)
    {
        await using var all = await EndToEnd.CreateAsync(OneFile, ("a.txt", "a\n"));
        string folder;
        if (kind == "submodule")
        {
            var library = Path.Combine(all.Repository.Folder, "library");
            await all.Repository.GitAsync("clone", "--quiet", all.Repository.Path, library);
            await all.Repository.GitAsync("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library, "part");
            folder = all.Repository.FullPath("part");
        }
        else
        {
            folder = Path.Combine(all.Repository.Folder, "checked out");
            await all.Repository.GitAsync("clone", "--quiet", $"--separate-git-dir={Path.Combine(all.Repository.Folder, "kept elsewhere")}", all.Repository.Path, folder);
        }

        await all.Repository.GitAsync("-C", folder, "config", "user.name", "Somebody");
        await all.Repository.GitAsync("-C", folder, "config", "user.email", "somebody@example.invalid");
        var id = (await all.Program.RunInAsync(folder, "run", "work", "--json")).ShouldEndWith(0).LastJson()["id"]!.GetValue<string>();
        (await all.Program.RunInAsync(folder, "accept", id)).ShouldEndWith(0);

        File.ReadAllText(Path.Combine(folder, "new.txt")).ShouldBe("new\n");
        (await all.Repository.GitAsync("-C", folder, "status", "--porcelain")).ShouldBeEmpty();
        (await all.Program.RunInAsync(folder, "coordinator", "stop")).ShouldEndWith(0);
    }

    [Fact]
    public async Task AcceptedAgainAfterARevertAndARestore_OnAnotherBranch_IsRefused_AndNotToldToHaveLanded()
    {
        await using var all = await EndToEnd.CreateAsync(OneFile, ("a.txt", "a\n"));
        var id = (await all.Program.JsonAsync("run", "work"))["id"]!.GetValue<string>();
        (await all.Program.RunAsync("accept", id)).ShouldEndWith(0);
        await all.Repository.GitAsync("revert", "--no-edit", "HEAD");
        (await all.Program.RunAsync("restore", id)).ShouldEndWith(0);
        await all.Repository.GitAsync("checkout", "--quiet", "-b", "other");

        (await all.Program.RunAsync("accept", id, "--file", "new.txt")).ShouldEndWith(1).Error.ShouldContain("is not checked out");

        (await all.Program.JsonAsync("show", id))["task"]!["state"]!.GetValue<string>().ShouldBe("readyForReview");
        Directory.Exists(all.Repository.FullPath($".worktrees/{id}")).ShouldBeTrue();
    }
}
