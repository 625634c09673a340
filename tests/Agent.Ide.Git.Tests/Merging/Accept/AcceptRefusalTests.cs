using Agent.Ide.Git.Merging.Accept;

namespace Agent.Ide.Git.Tests.Merging.Accept;

public sealed class AcceptRefusalTests
{
    [Theory]
    [InlineData("MERGE_HEAD", "merge")]
    [InlineData("rebase-merge/", "rebase")]
    [InlineData("CHERRY_PICK_HEAD", "cherry-pick")]
    [InlineData("REVERT_HEAD", "revert")]
    [InlineData("BISECT_LOG", "bisect")]
    public async Task Accept_InTheMiddleOfAnotherOperation_IsRefused(string mark, string name)
    {
        await using var fixture = await AcceptFixture.CreateAsync();
        var path = Path.Combine(fixture.Temp.Path, ".git", mark);
        if (mark.EndsWith('/'))
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            await File.WriteAllTextAsync(path, fixture.Request.ExpectedHead + "\n");
        }

        await ShouldRefuseAsync(fixture, fixture.Request, AcceptRefusal.OperationInProgress, name);
    }

    [Fact]
    public async Task Accept_WhenTheTargetIsNotCheckedOut_IsRefused()
    {
        await using var fixture = await AcceptFixture.CreateAsync();
        await fixture.Temp.BranchAsync("feature");

        await ShouldRefuseAsync(fixture, fixture.Request, AcceptRefusal.TargetNotCheckedOut, "--onto-current");
        await ShouldRefuseAsync(fixture, fixture.Request with { TargetRef = null }, AcceptRefusal.TargetNotCheckedOut, "detached HEAD");
    }

    [Fact]
    public async Task Accept_OfAnotherHeadThanReviewed_IsRefused()
    {
        await using var fixture = await AcceptFixture.CreateAsync();

        await ShouldRefuseAsync(fixture, fixture.Request with { ExpectedHead = fixture.Request.BaseCommit }, AcceptRefusal.HeadMoved, "reviewed");
        await ShouldRefuseAsync(fixture, fixture.Request with { Branch = "refs/heads/agent/none" }, AcceptRefusal.HeadMoved, "does not exist");
    }

    [Fact]
    public async Task Accept_OfAUserWithoutAName_IsRefused()
    {
        await using var fixture = await AcceptFixture.CreateAsync();
        fixture.Temp.AppendConfig("user.name", string.Empty);

        await ShouldRefuseAsync(fixture, fixture.Request, AcceptRefusal.IdentityMissing, "user.name");
    }

    [Fact]
    public async Task Accept_WhenSigningFails_IsRefused()
    {
        await using var fixture = await AcceptFixture.CreateAsync();
        fixture.Temp.AppendConfig("commit.gpgsign", "true").AppendConfig("gpg.program", "false");

        await ShouldRefuseAsync(fixture, fixture.Request, AcceptRefusal.SigningFailed, "commit.gpgsign");
    }

    [Fact]
    public async Task Accept_OfFilesTheTaskDidNotChange_IsRefused()
    {
        await using var fixture = await AcceptFixture.CreateAsync();

        await ShouldRefuseAsync(fixture, fixture.Request with { Files = ["b.txt"] }, AcceptRefusal.UnknownFile, "b.txt");
        await ShouldRefuseAsync(
            fixture, fixture.Request with { Files = ["a.txt"], Strategy = AcceptStrategy.Merge }, AcceptRefusal.PartialMerge, "squash");
    }

    [Fact]
    public async Task Accept_WhileAnotherGitHoldsTheIndex_IsRefusedAndLeavesItsLock()
    {
        await using var fixture = await AcceptFixture.CreateAsync();
        await File.WriteAllTextAsync(fixture.IndexLockPath, "DIRC of another git");

        await ShouldRefuseAsync(fixture, fixture.Request, AcceptRefusal.IndexLocked, "index.lock", new HurryingTime());

        (await File.ReadAllTextAsync(fixture.IndexLockPath)).ShouldBe("DIRC of another git");
    }

    [Fact]
    public async Task Accept_WhenAnotherGitLetsGoOfTheIndex_Lands()
    {
        await using var fixture = await AcceptFixture.CreateAsync();
        await File.WriteAllTextAsync(fixture.IndexLockPath, "DIRC of another git");
        var time = new HurryingTime(() => File.Delete(fixture.IndexLockPath));

        (await fixture.AcceptAsync(time: time)).ShouldBeOfType<AcceptOutcome.Accepted>();
    }

    [Fact]
    public async Task Accept_OfAnIdThatIsAPath_Throws()
    {
        await using var fixture = await AcceptFixture.CreateAsync();

        await Should.ThrowAsync<ArgumentException>(fixture.AcceptAsync(fixture.Request with { TaskId = "../../escape" }));
    }

    private static async Task ShouldRefuseAsync(
        AcceptFixture fixture, AcceptRequest request, AcceptRefusal reason, string word, TimeProvider? time = null)
    {
        var before = await fixture.Temp.FingerprintAsync();

        var refused = (await fixture.AcceptAsync(request, time: time)).ShouldBeOfType<AcceptOutcome.Refused>();

        refused.Reason.ShouldBe(reason);
        refused.Message.ShouldContain(word);
        refused.Message.ShouldNotContain("\n");
        (await fixture.Temp.FingerprintAsync()).ShouldEqual(before);
    }

    /// <summary>Every wait is over at once.</summary>
    private sealed class HurryingTime(Action? onWait = null) : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            onWait?.Invoke();
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
