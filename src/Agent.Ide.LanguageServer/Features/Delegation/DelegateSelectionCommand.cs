using Agent.Ide.LanguageServer.Sessions;
using Agent.Ide.Protocol.Lsp;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.LanguageServer.Features.Delegation;

/// <summary><c>agentIde.delegateSelection</c>: a task on a place in a file, as it stands in the editor, saved or not.</summary>
public static class DelegateSelectionCommand
{
    public const string FixPrompt = "Fix the problems reported here.";

    /// <summary>
    /// Stands where the editor could not ask: LSP knows no way to let a person type. What is wanted then has to be in the selection, in
    /// a comment say.
    /// </summary>
    public const string DefaultPrompt = "Do what the comments in this selection ask for; where they ask for nothing, find and fix what is wrong with it.";

    public static Task<AgentTask> RunAsync(EditorSession session, DelegateSelectionArguments arguments, CancellationToken cancellationToken)
    {
        var uri = arguments.TextDocument.Uri;
        var document = session.Documents.TryGet(uri, out var open) ? open : null;
        var range = document?.Text.WholeLines(arguments.Range) ?? arguments.Range;
        var hasProblems = arguments.Diagnostics is { Count: > 0 };
        var request = new CreateTaskParams
        {
            Prompt = string.IsNullOrWhiteSpace(arguments.Prompt) ? (hasProblems ? FixPrompt : DefaultPrompt) : arguments.Prompt,
            Selection = new TaskSelection
            {
                TextDocument = arguments.TextDocument,
                Range = range,
                Text = document?.Text.Slice(range),
                LanguageId = document?.LanguageId,
                Diagnostics = arguments.Diagnostics,
            },
        };
        return session.Services.Creation.CreateAsync(session.Context.Client, request, cancellationToken);
    }
}
