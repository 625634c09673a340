using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Agent.Ide.Git;
using Agent.Ide.Protocol.Lsp;

namespace Agent.Ide.LanguageServer.Documents;

/// <summary>A buffer of the editor.</summary>
/// <param name="Uri">In the client's own spelling.</param>
/// <param name="LanguageId">The client's name of the language.</param>
/// <param name="Text">As it stands, saved or not.</param>
/// <param name="IsModified">From a change until it is saved; of one that was opened, whether its text was another than the file's.</param>
public sealed record OpenDocument(string Uri, string LanguageId, DocumentText Text, Task<bool> IsModified);

/// <summary>
/// What the editor has open. Written by notifications, which come one after the other; read by requests at any time.
/// </summary>
public sealed class OpenDocuments
{
    private static readonly Task<bool> Yes = Task.FromResult(true);
    private static readonly Task<bool> No = Task.FromResult(false);

    private readonly ConcurrentDictionary<string, OpenDocument> _documents = new(StringComparer.Ordinal);

    private enum OnDisk
    {
        Same,
        Different,
        Unknown,
    }

    public IReadOnlyCollection<OpenDocument> All => [.. _documents.Values];

    public bool TryGet(string uri, [NotNullWhen(true)] out OpenDocument? document) => _documents.TryGetValue(uri, out document);

    /// <summary>
    /// What differs from the file on disk, by the path of the file. Asked of the disk as well: who has undone every change has nothing
    /// unsaved, and no editor says so.
    /// </summary>
    /// <param name="paths">Of the checkout that counts; files elsewhere are not read.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<IReadOnlyList<(string Path, string Text)>> UnsavedAsync(CheckoutPaths paths, CancellationToken cancellationToken)
    {
        var unsaved = new List<(string Path, string Text)>();
        foreach (var document in _documents.Values)
        {
            if (await document.IsModified.WaitAsync(cancellationToken)
                && paths.PathOf(document.Uri) is { } path
                && Compare(paths.Checkout, path, document.Text.Text, anyLineEndings: false) != OnDisk.Same)
            {
                unsaved.Add((path, document.Text.Text));
            }
        }

        return unsaved;
    }

    /// <summary>
    /// An editor that comes back, after its own restart or the server's, opens what it had not saved like any other file. So the file is
    /// looked at, beside the messages that follow; what cannot be looked at counts as saved.
    /// </summary>
    /// <param name="opened">The editor's words.</param>
    /// <param name="paths">Of the checkout whose files are looked at; null: none is.</param>
    public void Open(DidOpenParams opened, CheckoutPaths? paths)
    {
        var item = opened.TextDocument;
        var isModified = paths is null
            ? No
            : Task.Run(() => paths.PathOf(item.Uri) is { } path && Compare(paths.Checkout, path, item.Text, anyLineEndings: true) == OnDisk.Different);
        _documents[item.Uri] = new OpenDocument(item.Uri, item.LanguageId, new DocumentText(item.Text), isModified);
    }

    /// <returns>False when the document is not open; nothing was changed.</returns>
    public bool Change(DidChangeParams changed)
    {
        if (!_documents.TryGetValue(changed.TextDocument.Uri, out var document))
        {
            return false;
        }

        var text = changed.ContentChanges.Aggregate(document.Text, static (text, change) => text.With(change));
        _documents[document.Uri] = document with { Text = text, IsModified = Yes };
        return true;
    }

    public void Save(string uri)
    {
        if (_documents.TryGetValue(uri, out var document))
        {
            _documents[uri] = document with { IsModified = No };
        }
    }

    public void Close(string uri) => _documents.TryRemove(uri, out _);

    private static OnDisk Compare(GitCheckout checkout, string path, string text, bool anyLineEndings)
    {
        try
        {
            var content = CheckoutContent.Of(checkout, path, TextOnDisk.MaxBytesOf(text));
            return content.Kind switch
            {
                CheckoutContentKind.Read => TextOnDisk.Says(content.Bytes.Span, text, anyLineEndings) ? OnDisk.Same : OnDisk.Different,
                CheckoutContentKind.TooLarge => OnDisk.Different,

                // A file that is yet to be: nothing is lost of an empty one.
                CheckoutContentKind.Missing => TextOnDisk.Says([], text, anyLineEndings: true) ? OnDisk.Same : OnDisk.Different,
                _ => OnDisk.Unknown,
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or GitException)
        {
            return OnDisk.Unknown;
        }
    }
}
