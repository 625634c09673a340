namespace Agent.Ide.Coordinator.Models;

/// <summary>Names of <c>inference.provider</c>, and the one a task gets when its server was found on this machine.</summary>
public static class ModelProviders
{
    public const string Auto = "auto";

    /// <summary>Any OpenAI-compatible server; OpenAI's own where no base URL is given.</summary>
    public const string OpenAi = "openai";

    /// <summary>
    /// An OpenAI-compatible server that <see cref="Auto"/> found on this machine. Not a setting: stored with a task. It differs from
    /// <see cref="OpenAi"/> in that no key is ever sent, because nobody said who listens on that port.
    /// </summary>
    public const string Local = "local";

    public const string Scripted = "scripted";

    public const string Anthropic = "anthropic";

    public const string Editor = "editor";
}
