using System.Collections.Immutable;
using Agent.Ide.Git;

namespace Agent.Ide.Coordinator.Review;

/// <summary>What the attached editors have open and have not saved. An editor that has gone has nothing unsaved that anyone could lose here.</summary>
public sealed class UnsavedFiles
{
    private ImmutableList<(GitCheckout Checkout, Func<CancellationToken, Task<IReadOnlyList<(string Path, string Text)>>> Files)> _editors = [];

    /// <param name="checkout">Which the editor speaks for.</param>
    /// <param name="files">Relative paths and whole texts, as they are at the moment of the call.</param>
    /// <returns>Disposing it takes the editor away again.</returns>
    public IDisposable Add(GitCheckout checkout, Func<CancellationToken, Task<IReadOnlyList<(string Path, string Text)>>> files)
    {
        var entry = (checkout, files);
        ImmutableInterlocked.Update(ref _editors, static (editors, added) => editors.Add(added), entry);
        return new Removal(() => ImmutableInterlocked.Update(ref _editors, static (editors, gone) => editors.Remove(gone), entry));
    }

    /// <summary>Texts by relative path. Where two editors have a file open, whoever attached first counts.</summary>
    public async Task<IReadOnlyDictionary<string, string>> InAsync(GitCheckout checkout, CancellationToken cancellationToken)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var editor in _editors.Where(editor => editor.Checkout.Root == checkout.Root))
        {
            foreach (var (path, text) in await editor.Files(cancellationToken))
            {
                texts.TryAdd(path, text);
            }
        }

        return texts;
    }

    private sealed class Removal(Action remove) : IDisposable
    {
        public void Dispose() => remove();
    }
}
