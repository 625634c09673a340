using Agent.Ide.Git;
using Agent.Ide.LanguageServer.Documents;
using Agent.Ide.Processes;
using Agent.Ide.Protocol.Lsp;

namespace Agent.Ide.LanguageServer.Tests;

public sealed class OpenDocumentsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("agent-ide-documents-");
    private readonly OpenDocuments _documents = new();
    private readonly CheckoutPaths _paths;

    public OpenDocumentsTests() => _paths = new CheckoutPaths(new GitCheckout(Directory.CreateDirectory(In("checkout")).FullName, In("checkout/.git")));

    [Fact]
    public async Task OpenedAsItIsOnDisk_IsSaved_WhateverHappensToTheFileAfterwards()
    {
        Write("a.txt", "one\r\ntwo\r\n");
        Open("a.txt", "one\ntwo\n");
        (await UnsavedAsync()).ShouldBeEmpty();

        Write("a.txt", "changed beneath the editor\n");

        (await UnsavedAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task OpenedWithAnotherText_IsUnsaved_UntilItIsSaved_OrTheSameAgain()
    {
        Write("a.txt", "one\n");
        Write("b.txt", "one\n");
        Open("a.txt", "one and more\n");
        Open("b.txt", "one and more\n");
        (await UnsavedAsync()).ShouldBe(["a.txt", "b.txt"], ignoreOrder: true);

        _documents.Save(UriOf("a.txt"));
        _documents.Change(new DidChangeParams(new VersionedTextDocumentIdentifier(UriOf("b.txt")), [new TextChange("one\n", null)]));

        (await UnsavedAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task AFileThatIsYetToBe_IsUnsaved_OnceThereIsTextInIt()
    {
        Open("empty.txt", "\n");
        Open("new.txt", "words\n");
        _documents.Open(new DidOpenParams(new TextDocumentItem("untitled:Untitled-1", "plaintext", 1, "words\n")), _paths);

        (await UnsavedAsync()).ShouldBe(["new.txt"]);
    }

    [Fact]
    public async Task WhatIsNoFileOfTheCheckout_IsNotLookedAt()
    {
        File.WriteAllText(In("outside.txt"), "one\n");
        File.CreateSymbolicLink(In("checkout/link.txt"), In("outside.txt"));
        Open("../outside.txt", "two\n");
        Open("link.txt", "two\n");

        (await UnsavedAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task AFifo_IsNotWaitedFor()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        await ChildProcess.RunAsync(new ProcessStart { FileName = "mkfifo", Arguments = [In("checkout/pipe")], WorkingDirectory = _folder.FullName });
        Open("pipe", "words\n");

        (await UnsavedAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task AFileThatCannotHoldTheText_IsUnsaved_WithoutBeingRead()
    {
        using (var large = File.Create(In("checkout/large.bin")))
        {
            large.SetLength(8L << 30); // Sparse, and more than any array holds.
        }

        Open("large.bin", "a little\n");

        (await UnsavedAsync()).ShouldBe(["large.bin"]);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private async Task<IReadOnlyList<string>> UnsavedAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        return [.. (await _documents.UnsavedAsync(_paths, patience.Token)).Select(file => file.Path)];
    }

    private void Open(string path, string text) =>
        _documents.Open(new DidOpenParams(new TextDocumentItem(UriOf(path), "plaintext", 1, text)), _paths);

    private void Write(string path, string text) => File.WriteAllText(In("checkout/" + path), text);

    private string UriOf(string path) => new Uri(In("checkout/" + path)).AbsoluteUri;

    private string In(string path) => Path.Combine(_folder.FullName, path);
}
