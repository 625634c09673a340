using Agent.Ide.Git.Merging.Accept;
using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Git.Tests.Merging.Accept;

/// <summary>A repository with a user on <c>main</c> and a task's branch, ready to be accepted.</summary>
internal sealed class AcceptFixture : IAsyncDisposable
{
    public const string Id = "some-task";
    public const string Branch = "refs/heads/agent/" + Id;

    private AcceptFixture(TempRepository temp, GitRepository repository, string start, string head)
    {
        Temp = temp;
        Repository = repository;
        Request = RequestFor(Id, start, head);
    }

    public TempRepository Temp { get; }

    public GitRepository Repository { get; }

    public AcceptRequest Request { get; set; }

    public string IndexLockPath => Path.Combine(Temp.Path, ".git", "index.lock");

    /// <param name="change">What the task did.</param>
    /// <param name="files">What the first commit holds; by default <c>a.txt</c> (ten lines), <c>b.txt</c> and <c>c.txt</c>.</param>
    public static async Task<AcceptFixture> CreateAsync(Action<TempRepository> change, params (string Path, string Content)[] files)
    {
        var temp = await TempRepository.CreateAsync(
            files.Length > 0 ? files : [("a.txt", MergeFixture.TenLines), ("b.txt", "b\n"), ("c.txt", "c\n"), (".gitignore", "*.log\n")]);
        var start = await temp.HashAsync("HEAD");
        var head = await temp.CommitOnAsync("agent/" + Id, start, change);
        return new AcceptFixture(temp, await temp.OpenAsync(), start, head);
    }

    /// <summary>The task edits line 4 of <c>a.txt</c> and adds <c>new/n.txt</c>.</summary>
    public static Task<AcceptFixture> CreateAsync() =>
        CreateAsync(t => t.Write("a.txt", MergeFixture.TenLines.Line(4, "task")).Write("new/n.txt", "new\n"));

    public static AcceptRequest RequestFor(string id, string start, string head) => new()
    {
        TaskId = id,
        Branch = "refs/heads/agent/" + id,
        BaseCommit = start,
        ExpectedHead = head,
        TargetRef = "refs/heads/main",
        Title = "Do the task",
        Steps = 3,
    };

    public Task<AcceptOutcome> AcceptAsync(AcceptRequest? request = null, Func<AcceptStage, Task>? reached = null, TimeProvider? time = null) =>
        new Acceptance(Repository, time ?? TimeProvider.System, reached ?? (_ => Task.CompletedTask)).AcceptAsync(Repository.Checkout, request ?? Request);

    /// <summary>Accepts until a stage and stops there as a crash would.</summary>
    public async Task CrashAtAsync(AcceptStage stage, Action? before = null) =>
        await Should.ThrowAsync<AcceptAbandonedException>(AcceptAsync(reached: now =>
        {
            if (now != stage)
            {
                return Task.CompletedTask;
            }

            before?.Invoke();
            throw new AcceptAbandonedException(now);
        }));

    public Task<IReadOnlyList<RecoveredAccept>> RecoverAsync() => new Acceptance(Repository, TimeProvider.System).RecoverAsync();

    /// <summary>Status without the branch lines.</summary>
    public Task<string> StatusAsync() => Temp.GitAsync("status", "--porcelain", "--untracked-files=all");

    /// <summary>Nothing of an accept lies around.</summary>
    public void ShouldBeTidy()
    {
        File.Exists(IndexLockPath).ShouldBeFalse();
        var folder = Path.Combine(Temp.Path, ".git", "agent-ide", "accept");
        (Directory.Exists(folder) ? Directory.EnumerateFileSystemEntries(folder).ToList() : []).ShouldBeEmpty();
    }

    public ValueTask DisposeAsync() => Temp.DisposeAsync();
}
