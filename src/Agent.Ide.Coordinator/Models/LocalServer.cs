namespace Agent.Ide.Coordinator.Models;

/// <summary>A place on this machine where a model server usually listens.</summary>
/// <param name="Name">For people.</param>
/// <param name="Port">On 127.0.0.1.</param>
public sealed record LocalServer(string Name, int Port)
{
    /// <summary>The default ports of each server's own documentation.</summary>
    public static IReadOnlyList<LocalServer> Usual { get; } =
    [
        new("Ollama", 11434),
        new("LM Studio", 1234),
        new("llama.cpp or MLX", 8080),
        new("vLLM", 8000),
    ];
}
