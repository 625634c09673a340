namespace Agent.Ide.Coordinator.Models;

/// <summary>Which of a server's models is meant.</summary>
internal static class ModelSelection
{
    /// <param name="offered">In the server's order.</param>
    /// <param name="name">Null: what it offers first, embedding models left out since they answer nothing.</param>
    public static OfferedModel? Find(IReadOnlyList<OfferedModel> offered, string? name)
    {
        if (name is null)
        {
            return offered.FirstOrDefault(model => !model.Id.Contains("embed", StringComparison.OrdinalIgnoreCase))
                ?? (offered.Count > 0 ? offered[0] : null);
        }

        // Ollama lists `name:latest` for what is asked for as `name`.
        return offered.FirstOrDefault(model => model.Id == name) ?? offered.FirstOrDefault(model => model.Id == name + ":latest");
    }
}
