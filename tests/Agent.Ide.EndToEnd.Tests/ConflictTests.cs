namespace Agent.Ide.EndToEnd.Tests;

/// <summary>Conflicts that a person resolves in a terminal. The user's checkout is never left with markers in it.</summary>
public sealed class ConflictTests
{
    private const string Text = "one\ntwo\nthree\n";

    private static Script SameLine => new Script().On(
        "same line", Script.Read("a b.txt"), Script.Edit("a b.txt", "two", "the task's"), Script.Write("new.txt", "new\n"), Script.Finish("Changed."));

    [Fact]
    public async Task Resolve_GivesDrafts_AndTheSecondRunLandsWhatWasDecided()
    {
        await using var all = await EndToEnd.CreateAsync(SameLine, ("a b.txt", Text));
        var id = await ConflictingAsync(all);
        var folder = Path.Combine(all.Repository.Path, "..", Path.GetFileName(all.Repository.Path) + "-resolve");
        try
        {
            (await all.Program.RunAsync("accept", id)).ShouldEndWith(3).Output.ShouldContain("--resolve DIR");
            var main = await all.Repository.HashAsync("HEAD");

            var first = (await all.Program.RunAsync("accept", id, "--resolve", folder)).ShouldEndWith(3);

            first.Output.ShouldContain("a b.txt:2 (both changed it): edit it in the folder");
            var draft = Path.Combine(folder, "a b.txt");
            (await File.ReadAllTextAsync(draft)).ShouldBe($"one\n<<<<<<< main\nthe user's\n=======\nthe task's\n>>>>>>> {id}\nthree\n");
            (await all.Program.RunAsync("accept", id, "--resolve", folder)).ShouldEndWith(3).Output.ShouldContain("conflict markers are left");
            (await all.Repository.HashAsync("HEAD")).ShouldBe(main);
            (await all.Repository.GitAsync("status", "--porcelain")).ShouldBeEmpty();

            await File.WriteAllTextAsync(draft, "one\nboth, grün\nthree");
            (await all.Program.RunAsync("accept", id, "--resolve", folder)).ShouldEndWith(0).Output.ShouldStartWith("Accepted");

            all.Repository.Read("a b.txt").ShouldBe("one\nboth, grün\nthree");
            all.Repository.Read("new.txt").ShouldBe("new\n");
            (await all.Repository.GitAsync("show", "-s", "--format=%P", "HEAD")).ShouldBe(main);
            (await all.Repository.GitAsync("status", "--porcelain")).ShouldBeEmpty();
            (await all.Program.JsonAsync("show", id))["task"]!["state"]!.GetValue<string>().ShouldBe("merged");
            File.Exists(draft).ShouldBeTrue("what a person wrote is theirs");
            await all.Repository.FsckAsync();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Resolve_WhenTheBranchChangedTheFileSince_AsksToBeginAnew()
    {
        await using var all = await EndToEnd.CreateAsync(SameLine, ("a b.txt", Text));
        var id = await ConflictingAsync(all);
        var folder = Path.Combine(all.Repository.Path, "..", Path.GetFileName(all.Repository.Path) + "-resolve");
        try
        {
            (await all.Program.RunAsync("accept", id, "--resolve", folder)).ShouldEndWith(3);
            await File.WriteAllTextAsync(Path.Combine(folder, "a b.txt"), "one\nboth\nthree\n");
            all.Repository.Write("a b.txt", "one\nthe user's\nthree, later\n");
            await all.Repository.CommitAsync("Later");

            (await all.Program.RunAsync("accept", id, "--resolve", folder)).ShouldEndWith(3).Output.ShouldContain("main has changed it since");

            all.Repository.Read("a b.txt").ShouldContain("three, later");
            (await all.Program.RunAsync("accept", id, "--resolve", all.Repository.Path)).ShouldEndWith(2).Error.ShouldContain("is not empty");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("task", "one\nthe task's\nthree\n")]
    [InlineData("target", "one\nthe user's\nthree\n")]
    public async Task Take_LandsTheChosenSideOfTheFile_AndTheRestOfTheTask(string side, string expected)
    {
        await using var all = await EndToEnd.CreateAsync(SameLine, ("a b.txt", Text));
        var id = await ConflictingAsync(all);

        (await all.Program.RunAsync("accept", id, "--take", "a b.txt=mine")).ShouldEndWith(2).Error.ShouldContain("names no side");
        (await all.Program.RunAsync("accept", id, "--take", "new.txt=task")).ShouldEndWith(3).Output.ShouldContain("there is no conflict");
        (await all.Program.RunAsync("accept", id, "--take", $"a b.txt={side}")).ShouldEndWith(0);

        all.Repository.Read("a b.txt").ShouldBe(expected);
        all.Repository.Read("new.txt").ShouldBe("new\n");
    }

    /// <returns>A task that is ready for review and conflicts with what the user committed meanwhile.</returns>
    private static async Task<string> ConflictingAsync(EndToEnd all)
    {
        var id = (await all.Program.JsonAsync("run", "same line"))["id"]!.GetValue<string>();
        all.Repository.Write("a b.txt", "one\nthe user's\nthree\n");
        await all.Repository.CommitAsync("Meanwhile");
        return id;
    }
}
