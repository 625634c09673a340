namespace Agent.Ide.Core.Tools;

/// <summary>What a tool hands back: to the model (<see cref="Content"/>), to people (<see cref="Summary"/>), to git.</summary>
public sealed record ToolOutcome
{
    /// <summary>What the model reads. For an error: what was wrong and what to do instead.</summary>
    public required string Content { get; init; }

    /// <summary>One line, at most 100 characters: <c>edited src/a.cs +3 -1</c>.</summary>
    public required string Summary { get; init; }

    /// <summary>Null when the tool succeeded; else one of <see cref="ToolErrors"/>.</summary>
    public string? ErrorCode { get; init; }

    /// <summary>Repository-relative paths the call changed; null when only a scan can tell (a command ran).</summary>
    public IReadOnlyList<string>? ChangedPaths { get; init; } = [];

    public static ToolOutcome Error(string code, string message) =>
        new() { Content = message, Summary = message.Length <= 100 ? message : message[..99] + "…", ErrorCode = code };
}

/// <summary>Stable codes of tool errors, as the model, the log and the steps show them.</summary>
public static class ToolErrors
{
    public const string UnknownTool = "unknownTool";
    public const string InvalidArguments = "invalidArguments";
    public const string OutsideWorktree = "outsideWorktree";
    public const string NotFound = "notFound";
    public const string NotARegularFile = "notARegularFile";
    public const string NoMatch = "noMatch";
    public const string AmbiguousMatch = "ambiguousMatch";
    public const string AlreadyExists = "alreadyExists";
    public const string TooLarge = "tooLarge";
    public const string Binary = "binary";
    public const string Timeout = "timeout";
    public const string MemoryLimit = "memoryLimit";
    public const string ProcessLimit = "processLimit";
    public const string Denied = "denied";
    public const string Interrupted = "interrupted";
    public const string CommandFailed = "commandFailed";
    public const string Failed = "failed";
}
