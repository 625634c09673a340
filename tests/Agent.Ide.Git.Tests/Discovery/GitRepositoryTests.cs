using Agent.Ide.Testing.Machines;
using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Git.Tests;

public sealed class GitRepositoryTests
{
    [Fact]
    public async Task Open_FromASubfolder_FindsTheCheckoutAndItsHead()
    {
        await using var user = await TempRepository.CreateAsync(("dir/a", "1\n"));
        var repository = await OpenAsync(user, user.FullPath("dir"));

        repository.Checkout.ShouldBe(new GitCheckout(user.Path, Path.Combine(user.Path, ".git")));
        repository.CommonDirectory.ShouldBe(Path.Combine(user.Path, ".git"));
        repository.ObjectFormat.ShouldBe(ObjectFormat.Sha1);
        (await repository.EnsureReadyAsync(repository.Checkout)).ShouldBe(new GitHead("refs/heads/main", await user.HashAsync("HEAD")));
    }

    [Fact]
    public async Task Open_WhereNoRepositoryIs_SaysWhatToDo()
    {
        await using var user = await TempRepository.CreateAsync();

        var failure = await Should.ThrowAsync<GitException>(() => OpenAsync(user, user.Home));

        failure.Problem.ShouldBe(GitProblem.NotARepository);
        failure.Message.ShouldContain("git init");
        failure.Message.ShouldNotContain("\n");
    }

    [Fact]
    public async Task Open_OfABareRepositoryOrAGitFolder_Refuses()
    {
        await using var user = await TempRepository.CreateAsync(("a", "1\n"));
        var bare = Path.Combine(user.Folder, "bare");
        await user.GitAsync("clone", "-q", "--bare", user.Path, bare);

        (await Should.ThrowAsync<GitException>(() => OpenAsync(user, bare))).Problem.ShouldBe(GitProblem.BareRepository);
        (await Should.ThrowAsync<GitException>(() => OpenAsync(user, Path.Combine(user.Path, ".git")))).Problem.ShouldBe(GitProblem.BareRepository);
    }

    [Fact]
    public async Task Open_OfALinkedWorktreeOfABareRepository_Works()
    {
        await using var user = await TempRepository.CreateAsync(("a", "1\n"));
        var bare = Path.Combine(user.Folder, "bare");
        await user.GitAsync("clone", "-q", "--bare", user.Path, bare);
        await user.GitAsync("-C", bare, "worktree", "add", "-q", Path.Combine(user.Folder, "linked"));

        var repository = await OpenAsync(user, Path.Combine(user.Folder, "linked"));

        repository.MainCheckout.ShouldBeNull();
        repository.CommonDirectory.ShouldBe(bare);
    }

    [NeedsFact(Need.ChangeOwner)]
    public async Task Open_WhenSomebodyElseOwnsIt_RefusesUnlessItIsDeclaredSafe()
    {
        await using var user = await TempRepository.CreateAsync(("a", "1\n"));
        await Shell.RunAsync("/", $"chown -R 12345 '{user.Path}'");

        (await Should.ThrowAsync<GitException>(() => OpenAsync(user, user.Path))).Problem.ShouldBe(GitProblem.OwnedBySomeoneElse);

        await user.GitAsync("config", "--global", "--add", "safe.directory", user.Path);
        (await OpenAsync(user, user.Path)).Checkout.Root.ShouldBe(user.Path);
    }

    [Fact]
    public async Task EnsureReady_WhenThereIsNoCommit_SaysSo()
    {
        await using var user = await TempRepository.CreateAsync();
        var repository = await OpenAsync(user, user.Path);

        (await Should.ThrowAsync<GitException>(() => repository.EnsureReadyAsync(repository.Checkout))).Problem.ShouldBe(GitProblem.NoCommitYet);
    }

    [Theory]
    [InlineData("merge other", GitOperation.Merge)]
    [InlineData("rebase other", GitOperation.Rebase)]
    [InlineData("cherry-pick other", GitOperation.CherryPick)]
    [InlineData("bisect start", GitOperation.Bisect)]
    public async Task EnsureReady_InTheMiddleOfSomething_SaysWhatAndHowToGoOn(string command, GitOperation operation)
    {
        await using var user = await TempRepository.CreateAsync(("a", "1\n"));
        await user.BranchAsync("other");
        user.Write("a", "2\n");
        await user.CommitAsync();
        await user.CheckoutAsync("main");
        user.Write("a", "3\n");
        await user.CommitAsync();
        await user.TryGitAsync(command.Split(' '));
        var repository = await OpenAsync(user, user.Path);

        GitRepository.ReadOperation(repository.Checkout).ShouldBe(operation);
        var failure = await Should.ThrowAsync<GitException>(() => repository.EnsureReadyAsync(repository.Checkout));
        failure.Problem.ShouldBe(GitProblem.OperationInProgress);
    }

    [Fact]
    public async Task Locate_WhenGitIsMissing_SaysHowToGetIt() =>
        (await Should.ThrowAsync<GitException>(() => GitProgram.LocateAsync("/nowhere/git"))).Problem.ShouldBe(GitProblem.GitMissing);

    [Fact]
    public async Task Locate_WhenGitIsTooOld_SaysSo()
    {
        await using var user = await TempRepository.CreateAsync();
        var old = Path.Combine(user.Folder, "git");
        await Shell.RunAsync(user.Folder, "printf '#!/bin/sh\\necho git version 2.37.9\\n' > git && chmod +x git");

        (await Should.ThrowAsync<GitException>(() => GitProgram.LocateAsync(old))).Problem.ShouldBe(GitProblem.GitTooOld);
    }

    [Theory]
    [InlineData("git version 2.39.5\n", "2.39.5")]
    [InlineData("git version 2.39.5 (Apple Git-154)\n", "2.39.5")]
    [InlineData("git version 2.45.1.windows.1\n", "2.45.1")]
    [InlineData("git version 2.48.0-rc1\n", "2.48")]
    [InlineData("hub version 2\n", null)]
    public void ParseVersion_ReadsWhatGitsPrint(string text, string? version) =>
        (GitProgram.ParseVersion(text)?.ToString()).ShouldBe(version);

    [Fact]
    public async Task Command_IgnoresTheEnvironmentsGitAndRunsNoHook()
    {
        await using var user = await TempRepository.CreateAsync(("a", "1\n"));
        user.Write(".git/hooks/reference-transaction", $"#!/bin/sh\ntouch {user.Folder}/ran\n");
        await Shell.RunAsync(user.Path, "chmod +x .git/hooks/reference-transaction");
        var program = await GitProgram.LocateAsync(
            "git", new Dictionary<string, string>(user.Environment) { ["GIT_DIR"] = "/nowhere", ["GIT_CONFIG_COUNT"] = "1", ["GIT_INDEX_FILE"] = "/x" });
        var repository = await GitRepository.OpenAsync(program, user.Path);
        await using var store = new GitStore(repository);
        var head = await user.HashAsync("HEAD");

        await store.UpdateRefsAsync([new RefUpdate("refs/agent-ide/x", head, null)]);

        (await store.ResolveCommitAsync("refs/agent-ide/x")).ShouldBe(head);
        File.Exists(Path.Combine(user.Folder, "ran")).ShouldBeFalse();
    }

    [Fact]
    public async Task Command_WhenCancelled_KillsGit()
    {
        await using var user = await TempRepository.CreateAsync(("a", "1\n"));
        var repository = await OpenAsync(user, user.Path);
        using var cancel = new CancellationTokenSource();

        await using var waiting = repository.Objects.Start(["cat-file", "--batch"]);
        var running = repository.Objects.RunAsync(["-c", "alias.wait=!sleep 60", "wait"], default, cancel.Token);
        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => running.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    private static async Task<GitRepository> OpenAsync(TempRepository user, string folder) =>
        await GitRepository.OpenAsync(await GitProgram.LocateAsync("git", user.Environment), folder);
}
