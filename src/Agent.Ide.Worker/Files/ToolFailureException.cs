namespace Agent.Ide.Worker.Files;

/// <summary>A tool call ends with an error that goes to the model: a code of <c>ToolErrors</c> and what to do instead.</summary>
public sealed class ToolFailureException : Exception
{
    public ToolFailureException(string code, string message)
        : base(message)
    {
        Code = code;
    }

    public string Code { get; }
}
