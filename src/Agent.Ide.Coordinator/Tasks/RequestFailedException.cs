using Agent.Ide.Protocol;

namespace Agent.Ide.Coordinator.Tasks;

/// <summary>A request was understood and cannot be done. The message is one line for a person; nothing was changed.</summary>
public sealed class RequestFailedException : Exception
{
    public RequestFailedException(string code, string message, string? hint, int exitCode, Exception? inner = null)
        : base(message, inner) => Error = new AgentError(code, hint, exitCode);

    public AgentError Error { get; }

    public static RequestFailedException UnknownTask(string id) =>
        new("unknownTask", $"There is no task '{id}' in this repository.", "`agent-ide tasks` lists them.", ExitCodes.Usage);

    public static RequestFailedException WrongState(string id, string state, string verb) =>
        new("wrongState", $"Task {id} is {Words(state)}: it cannot be {verb} now.", "`agent-ide show " + id + "` tells what it can do.", ExitCodes.Failed);

    public static RequestFailedException NotBuilt(string what) =>
        new("notBuiltYet", $"{what} is not built yet.", null, ExitCodes.Usage);

    /// <summary>The protocol's <c>readyForReview</c> as a person says it.</summary>
    private static string Words(string state) =>
        string.Concat(state.Select(letter => char.IsAsciiLetterUpper(letter) ? $" {char.ToLowerInvariant(letter)}" : $"{letter}"));
}
