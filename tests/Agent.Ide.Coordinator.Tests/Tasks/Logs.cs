using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Coordinator.Tests.Tasks;

/// <summary>Small logs for tests.</summary>
internal static class Logs
{
    public static TaskCreated Created(string id) => new()
    {
        Id = id,
        Title = "A task",
        Prompt = "Do it.",
        Checkout = "/repository",
        BaseRef = "main",
        BaseCommit = new string('a', 40),
        TargetRef = "refs/heads/main",
        Branch = $"agent/{id}",
        Worktree = $"/repository/.worktrees/{id}",
        Settings = new TaskSettings(),
    };

    public static TaskSnapshot Snapshot(string id) => TaskSnapshot.Start(Created(id));
}
