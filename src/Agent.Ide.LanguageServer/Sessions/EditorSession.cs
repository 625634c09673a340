using Agent.Ide.Coordinator.Hosting;
using Agent.Ide.LanguageServer.Documents;
using Agent.Ide.LanguageServer.Features.Review;
using Agent.Ide.LanguageServer.Features.Settings;

namespace Agent.Ide.LanguageServer.Sessions;

/// <summary>One editor that has said who it is: what every feature needs.</summary>
/// <param name="Context">The connection, the services, and for which checkout it speaks.</param>
/// <param name="Peer">The editor itself.</param>
/// <param name="Documents">What it has open.</param>
/// <param name="Paths">Its URIs as the repository's paths.</param>
/// <param name="Reviewed">What was shown of each task.</param>
/// <param name="Configuration">Its own settings.</param>
public sealed record EditorSession(
    SessionContext Context, EditorPeer Peer, OpenDocuments Documents, CheckoutPaths Paths, ReviewedHeads Reviewed, EditorConfiguration Configuration)
{
    public CoordinatorServices Services => Context.Services;
}
