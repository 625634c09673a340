using System.Text.Json;
using Agent.Ide.LanguageServer.Sessions;
using Agent.Ide.Protocol.Lsp;

namespace Agent.Ide.LanguageServer.Features.Delegation;

/// <summary><c>textDocument/codeAction</c>: what an agent can be asked to do with a place in a file.</summary>
public static class CodeActionHandler
{
    public const string DelegateTitle = "Delegate selection to agent";

    public const string FixTitle = "Fix with agent";

    public static string[] Kinds { get; } = [CodeActionKinds.QuickFix, CodeActionKinds.Refactor];

    /// <summary>Empty outside of the checkout, and for kinds that were not asked for.</summary>
    public static IReadOnlyList<CodeAction> Handle(EditorSession session, CodeActionParams request)
    {
        if (session.Paths.PathOf(request.TextDocument.Uri) is null)
        {
            return [];
        }

        var actions = new List<CodeAction>(2);
        if (request.Context.Diagnostics is { Count: > 0 } diagnostics && IsWanted(request, CodeActionKinds.QuickFix))
        {
            actions.Add(new CodeAction(FixTitle, CodeActionKinds.QuickFix, Command(FixTitle, request, diagnostics), diagnostics));
        }

        if (IsWanted(request, CodeActionKinds.Refactor))
        {
            actions.Add(new CodeAction(DelegateTitle, CodeActionKinds.Refactor, Command(DelegateTitle, request, null)));
        }

        return actions;
    }

    /// <summary>Asking for a kind asks for its sub-kinds, and the empty kind for all (LSP 3.17).</summary>
    private static bool IsWanted(CodeActionParams request, string kind) =>
        request.Context.Only is not { Count: > 0 } only
        || only.Any(wanted => wanted.Length == 0 || kind == wanted || kind.StartsWith(wanted + ".", StringComparison.Ordinal));

    private static Command Command(string title, CodeActionParams request, IReadOnlyList<Diagnostic>? diagnostics)
    {
        var arguments = new DelegateSelectionArguments(request.TextDocument, request.Range, Diagnostics: diagnostics);
        return new Command(title, AgentCommands.DelegateSelection, [JsonSerializer.SerializeToElement(arguments, LspJson.Default.DelegateSelectionArguments)]);
    }
}
