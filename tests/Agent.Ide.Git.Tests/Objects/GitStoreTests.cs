using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Git.Tests;

public sealed class GitStoreTests
{
    [Fact]
    public async Task Reads_ResolveTrailersAndBlobs_AndSayWhatIsMissing()
    {
        await using var task = await TaskFixture.CreateAsync(("dir/ü", "content\n"));

        (await task.Store.ResolveCommitAsync("main")).ShouldBe(task.Task.Base);
        (await task.Store.ResolveCommitAsync("no-such")).ShouldBeNull();
        (await task.Store.ResolveCommitAsync("main\nmain")).ShouldBeNull();
        (await task.Store.ResolveCommitAsync(new string('1', 40))).ShouldBeNull();
        (await task.Store.ReadCommitAsync("main"))!.Step.ShouldBeNull();
        var blob = await task.Store.ReadBlobAsync("main", "dir/ü", 100);
        blob!.Content.ShouldBe("content\n"u8.ToArray());
        (await task.Store.ReadBlobAsync("main", "dir/ü", 3))!.Content.ShouldBeNull();
        (await task.Store.ReadBlobAsync("main", "dir", 3)).ShouldBeNull();
        (await task.Store.ReadBlobAsync("main", "dir/none", 3)).ShouldBeNull();
    }

    [Fact]
    public async Task UpdateRefs_IsAllOrNone()
    {
        await using var task = await TaskFixture.CreateAsync();
        var head = task.Task.Base;

        var failure = await Should.ThrowAsync<GitException>(() => task.Store.UpdateRefsAsync(
            [new RefUpdate("refs/x/new", head, null), new RefUpdate("refs/heads/main", head, new string('1', 40))]));

        failure.Problem.ShouldBe(GitProblem.RefMoved);
        (await task.Store.ResolveCommitAsync("refs/x/new")).ShouldBeNull();
        await task.Store.UpdateRefsAsync([new RefUpdate("refs/x/new", head, null)]);
        await task.Store.UpdateRefsAsync([new RefUpdate("refs/x/new", null, head)]);
        (await task.Store.ResolveCommitAsync("refs/x/new")).ShouldBeNull();
    }

    [Fact]
    public async Task Reads_AreServedToManyAtOnce_AndAfterARepack()
    {
        await using var task = await TaskFixture.CreateAsync();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => task.Store.ReadCommitAsync("main")));
        task.Write("a.txt", "two\n");
        var commit = (await task.StoreAsync("a.txt")).Commit!;
        await task.User.GitAsync("repack", "-adq");
        await task.User.GitAsync("prune-packed", "-q");

        (await task.Store.ReadBlobAsync(commit, "a.txt", 100))!.Content.ShouldBe("two\n"u8.ToArray());
    }

    [Theory]
    [InlineData(".git", true)]
    [InlineData(".GiT", true)]
    [InlineData(".git. .", true)]
    [InlineData(".git::$INDEX_ALLOCATION", true)]
    [InlineData(".g\u200cit", true)]
    [InlineData("git~1", true)]
    [InlineData(".gitignore", false)]
    [InlineData(".git.foo", false)]
    [InlineData("x.git", false)]
    public void PathRules_KnowEverySpellingOfTheGitFolder(string name, bool forbidden) => PathRules.IsGitFolder(name).ShouldBe(forbidden);

    [Fact]
    public void GitPath_KeepsEveryByte()
    {
        var bytes = Enumerable.Range(1, 255).Select(value => (byte)value).Concat("ü€😀"u8.ToArray()).ToArray();

        GitPath.Encode(GitPath.Decode(bytes)).ShouldBe(bytes);
        GitPath.Decode("ü€😀"u8).ShouldBe("ü€😀");
    }
}
