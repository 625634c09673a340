using Agent.Ide.Git;

namespace Agent.Ide.Coordinator.Hosting;

/// <summary>Who a connection speaks for.</summary>
/// <param name="Checkout">The checkout it was attached with.</param>
/// <param name="Environment">Its own settings and keys, over the coordinator's other variables. Never stored, never logged.</param>
public sealed record ClientContext(GitCheckout Checkout, IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>What its new tasks are like where they do not say so themselves.</summary>
    public TaskDefaults Defaults { get; init; } = TaskDefaults.None;
}

/// <summary>What a front end's own settings say of new tasks. Over the configuration of the repository, under what a task asks for.</summary>
/// <param name="Model">A name the provider knows; null: as configured.</param>
/// <param name="IncludeUncommitted">Null: as configured.</param>
public sealed record TaskDefaults(string? Model, bool? IncludeUncommitted)
{
    public static TaskDefaults None { get; } = new(null, null);
}
