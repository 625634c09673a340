using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Coordinator.Models;

/// <summary>Which model answers a task. Made once, when the task is created, and stored with it.</summary>
/// <param name="Provider">One of <see cref="ModelProviders"/>, never <c>auto</c>.</param>
/// <param name="BaseUrl">Null for OpenAI's own service and for the scripted model.</param>
/// <param name="Model">A name the server knows.</param>
/// <param name="ContextWindow">Tokens of prompt and answer together; null where the server does not tell.</param>
/// <param name="Server">For people: <c>Ollama at http://127.0.0.1:11434/v1</c>.</param>
public sealed record ModelChoice(string Provider, string? BaseUrl, string Model, int? ContextWindow, string Server)
{
    /// <summary>The settings with the choice in them, so that a later start of the coordinator asks the same server.</summary>
    public TaskSettings ApplyTo(TaskSettings settings) => settings with { Provider = Provider, BaseUrl = BaseUrl };
}
