using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Testing.Coordinators;

/// <summary>Tasks and steps as a coordinator would tell them, with nothing filled in that a test does not care about.</summary>
public static class FakeTask
{
    public static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static AgentTask Create(string id, string state = "running", int steps = 0) => new()
    {
        Id = id,
        Title = $"Title of {id}",
        Prompt = $"Prompt of {id}",
        State = state,
        Branch = $"agent/{id}",
        Worktree = $"file:///repo/.worktrees/{id}",
        Base = new TaskBase("main", new string('b', 40)),
        Head = new string('a', 40),
        Model = "test-model",
        CreatedAt = Start,
        Steps = steps,
        Changes = new TaskChanges(steps == 0 ? 0 : 1, steps, 0),
        Budget = new TaskBudget
        {
            MaxTokens = 8192,
            ThresholdTokens = 6144,
            ContextTokens = 4100,
            InputTokens = 12_300,
            CachedInputTokens = 0,
            OutputTokens = 456,
            Estimated = true,
        },
    };

    public static TaskStep Step(int number, string tool = "edit_file", string summary = "src/a.cs +3 -1") => new()
    {
        Number = number,
        Tool = tool,
        Version = 1,
        Arguments = "{}",
        Summary = summary,
        StartedAt = Start.AddSeconds(number),
        DurationMs = 12,
        Commit = "1a2b3c4" + new string('0', 33),
        Files = ["src/a.cs"],
        Tokens = new StepTokens(100, 90, 10),
    };
}
