namespace Agent.Ide.Faults.Tests;

/// <summary>A test that runs where somebody asks for it: it is long, and a kill during the last, orderly end of a coordinator still fails it.</summary>
internal sealed class LongFormTheoryAttribute : TheoryAttribute
{
    public LongFormTheoryAttribute()
    {
        if (Environment.GetEnvironmentVariable("AGENT_IDE_TEST_SEEDS") is null && Environment.GetEnvironmentVariable("AGENT_IDE_TEST_SEED") is null)
        {
            Skip = "random kills, the long form: set AGENT_IDE_TEST_SEEDS=100";
        }
    }
}
