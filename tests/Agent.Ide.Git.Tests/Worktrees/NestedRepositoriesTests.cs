namespace Agent.Ide.Git.Tests;

public sealed class NestedRepositoriesTests
{
    [Theory]
    [InlineData("in a folder whose name is no text", """d="$(printf 'odd\377')"; git init -q "$d/$d"; git init -q "$d/plain"; echo x > "$d/$d/file" """)]
    [InlineData("in a folder that can be entered and not listed", "git init -q closed; git init -q closed/in; echo x > closed/in/file; chmod 0311 closed/in closed")]
    [InlineData("in a folder and with one that cannot be changed", "git init -q fixed; echo x > fixed/file; chmod 0555 fixed/.git fixed")]
    [InlineData("by a file and by a link", """d="$(printf 'odd\377')"; mkdir "$d" two; git init -q --bare bare; echo 'gitdir: ../bare' > "$d/.git"; ln -s ../bare two/.git; echo x > "$d/file" """)]
    public async Task TakeAway_WhereverARepositoryHides_LeavesItsFilesAndNoRepository(string where, string script)
    {
        await using var task = await TaskFixture.CreateAsync();
        await Shell.RunAsync(task.Task.Root, script);

        var taken = await task.Worktrees.TakeNestedRepositoriesAsync(task.Task);

        taken.ShouldNotBeEmpty(where);
        (await FindAsync(task, "-mindepth 2 -name .git")).ShouldBeEmpty();
        (await FindAsync(task, "-name file")).ShouldHaveSingleItem();
        File.Exists(task.FullPath(".git")).ShouldBeTrue();
        (await task.StoreAsync()).Files.ShouldContain(file => file.Path.EndsWith("/file", StringComparison.Ordinal));
    }

    [Fact]
    public async Task TakeAway_OfThousandsOfFifosWhereGitReads_LeavesNoneToWaitAt()
    {
        await using var task = await TaskFixture.CreateAsync();
        await Shell.RunAsync(
            task.Task.Root, """mkdir d; cd d; seq 3000 | xargs mkdir; seq 3000 | sed 's,$,/.gitignore,' | xargs mkfifo; mkfifo ../.gitmodules ../.gitattributes ordinary; echo x > 7/file""");

        (await task.Worktrees.TakeNestedRepositoriesAsync(task.Task)).Count.ShouldBe(3002);

        (await FindAsync(task, "-type p")).ShouldBe(["./d/ordinary"]);
        (await task.StoreAsync()).Files.ShouldContain(new CheckpointFile("d/7/file", FileChange.Added));
    }

    [Fact]
    public async Task TakeAway_OfAGitFileThatOnlySeemsToLeadToASubmodule_IsNotDeceived()
    {
        await using var task = await TaskFixture.CreateAsync();
        var modules = Path.Combine(Path.GetRelativePath(task.FullPath("sub"), task.Repository.CommonDirectory), "modules");
        await Shell.RunAsync(task.Task.Root, $"mkdir -p sub deep/a/b/c; ln -s ../deep/a/b/c sub/link; echo 'gitdir: link/../{modules}/x' > sub/.git");

        (await task.Worktrees.TakeNestedRepositoriesAsync(task.Task)).ShouldBe(["sub/.git"]);
    }

    [Fact]
    public async Task Store_WithARepositoryInAFolderWhoseNameIsNoText_StoresItsFiles()
    {
        // As a coordinator finds it that was killed before it could take the repository away.
        await using var task = await TaskFixture.CreateAsync();
        await Shell.RunAsync(task.Task.Root, """d="$(printf 'odd\377')"; git init -q "$d"; mkdir "$d/sub"; echo x > "$d/sub/file"; echo skipped > "$d/out.log"; echo '*.log' > .gitignore """);

        var stored = await task.StoreAsync();

        stored.Files.Select(file => file.Path).ShouldBe([".gitignore", "odd\uDCFF/sub/file"], ignoreOrder: true);
        stored.Skipped.ShouldContain(new SkippedPath("odd\uDCFF/out.log", SkipReason.Ignored));
    }

    private static async Task<string[]> FindAsync(TaskFixture task, string condition) =>
        (await Shell.TryAsync(task.Task.Root, $"find . {condition}")).OutputText.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
