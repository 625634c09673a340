using System.Buffers;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Agent.Ide.Git;

/// <summary>
/// The new objects of one checkpoint. Each is written whole under a temporary name, as git does it; <see cref="Publish"/> makes all of
/// them durable and only then gives them their names, so that neither a crash nor a full disk leaves half an object where git looks.
/// Disposing it removes what was not published.
/// </summary>
/// <remarks>
/// The format is git's loose object (gitformat-loose): <c>type SP size NUL content</c>, hashed, then deflated, in
/// <c>objects/&lt;first two digits&gt;/&lt;rest&gt;</c>.
/// </remarks>
internal sealed class ObjectBatch : IDisposable
{
    private const int ChunkBytes = 128 * 1024;

    private readonly string _objects;
    private readonly ObjectFormat _format;
    private readonly bool _durable;

    /// <summary>Temporary files by the name of their object; closed, for a scan can bring thousands.</summary>
    private readonly Dictionary<string, string> _pending = new(StringComparer.Ordinal);

    /// <param name="objectsDirectory">The repository's <c>objects</c> folder.</param>
    /// <param name="format">Names the hash.</param>
    /// <param name="durable">Whether published objects must survive a loss of power.</param>
    public ObjectBatch(string objectsDirectory, ObjectFormat format, bool durable = true)
    {
        _objects = objectsDirectory;
        _format = format;
        _durable = durable;
    }

    /// <summary>How many objects wait to be published.</summary>
    public int Count => _pending.Count;

    /// <summary>The hash an object has or would have.</summary>
    public static string HashOf(ObjectFormat format, string type, ReadOnlySpan<byte> content)
    {
        using var hash = IncrementalHash.CreateHash(format.Algorithm);
        hash.AppendData(Header(type, content.Length));
        hash.AppendData(content);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Adds an object; does nothing when the repository already has it as a loose one.</summary>
    /// <param name="type"><c>blob</c>, <c>tree</c> or <c>commit</c>.</param>
    /// <param name="content">Without git's header.</param>
    /// <param name="present">The hash of an object the repository is known to have; it is not written again.</param>
    /// <returns>Its hash.</returns>
    public string Add(string type, ReadOnlySpan<byte> content, string? present = null)
    {
        var name = HashOf(_format, type, content);
        if (name == present || _pending.ContainsKey(name) || File.Exists(PathOf(name)))
        {
            return name;
        }

        var file = CreateTemporary();
        try
        {
            using var compressed = Compress(file);
            compressed.Write(Header(type, content.Length));
            compressed.Write(content);
        }
        catch
        {
            Discard(file);
            throw;
        }

        Keep(name, file);
        return name;
    }

    /// <summary>Adds a blob of any size in constant memory.</summary>
    /// <param name="source">Read from its start to its end.</param>
    /// <param name="present">As for <see cref="Add"/>.</param>
    /// <param name="cancellationToken">Looked at between chunks.</param>
    /// <returns>Its hash; null when the file changed its length while it was read.</returns>
    public string? AddBlob(SafeFileHandle source, string? present, CancellationToken cancellationToken)
    {
        var size = RandomAccess.GetLength(source);
        if (size <= ChunkBytes)
        {
            return AddSmallBlob(source, (int)size, present);
        }

        var file = CreateTemporary();
        var kept = false;
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            using var hash = IncrementalHash.CreateHash(_format.Algorithm);
            long position = 0;
            using (var compressed = Compress(file))
            {
                var header = Header("blob", size);
                hash.AppendData(header);
                compressed.Write(header);
                int read;
                while ((read = RandomAccess.Read(source, buffer.AsSpan(0, ChunkBytes), position)) > 0)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    position += read;
                    if (position > size)
                    {
                        return null;
                    }

                    hash.AppendData(buffer, 0, read);
                    compressed.Write(buffer, 0, read);
                }
            }

            if (position != size)
            {
                return null;
            }

            var name = Convert.ToHexStringLower(hash.GetHashAndReset());
            if (name != present && !_pending.ContainsKey(name) && !File.Exists(PathOf(name)))
            {
                Keep(name, file);
                kept = true;
            }

            return name;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            if (!kept)
            {
                Discard(file);
            }
        }
    }

    /// <summary>Makes the objects durable, then visible. After this the batch is empty.</summary>
    public void Publish(CancellationToken cancellationToken)
    {
        if (_durable)
        {
            Flush(cancellationToken);
        }

        foreach (var (name, temporary) in _pending)
        {
            var target = PathOf(name);
            CreateFanOut(Path.GetDirectoryName(target)!);
            File.Move(temporary, target, overwrite: true);
        }

        _pending.Clear();
    }

    public void Dispose()
    {
        foreach (var temporary in _pending.Values)
        {
            File.Delete(temporary);
        }

        _pending.Clear();
    }

    /// <summary>
    /// One after the other: the writing was started when each file was complete, so the first flush waits for the journal and
    /// the others find
    /// their part done (measured on ext4: 0.9 ms for six files, 1.7 to 2 ms without the head start, no better with threads).
    /// </summary>
    private void Flush(CancellationToken cancellationToken)
    {
        foreach (var temporary in _pending.Values)
        {
            cancellationToken.ThrowIfCancellationRequested();

            // Windows flushes only what may be written; elsewhere the file is read-only already, and that is enough.
            var access = OperatingSystem.IsWindows() ? FileAccess.ReadWrite : FileAccess.Read;
            using var handle = File.OpenHandle(temporary, FileMode.Open, access, FileShare.ReadWrite | FileShare.Delete);
            RandomAccess.FlushToDisk(handle);
        }
    }

    private string? AddSmallBlob(SafeFileHandle source, int size, string? present)
    {
        // One byte more than expected shows whether it grew.
        var buffer = ArrayPool<byte>.Shared.Rent(size + 1);
        try
        {
            var length = 0;
            int read;
            while (length <= size && (read = RandomAccess.Read(source, buffer.AsSpan(length, size + 1 - length), length)) > 0)
            {
                length += read;
            }

            return length == size ? Add("blob", buffer.AsSpan(0, size), present) : null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static byte[] Header(string type, long size) => Encoding.ASCII.GetBytes($"{type} {size}\0");

    private static ZLibStream Compress(FileStream file) => new(file, CompressionLevel.Fastest, leaveOpen: true);

    private string PathOf(string name) => Path.Combine(_objects, name[..2], name[2..]);

    /// <summary>Git's own name for such a file, so that its clean-up knows a leftover when it sees one.</summary>
    private FileStream CreateTemporary()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        }

        return new FileStream(Path.Combine(_objects, "tmp_obj_" + Guid.NewGuid().ToString("N")), options);
    }

    /// <summary>A folder made here is as open to others as the one it is in (<c>core.sharedRepository</c>).</summary>
    private void CreateFanOut(string directory)
    {
        if (Directory.Exists(directory))
        {
            return;
        }

        Directory.CreateDirectory(directory);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(directory, File.GetUnixFileMode(_objects));
        }
    }

    private void Keep(string name, FileStream file)
    {
        if (_durable && OperatingSystem.IsLinux())
        {
            LinuxCalls.StartWriting(file.SafeFileHandle);
        }

        file.Dispose();
        _pending.Add(name, file.Name);
    }

    private static void Discard(FileStream file)
    {
        file.Dispose();
        File.Delete(file.Name);
    }
}
