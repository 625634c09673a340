using System.Diagnostics;
using System.Text.Json;

using Agent.Ide.Coordinator.Storage;

namespace Agent.Ide.Coordinator.Configuration.Trust;

/// <summary>
/// Which contents of which repository's <c>.agent-ide.yaml</c> the user agreed to. It lies outside every repository, in the
/// user's state folder, readable and writable by the user alone. A file that others could have written to, or that cannot
/// be understood, trusts nothing.
/// </summary>
public sealed class TrustStore
{
    /// <summary>A repository's checkouts may be on different commits, each with its own content; older ones are forgotten.</summary>
    private const int MaxContents = 16;

    private const int MaxBytes = 4 * 1024 * 1024;
    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    private static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LockRetry = TimeSpan.FromMilliseconds(20);

    private readonly string _file;

    /// <param name="file">Absolute path; neither it nor its folder need to exist.</param>
    public TrustStore(string file) => _file = file;

    /// <param name="commonDir">The repository's common git folder, reached by any path.</param>
    /// <param name="hash">SHA-256 of the file's content, lower-case hexadecimal digits.</param>
    /// <param name="problem">One line for a person when the store cannot be used; then nothing is trusted.</param>
    public bool IsTrusted(string commonDir, string hash, out string? problem)
    {
        var contents = Read(out problem);
        return contents.TryGetValue(RealPath.Of(commonDir), out var hashes) && hashes.Contains(hash);
    }

    /// <summary>Records that the user agreed to what was inspected.</summary>
    /// <exception cref="IOException">The store cannot be written; the message says why.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public Task TrustAsync(TrustReport report, CancellationToken cancellationToken) =>
        ChangeAsync(
            report.CommonDir,
            hashes =>
            {
                hashes.Remove(report.Hash);
                hashes.Add(report.Hash);
                if (hashes.Count > MaxContents)
                {
                    hashes.RemoveAt(0);
                }
            },
            cancellationToken);

    /// <summary>Takes back everything that was trusted for a repository.</summary>
    /// <exception cref="IOException">The store cannot be written; the message says why.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public Task RevokeAsync(string commonDir, CancellationToken cancellationToken) =>
        ChangeAsync(commonDir, hashes => hashes.Clear(), cancellationToken);

    private async Task ChangeAsync(string commonDir, Action<List<string>> change, CancellationToken cancellationToken)
    {
        var folder = Path.GetDirectoryName(_file)!;
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        await using var held = await LockAsync(cancellationToken);
        var contents = Read(out _);
        var repository = RealPath.Of(commonDir);
        if (!contents.TryGetValue(repository, out var hashes))
        {
            contents[repository] = hashes = [];
        }

        change(hashes);
        await WriteAsync(contents, cancellationToken);
    }

    private async Task<FileStream> LockAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(_file + ".lock", PrivateFile(FileMode.OpenOrCreate));
            }
            catch (IOException) when (Stopwatch.GetElapsedTime(started) < LockTimeout)
            {
                // Somebody else is writing; that takes milliseconds. What lasts longer is reported as it is.
                await Task.Delay(LockRetry, cancellationToken);
            }
        }
    }

    private Dictionary<string, List<string>> Read(out string? problem)
    {
        problem = null;
        var contents = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        try
        {
            var file = new FileInfo(_file);
            if (!file.Exists || file.Length == 0)
            {
                return contents;
            }

            if (!OperatingSystem.IsWindows() && (file.UnixFileMode & OthersWrite) != 0)
            {
                problem = $"{_file} can be written by others, so nothing in it counts; run chmod 600 on it after checking it, or delete it";
                return contents;
            }

            if (file.Length > MaxBytes)
            {
                problem = $"{_file} is too large to be what this program wrote; delete it and trust again";
                return contents;
            }

            using var document = JsonDocument.Parse(File.ReadAllBytes(_file));
            foreach (var repository in document.RootElement.GetProperty("repositories").EnumerateObject())
            {
                var hashes = new List<string>();
                foreach (var hash in repository.Value.EnumerateArray())
                {
                    hashes.Add(hash.GetString() ?? string.Empty);
                }

                contents[repository.Name] = hashes;
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            problem = $"{_file} is damaged, so nothing in it counts; delete it and trust again";
            contents.Clear();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problem = $"{_file} cannot be read, so nothing is trusted: {Printable.Text(exception.Message)}";
            contents.Clear();
        }

        return contents;
    }

    /// <summary>Beside the old file and then over it, so that a reader sees one or the other.</summary>
    private async Task WriteAsync(Dictionary<string, List<string>> contents, CancellationToken cancellationToken)
    {
        var draft = _file + ".new";
        File.Delete(draft);
        await using (var stream = new FileStream(draft, PrivateFile(FileMode.CreateNew)))
        {
            await using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
            writer.WriteStartObject();
            writer.WriteNumber("version", 1);
            writer.WriteStartObject("repositories");
            foreach (var (repository, hashes) in contents)
            {
                if (hashes.Count == 0)
                {
                    continue;
                }

                writer.WriteStartArray(repository);
                foreach (var hash in hashes)
                {
                    writer.WriteStringValue(hash);
                }

                writer.WriteEndArray();
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
            await writer.FlushAsync(cancellationToken);
        }

        File.Move(draft, _file, overwrite: true);
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
