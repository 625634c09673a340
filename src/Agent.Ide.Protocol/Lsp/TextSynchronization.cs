namespace Agent.Ide.Protocol.Lsp;

/// <param name="Text">The whole buffer.</param>
public sealed record TextDocumentItem(string Uri, string LanguageId, int Version, string Text);

public sealed record TextDocumentIdentifier(string Uri);

public sealed record VersionedTextDocumentIdentifier(string Uri, int? Version = null);

public sealed record DidOpenParams(TextDocumentItem TextDocument);

public sealed record DidChangeParams(VersionedTextDocumentIdentifier TextDocument, IReadOnlyList<TextChange> ContentChanges);

/// <param name="Text">What stands there afterwards.</param>
/// <param name="Range">Counted in the text as the changes before this one left it; null: the whole buffer.</param>
public sealed record TextChange(string Text, TextRange? Range = null);

public sealed record DidSaveParams(TextDocumentIdentifier TextDocument);

public sealed record DidCloseParams(TextDocumentIdentifier TextDocument);
