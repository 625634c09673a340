using System.Text;
using Agent.Ide.LanguageServer.Sessions;
using Agent.Ide.Protocol.Lsp;
using Agent.Ide.Protocol.Review;

namespace Agent.Ide.LanguageServer.Features.Review;

/// <summary><c>agentIde.review</c>: the whole patch of a task as a file that any editor opens and colours.</summary>
public static class ReviewCommand
{
    /// <returns>URI of the patch.</returns>
    public static async Task<string> RunAsync(EditorSession session, string id, CancellationToken cancellationToken)
    {
        var task = session.Services.Tasks.View(id);
        var patch = await session.Services.Review.PatchAsync(new PatchParams(id), cancellationToken);
        var folder = Directory.CreateDirectory(Path.Combine(session.Services.Options.CommonDirectory, "agent-ide", "reviews")).FullName;
        var path = Path.Combine(folder, $"{task.Id}.diff");
        var text = new StringBuilder();
        text.Append("# ").Append(task.Title.ReplaceLineEndings(" ")).Append('\n');
        text.Append("# ").Append(task.Head).Append(" on ").Append(task.Base.Ref).Append(": ").Append(task.Changes.Files).Append(" files\n\n");
        text.Append(patch.Text);
        if (patch.Truncated)
        {
            text.Append("\n# The patch is longer than what is shown; look at the branch ").Append(task.Branch).Append(".\n");
        }

        await File.WriteAllTextAsync(path, text.ToString(), cancellationToken);
        session.Reviewed.Remember(task);
        var uri = new Uri(path).AbsoluteUri;
        if (!await session.Peer.ShowDocumentAsync(uri, cancellationToken))
        {
            await session.Peer.TellAsync(MessageKinds.Info, $"{task.Title}: the changes are in {path}", cancellationToken);
        }

        return uri;
    }
}
