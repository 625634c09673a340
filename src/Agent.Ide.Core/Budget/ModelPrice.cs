using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Core.Budget;

/// <summary>What a model costs, in US dollars per million tokens.</summary>
/// <param name="Cached">Of input that the provider served from its cache; null: as other input.</param>
public sealed record ModelPrice(decimal Input, decimal Output, decimal? Cached = null)
{
    private const decimal Million = 1_000_000m;

    /// <summary>US dollars.</summary>
    public decimal CostOf(ContextUsage usage)
    {
        var fresh = usage.InputTokens - usage.CachedInputTokens;
        return ((fresh * Input) + (usage.CachedInputTokens * (Cached ?? Input)) + (usage.OutputTokens * Output)) / Million;
    }
}

/// <summary>Prices somebody stated (a configuration, a provider's answer). None is built in: they change, and a wrong cost is worse than none.</summary>
public sealed class ModelPrices(IReadOnlyDictionary<string, ModelPrice> byModel)
{
    /// <summary>US dollars; null where the model's price is unknown or no model answered yet.</summary>
    public decimal? CostOf(ContextUsage usage) =>
        usage.Model is { } model && byModel.TryGetValue(model, out var price) ? price.CostOf(usage) : null;
}
