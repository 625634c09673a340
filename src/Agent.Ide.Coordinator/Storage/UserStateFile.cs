using System.Diagnostics;
using System.Text.Json;
using Agent.Ide.Coordinator.Configuration;
using Agent.Ide.Protocol.Endpoint;

namespace Agent.Ide.Coordinator.Storage;

/// <summary>
/// A small JSON file in the user's state folder, outside of every repository, that holds what the user decided. What others
/// could have written counts for nothing.
/// </summary>
public sealed class UserStateFile
{
    private const int MaxBytes = 4 * 1024 * 1024;
    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    private static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LockRetry = TimeSpan.FromMilliseconds(20);

    private readonly string _path;

    /// <param name="path">Absolute; neither it nor its folder need to exist.</param>
    public UserStateFile(string path) => _path = path;

    public string Path => _path;

    /// <summary>The content; null where there is none that counts.</summary>
    /// <param name="problem">One line for a person where there is a file that does not count.</param>
    public byte[]? Read(out string? problem)
    {
        problem = null;
        try
        {
            var file = new FileInfo(_path);
            if (!file.Exists || file.Length == 0)
            {
                return null;
            }

            if (!OperatingSystem.IsWindows() && (file.UnixFileMode & OthersWrite) != 0)
            {
                problem = $"{_path} can be written by others, so nothing in it counts; run chmod 600 on it after checking it, or delete it";
                return null;
            }

            if (!PrivateFolder.IsOwn(_path) || (file.LinkTarget is not null && !PrivateFolder.IsOwn(RealPath.Of(_path))))
            {
                problem = $"{_path} belongs to somebody else, so nothing in it counts; delete it";
                return null;
            }

            if (file.Length > MaxBytes)
            {
                problem = $"{_path} is too large to be what this program wrote; delete it";
                return null;
            }

            return File.ReadAllBytes(_path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problem = $"{_path} cannot be read, so nothing in it counts: {Printable.Text(exception.Message)}";
            return null;
        }
    }

    /// <summary>What to say of a content that makes no sense.</summary>
    public string Damaged => $"{_path} is damaged, so nothing in it counts; delete it";

    /// <summary>Replaces the content in one step while nobody else changes it.</summary>
    /// <param name="change">Gets the content that counts, null where there is none; returns what writes the new one, or null to leave it.</param>
    /// <param name="cancellationToken">Ends the wait for another writer.</param>
    /// <exception cref="IOException">It cannot be written; the message says why.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public async Task ChangeAsync(Func<byte[]?, Action<Utf8JsonWriter>?> change, CancellationToken cancellationToken)
    {
        var folder = System.IO.Path.GetDirectoryName(_path)!;
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, PrivateFolder.Mode);
        }

        await using var held = await LockAsync(cancellationToken);
        if (change(Read(out _)) is not { } write)
        {
            return;
        }

        // Beside the old file and then over it, so that a reader sees one or the other.
        var draft = _path + ".new";
        File.Delete(draft);
        await using (var stream = new FileStream(draft, PrivateFile(FileMode.CreateNew)))
        {
            await using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
            write(writer);
            await writer.FlushAsync(cancellationToken);
            stream.Flush(flushToDisk: true);
        }

        File.Move(draft, _path, overwrite: true);
    }

    private async Task<FileStream> LockAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(_path + ".lock", PrivateFile(FileMode.OpenOrCreate));
            }
            catch (IOException) when (Stopwatch.GetElapsedTime(started) < LockTimeout)
            {
                // Somebody else is writing; that takes milliseconds. What lasts longer is reported as it is.
                await Task.Delay(LockRetry, cancellationToken);
            }
        }
    }

    private static FileStreamOptions PrivateFile(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }
}
