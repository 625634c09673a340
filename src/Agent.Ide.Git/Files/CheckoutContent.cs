namespace Agent.Ide.Git;

/// <summary>What lies at a path of a checkout, as far as it can be read.</summary>
public enum CheckoutContentKind
{
    Missing,

    /// <summary>A regular file; its bytes were read.</summary>
    Read,

    /// <summary>A regular file of more bytes than were asked for.</summary>
    TooLarge,

    /// <summary>A link, a folder, a FIFO, or a file that the system does not let us read.</summary>
    Unreadable,
}

/// <summary>A file of a checkout, read as it is on disk.</summary>
/// <param name="Kind">What was found.</param>
/// <param name="Bytes">All of them; empty unless it was read.</param>
public sealed record CheckoutContent(CheckoutContentKind Kind, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>Follows no link and waits for nobody, but reads from disk: not for a thread that others wait for.</summary>
    /// <param name="checkout">Where.</param>
    /// <param name="path">Relative, with <c>/</c>.</param>
    /// <param name="maxBytes">What is larger is not read.</param>
    /// <exception cref="GitException">The checkout is gone.</exception>
    /// <exception cref="IOException">The disk refuses.</exception>
    public static CheckoutContent Of(GitCheckout checkout, string path, long maxBytes)
    {
        using var files = WorktreeFiles.Open(checkout.Root);
        var found = files.Look(path).Kind;
        if (found != PathKind.File)
        {
            return new CheckoutContent(found == PathKind.Missing ? CheckoutContentKind.Missing : CheckoutContentKind.Unreadable, default);
        }

        using var file = files.OpenFile(path);
        if (file is null)
        {
            return new CheckoutContent(CheckoutContentKind.Unreadable, default);
        }

        var length = RandomAccess.GetLength(file);
        if (length > Math.Min(maxBytes, Array.MaxLength))
        {
            return new CheckoutContent(CheckoutContentKind.TooLarge, default);
        }

        var bytes = new byte[length];
        var done = 0;
        int read;
        while (done < bytes.Length && (read = RandomAccess.Read(file, bytes.AsSpan(done), done)) > 0)
        {
            done += read;
        }

        return new CheckoutContent(CheckoutContentKind.Read, bytes.AsMemory(0, done));
    }
}
