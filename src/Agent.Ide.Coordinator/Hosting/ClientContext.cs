using Agent.Ide.Git;

namespace Agent.Ide.Coordinator.Hosting;

/// <summary>Who a connection speaks for.</summary>
/// <param name="Checkout">The checkout it was attached with.</param>
/// <param name="Environment">Its own settings and keys, over the coordinator's other variables. Never stored, never logged.</param>
public sealed record ClientContext(GitCheckout Checkout, IReadOnlyDictionary<string, string> Environment);
