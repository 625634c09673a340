namespace Agent.Ide.Protocol.Lsp;

/// <summary>Kinds of messages (LSP 3.17, <c>MessageType</c>).</summary>
public static class MessageKinds
{
    public const int Error = 1;
    public const int Warning = 2;
    public const int Info = 3;
}

public sealed record ShowMessageParams(int Type, string Message);

public sealed record ShowMessageRequestParams(int Type, string Message, IReadOnlyList<MessageAction> Actions);

/// <summary>A button; the client answers with the one that was chosen, or with null.</summary>
public sealed record MessageAction(string Title);

/// <param name="External">Open it outside of the editor.</param>
public sealed record ShowDocumentParams(string Uri, bool External = false, bool TakeFocus = true, TextRange? Selection = null);

public sealed record ShowDocumentResult(bool Success);

/// <summary>A token of ours: the task's id.</summary>
public sealed record CreateProgressParams(string Token);

public sealed record CancelProgressParams(string Token);

public sealed record ProgressParams(string Token, ProgressValue Value);

/// <summary>Begin, report or end of a work-done progress; what does not belong to the kind is null.</summary>
/// <param name="Kind"><c>begin</c>, <c>report</c> or <c>end</c>.</param>
public sealed record ProgressValue(string Kind, string? Title = null, string? Message = null, bool? Cancellable = null);

public sealed record DidChangeWorkspaceFoldersParams(WorkspaceFoldersChange Event);

public sealed record WorkspaceFoldersChange(IReadOnlyList<WorkspaceFolder> Added, IReadOnlyList<WorkspaceFolder> Removed);
