using System.Collections.Immutable;
using Agent.Ide.Git;

namespace Agent.Ide.Coordinator.Review;

/// <summary>What the attached editors have open and have not saved. An editor that has gone has nothing unsaved that anyone could lose here.</summary>
public sealed class UnsavedFiles
{
    private ImmutableList<(GitCheckout Checkout, Func<IEnumerable<string>> Paths)> _editors = [];

    /// <param name="checkout">Which the editor speaks for.</param>
    /// <param name="paths">Relative to it, as they are at the moment of the call.</param>
    /// <returns>Disposing it takes the editor away again.</returns>
    public IDisposable Add(GitCheckout checkout, Func<IEnumerable<string>> paths)
    {
        var entry = (checkout, paths);
        ImmutableInterlocked.Update(ref _editors, static (editors, added) => editors.Add(added), entry);
        return new Removal(() => ImmutableInterlocked.Update(ref _editors, static (editors, gone) => editors.Remove(gone), entry));
    }

    /// <summary>Relative paths in a checkout, each once.</summary>
    public IReadOnlyCollection<string> In(GitCheckout checkout) =>
        [.. _editors.Where(editor => editor.Checkout.Root == checkout.Root).SelectMany(editor => editor.Paths()).Distinct(StringComparer.Ordinal)];

    private sealed class Removal(Action remove) : IDisposable
    {
        public void Dispose() => remove();
    }
}
