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

    private readonly UserStateFile _file;

    /// <param name="file">Absolute path; neither it nor its folder need to exist.</param>
    public TrustStore(string file) => _file = new UserStateFile(file);

    /// <param name="commonDir">The repository's common git folder, reached by any path.</param>
    /// <param name="hash">SHA-256 of the file's content, lower-case hexadecimal digits.</param>
    /// <param name="problem">One line for a person when the store cannot be used; then nothing is trusted.</param>
    public bool IsTrusted(string commonDir, string hash, out string? problem)
    {
        var contents = Parse(_file.Read(out problem), ref problem);
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

    private Task ChangeAsync(string commonDir, Action<List<string>> change, CancellationToken cancellationToken) =>
        _file.ChangeAsync(
            bytes =>
            {
                string? problem = null;
                var contents = Parse(bytes, ref problem);
                var repository = RealPath.Of(commonDir);
                if (!contents.TryGetValue(repository, out var hashes))
                {
                    contents[repository] = hashes = [];
                }

                change(hashes);
                return writer => Write(writer, contents);
            },
            cancellationToken);

    private Dictionary<string, List<string>> Parse(byte[]? bytes, ref string? problem)
    {
        var contents = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        if (bytes is null)
        {
            return contents;
        }

        try
        {
            using var document = JsonDocument.Parse(bytes);
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
            problem = _file.Damaged;
            contents.Clear();
        }

        return contents;
    }

    private static void Write(Utf8JsonWriter writer, Dictionary<string, List<string>> contents)
    {
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
    }
}
