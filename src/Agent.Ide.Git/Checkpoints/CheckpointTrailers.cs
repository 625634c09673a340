namespace Agent.Ide.Git;

/// <summary>The names of the trailers a checkpoint carries.</summary>
public static class CheckpointTrailers
{
    public const string Task = "Agent-Task";

    /// <summary>Counts from 1.</summary>
    public const string Step = "Agent-Step";

    /// <summary>Name and version of the tool: <c>edit_file v1</c>.</summary>
    public const string Tool = "Agent-Tool";

    public const string Model = "Agent-Model";
}
