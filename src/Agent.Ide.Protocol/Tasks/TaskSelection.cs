using Agent.Ide.Protocol.Lsp;

namespace Agent.Ide.Protocol.Tasks;

/// <summary>A place in a file that a task is about, as the person who delegates it sees it.</summary>
public sealed record TaskSelection
{
    public required TextDocumentIdentifier TextDocument { get; init; }

    /// <summary>0-based, UTF-16, as in LSP.</summary>
    public required TextRange Range { get; init; }

    /// <summary>What stands there in the editor, saved or not; null: what the file says.</summary>
    public string? Text { get; init; }

    /// <summary>The editor's name of the language.</summary>
    public string? LanguageId { get; init; }

    /// <summary>Problems shown there.</summary>
    public IReadOnlyList<Diagnostic>? Diagnostics { get; init; }
}
