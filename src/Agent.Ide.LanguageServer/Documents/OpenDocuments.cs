using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Agent.Ide.Protocol.Lsp;

namespace Agent.Ide.LanguageServer.Documents;

/// <summary>A buffer of the editor.</summary>
/// <param name="Uri">In the client's own spelling.</param>
/// <param name="LanguageId">The client's name of the language.</param>
/// <param name="Text">As it stands, saved or not.</param>
/// <param name="IsModified">True from a change until it is saved: the file on disk says something else.</param>
public sealed record OpenDocument(string Uri, string LanguageId, DocumentText Text, bool IsModified);

/// <summary>
/// What the editor has open. Written by notifications, which come one after the other; read by requests at any time.
/// </summary>
public sealed class OpenDocuments
{
    private readonly ConcurrentDictionary<string, OpenDocument> _documents = new(StringComparer.Ordinal);

    public IReadOnlyCollection<OpenDocument> All => [.. _documents.Values];

    public bool TryGet(string uri, [NotNullWhen(true)] out OpenDocument? document) => _documents.TryGetValue(uri, out document);

    /// <summary>
    /// What differs from the file on disk. Asked of the disk as well: who has undone every change has nothing unsaved, and no
    /// editor says so.
    /// </summary>
    public IEnumerable<OpenDocument> Unsaved() => _documents.Values.Where(document => document.IsModified && !IsOnDisk(document));

    private static bool IsOnDisk(OpenDocument document)
    {
        try
        {
            return Uri.TryCreate(document.Uri, UriKind.Absolute, out var uri) && uri.IsFile && File.ReadAllText(uri.LocalPath) == document.Text.Text;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    public void Open(DidOpenParams opened)
    {
        var item = opened.TextDocument;
        _documents[item.Uri] = new OpenDocument(item.Uri, item.LanguageId, new DocumentText(item.Text), IsModified: false);
    }

    /// <returns>False when the document is not open; nothing was changed.</returns>
    public bool Change(DidChangeParams changed)
    {
        if (!_documents.TryGetValue(changed.TextDocument.Uri, out var document))
        {
            return false;
        }

        var text = changed.ContentChanges.Aggregate(document.Text, static (text, change) => text.With(change));
        _documents[document.Uri] = document with { Text = text, IsModified = true };
        return true;
    }

    public void Save(string uri)
    {
        if (_documents.TryGetValue(uri, out var document))
        {
            _documents[uri] = document with { IsModified = false };
        }
    }

    public void Close(string uri) => _documents.TryRemove(uri, out _);
}
