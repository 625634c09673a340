using Agent.Ide.Coordinator.Storage;
using Agent.Ide.Git;

namespace Agent.Ide.LanguageServer.Documents;

/// <summary>Between an editor's URIs and the repository's paths.</summary>
public sealed class CheckoutPaths(GitCheckout checkout)
{
    public GitCheckout Checkout => checkout;

    /// <summary>Repository-relative path with <c>/</c>; null for what is not a file of this checkout.</summary>
    public string? PathOf(string uri) => CheckoutFile.PathOf(checkout.Root, uri);

    public string UriOf(string path) => new Uri(Path.Combine(checkout.Root, path)).AbsoluteUri;
}
