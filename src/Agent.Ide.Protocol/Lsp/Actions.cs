using System.Text.Json;

namespace Agent.Ide.Protocol.Lsp;

/// <param name="Command">One of <see cref="AgentCommands"/>.</param>
/// <param name="Arguments">JSON values, as the command documents them.</param>
public sealed record Command(string Title, [property: System.Text.Json.Serialization.JsonPropertyName("command")] string Name, IReadOnlyList<JsonElement>? Arguments = null);

/// <summary><c>textDocument/codeAction</c></summary>
public sealed record CodeActionParams(TextDocumentIdentifier TextDocument, TextRange Range, CodeActionContext Context);

/// <param name="Diagnostics">Those the client shows at the range.</param>
/// <param name="Only">Kinds that are wanted; null: all.</param>
public sealed record CodeActionContext(IReadOnlyList<Diagnostic> Diagnostics, IReadOnlyList<string>? Only = null);

/// <summary>An entry of the light bulb's menu. Ours only ever carry a command: what an agent does is never applied unreviewed.</summary>
public sealed record CodeAction(string Title, string Kind, Command Command, IReadOnlyList<Diagnostic>? Diagnostics = null);

/// <summary>Kinds of code actions (LSP 3.17).</summary>
public static class CodeActionKinds
{
    public const string QuickFix = "quickfix";

    public const string Refactor = "refactor";
}

public sealed record CodeLensParams(TextDocumentIdentifier TextDocument);

public sealed record CodeLens(TextRange Range, Command Command);

/// <summary><c>workspace/executeCommand</c></summary>
public sealed record ExecuteCommandParams(string Command, IReadOnlyList<JsonElement>? Arguments = null);

/// <summary>The commands any editor can call (contract, "Protocol").</summary>
public static class AgentCommands
{
    /// <summary>[<see cref="DelegateSelectionArguments"/>]</summary>
    public const string DelegateSelection = "agentIde.delegateSelection";

    /// <summary>[<see cref="NewTaskArguments"/>]</summary>
    public const string NewTask = "agentIde.newTask";

    /// <summary>[{id}], as all that follow; without an argument the task that fits, or the one that the person chooses.</summary>
    public const string Review = "agentIde.review";

    /// <summary>[<see cref="AcceptArguments"/>]</summary>
    public const string Accept = "agentIde.accept";
    public const string Discard = "agentIde.discard";
    public const string Stop = "agentIde.stop";

    public static IReadOnlyList<string> All { get; } = [DelegateSelection, NewTask, Review, Accept, Discard, Stop];
}

/// <param name="Prompt">What to do with the selection; null: the client's user is not asked and the default instruction stands.</param>
public sealed record DelegateSelectionArguments(
    TextDocumentIdentifier TextDocument, TextRange Range, string? Prompt = null, IReadOnlyList<Diagnostic>? Diagnostics = null);

public sealed record NewTaskArguments(string Prompt);

/// <param name="Files">As in <see cref="Review.AcceptParams"/>.</param>
/// <param name="Hunks">As in <see cref="Review.AcceptParams"/>; without both: all.</param>
public sealed record AcceptArguments(string Id, IReadOnlyList<string>? Files = null, IReadOnlyList<Review.HunkChoice>? Hunks = null);
