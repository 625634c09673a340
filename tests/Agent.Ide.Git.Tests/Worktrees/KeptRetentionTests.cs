using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Git.Tests;

public sealed class KeptRetentionTests
{
    [Fact]
    public async Task Prune_RemovesWhatIsKeptForLongerThanItsTime_AndNotBeforeItWasSeenADayBefore()
    {
        var time = new SettableTime();
        await using var task = await CreateAsync(time);
        await RemoveAsync(task);
        var retention = new KeptRetention(task.Store);
        (await retention.NewestAsync("t")).ShouldBe(time.Now);

        time.Now += KeptRetention.Period - TimeSpan.FromMinutes(1);
        (await retention.PruneAsync(_ => TaskStanding.Ended)).ShouldBeEmpty();
        time.Now += TimeSpan.FromMinutes(2);
        (await retention.PruneAsync(_ => TaskStanding.Ended)).ShouldBeEmpty("it was found too old for the first time");
        time.Now += KeptRetention.Grace;
        (await retention.PruneAsync(_ => TaskStanding.Ended, dryRun: true)).ShouldHaveSingleItem().Name.ShouldBe("refs/agent-ide/kept/t/1");
        (await RefsAsync(task)).ShouldContain("refs/agent-ide/kept/t/1");

        (await retention.PruneAsync(_ => TaskStanding.Ended)).ShouldHaveSingleItem().Name.ShouldBe("refs/agent-ide/kept/t/1");

        (await RefsAsync(task)).ShouldBe("refs/agent-ide/base/t");
        Directory.Exists(Path.Combine(task.Repository.CommonDirectory, "agent-ide", "kept")).ShouldBeFalse();
        (await Should.ThrowAsync<GitException>(() => task.Worktrees.RestoreAsync("t", task.Place))).Problem.ShouldBe(GitProblem.UnknownCommit);
        await task.User.FsckAsync();
    }

    [Fact]
    public async Task Prune_AfterAClockThatOnceWentWrong_KeepsEverything()
    {
        var time = new SettableTime();
        await using var task = await CreateAsync(time);
        await RemoveAsync(task);
        var retention = new KeptRetention(task.Store);

        time.Now += TimeSpan.FromDays(4000);
        await retention.PruneAsync(_ => TaskStanding.Ended);
        time.Now -= TimeSpan.FromDays(3999);
        (await retention.PruneAsync(_ => TaskStanding.Ended)).ShouldBeEmpty();
        time.Now -= TimeSpan.FromDays(4000);
        (await retention.PruneAsync(_ => TaskStanding.Ended)).ShouldBeEmpty("it is from the future");

        await task.Worktrees.RestoreAsync("t", task.Place);
        File.ReadAllText(task.FullPath("x.log")).ShouldBe("ignored\n");
    }

    [Fact]
    public async Task Prune_LeavesTheNewestOfALiveTask_AndCountsWhatHasNoRecordFromWhenItIsFirstSeen()
    {
        var time = new SettableTime();
        await using var task = await CreateAsync(time);
        await task.User.GitAsync("update-ref", "refs/agent-ide/kept/t/1", task.Task.Base);
        await task.User.GitAsync("update-ref", "refs/agent-ide/kept/t/2", task.Task.Base);
        var retention = new KeptRetention(task.Store);
        await retention.PruneAsync(_ => TaskStanding.Live);
        time.Now += KeptRetention.Period;
        await retention.PruneAsync(_ => TaskStanding.Live);
        time.Now += KeptRetention.Grace;

        (await retention.PruneAsync(_ => TaskStanding.Live)).ShouldHaveSingleItem().Name.ShouldBe("refs/agent-ide/kept/t/1");

        (await RefsAsync(task)).ShouldContain("refs/agent-ide/kept/t/2");
    }

    [Fact]
    public async Task Prune_OfATaskThatIsGone_TakesItsOtherRefs_ButNoneWhoseBranchIsThereOrThatCameByAFetch()
    {
        var time = new SettableTime();
        await using var task = await CreateAsync(time);
        foreach (var id in new[] { "gone", "here", "there", "fetched" })
        {
            await task.User.GitAsync("update-ref", $"refs/notes/agent-ide/{id}", task.Task.Base);
        }

        foreach (var name in new[] { "refs/agent-ide/base/gone", "refs/agent-ide/base/here", "refs/heads/agent/here", "refs/agent-ide/base/there", "refs/remotes/origin/agent/there" })
        {
            await task.User.GitAsync("update-ref", name, task.Task.Base);
            await task.User.GitAsync("update-ref", name.Replace("/base/", "/advanced-base/", StringComparison.Ordinal), task.Task.Base);
        }

        var removed = await new KeptRetention(task.Store).PruneAsync(id => id == "t" ? TaskStanding.Live : TaskStanding.Unknown);

        removed.Select(expired => expired.Name).ShouldBe(["refs/notes/agent-ide/gone", "refs/agent-ide/advanced-base/gone", "refs/agent-ide/base/gone"]);
        (await RefsAsync(task)).ShouldContain("refs/agent-ide/base/there");
        (await task.User.GitAsync("for-each-ref", "--format=%(refname)", "refs/agent-ide/advanced-base")).ShouldBe("refs/agent-ide/advanced-base/here\nrefs/agent-ide/advanced-base/there");
        (await task.User.GitAsync("for-each-ref", "--format=%(refname)", "refs/notes")).Split('\n').Length.ShouldBe(3);
    }

    private static async Task<TaskFixture> CreateAsync(TimeProvider time) =>
        await (await TaskFixture.OpenAsync(await TempRepository.CreateAsync((".gitignore", "*.log\n"), ("a.txt", "one\n")), time: time)).WithTaskAsync();

    private static async Task RemoveAsync(TaskFixture task)
    {
        task.Write("a.txt", "two\n");
        task.Write("x.log", "ignored\n");
        await task.Worktrees.RemoveAsync(task.Task, deleteBranch: true);
    }

    private static Task<string> RefsAsync(TaskFixture task) => task.User.GitAsync("for-each-ref", "--format=%(refname)", "refs/agent-ide");
}
