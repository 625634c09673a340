using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.EndToEnd.Tests;

public sealed class ReproducibilityTests
{
    [Fact]
    public async Task WithSourceDateEpoch_TheSameScriptOnTheSameBase_GivesTheSameCommitsInTwoClones()
    {
        static Script Work() => new Script().On(
            "edit both", Script.Edit("README.md", "hello", "good day"), Script.Command("printf b > b.txt"), Script.Finish("Both."));
        await using var original = await TempRepository.CreateAsync(("README.md", "hello\n"));

        var commits = new List<string>();
        for (var clone = 0; clone < 2; clone++)
        {
            var repository = await TempRepository.CreateAsync();
            await repository.GitAsync("fetch", original.Path, "main");
            await repository.GitAsync("reset", "--hard", "FETCH_HEAD");
            await using var all = EndToEnd.Join(repository, Work());
            all.Program.Variables["SOURCE_DATE_EPOCH"] = "1700000000";
            var task = await all.Program.JsonAsync("run", "edit both", "--accept");
            commits.Add(await repository.GitAsync("log", "--format=%H %ct", "main", task["head"]!.GetValue<string>()));
        }

        commits[1].ShouldBe(commits[0]);
        commits[0].ShouldContain(" 1700000000");
        commits[0].Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(4, "the base, two steps and what the accept landed");
    }
}
