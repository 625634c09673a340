using System.Globalization;
using System.IO.Pipelines;
using System.Buffers;
using System.Text;
using Agent.Ide.Core.Tools;
using Agent.Ide.Processes;
using Agent.Ide.Worker.Files;
using Agent.Ide.Worker.Ignoring;

namespace Agent.Ide.Worker.Searching;

/// <summary>
/// Searches with ripgrep, told to see what <see cref="TreeWalk"/> sees and stopped as soon as there is enough. The one
/// exception is a <c>.rgignore</c>: ripgrep cannot be told to overlook it, and it was put there for ripgrep.
/// </summary>
internal sealed class RipgrepSearch : IContentSearch
{
    private readonly string _program;
    private readonly IWorktreeFiles _files;

    public RipgrepSearch(string program, IWorktreeFiles files)
    {
        _program = program;
        _files = files;
    }

    /// <summary>Absolute path of <c>rg</c> on a search path; null where it is not installed.</summary>
    public static string? Find(string? searchPath)
    {
        foreach (var folder in (searchPath ?? string.Empty).Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            var program = Path.Combine(folder, OperatingSystem.IsWindows() ? "rg.exe" : "rg");
            if (Path.IsPathFullyQualified(program) && File.Exists(program))
            {
                return program;
            }
        }

        return null;
    }

    public async Task<ContentMatches> SearchAsync(ContentQuery query, CancellationToken cancellationToken)
    {
        await using var child = ChildProcess.Start(new ProcessStart
        {
            FileName = _program,
            Arguments = Arguments(query),
            WorkingDirectory = _files.RootPath,
            Environment = new Dictionary<string, string> { ["LC_ALL"] = "C.UTF-8" },
        });
        await child.StandardInput.DisposeAsync();
        var error = ReadErrorAsync(child.StandardError, cancellationToken);
        var matches = new List<LineMatch>();
        var rejected = new Dictionary<string, bool>(StringComparer.Ordinal);
        var isComplete = await ReadMatchesAsync(child.StandardOutput, query, matches, rejected, cancellationToken);
        if (!isComplete)
        {
            child.KillTree();
            return new ContentMatches(matches, IsComplete: false);
        }

        var message = await error;
        var exitCode = await child.WaitForExitAsync(cancellationToken);

        // 0 found, 1 nothing found, 2 an error, which may be about some unreadable file only.
        return exitCode == 2 && matches.Count == 0 && IsAboutPattern(message)
            ? throw new ToolFailureException(ToolErrors.InvalidArguments, $"The regular expression is invalid: {Shorten(message)}")
            : new ContentMatches(matches, IsComplete: true);
    }

    private List<string> Arguments(ContentQuery query)
    {
        List<string> arguments =
        [
            "--no-config", "--json", "--sort", "path", "--hidden", "--no-require-git", "--no-ignore-global", "--no-ignore-dot",
            "--no-ignore-exclude", "--crlf", "--no-messages", "--no-mmap", "--glob", "!.git",
            "--max-filesize", ContentQuery.MaxFileBytes.ToString(CultureInfo.InvariantCulture),
            "--max-count", (query.MaxResults + 1).ToString(CultureInfo.InvariantCulture),
        ];
        if (RepositoryExclude.Find(_files.RootPath) is { } exclude)
        {
            arguments.AddRange(["--ignore-file", exclude]);
        }

        if (!query.IsRegex)
        {
            arguments.Add("--fixed-strings");
        }

        arguments.AddRange(["--regexp", query.Pattern, "--", query.Where.IsRoot ? "./" : $"./{query.Where}"]);
        return arguments;
    }

    private async Task<bool> ReadMatchesAsync(
        Stream output, ContentQuery query, List<LineMatch> matches, Dictionary<string, bool> rejected, CancellationToken cancellationToken)
    {
        var reader = PipeReader.Create(output, new StreamPipeReaderOptions(bufferSize: 32 * 1024, leaveOpen: true));
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            while (buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = buffer.Slice(0, end);
                buffer = buffer.Slice(buffer.GetPosition(1, end));
                if (RipgrepMessage.Parse(line) is not { } match || IsRejected(match.Path, rejected))
                {
                    continue;
                }

                if (matches.Count == query.MaxResults)
                {
                    return false;
                }

                matches.Add(match);
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
            {
                return true;
            }
        }
    }

    /// <summary>ripgrep reports what it found before the first NUL of a binary file; here such a file counts as none.</summary>
    private bool IsRejected(string path, Dictionary<string, bool> rejected)
    {
        if (!rejected.TryGetValue(path, out var isRejected))
        {
            try
            {
                using var file = _files.OpenRead(WorktreePath.Parse(path));
                isRejected = TextContent.IsBinary(file, ContentQuery.MaxFileBytes);
            }
            catch (ToolFailureException)
            {
                isRejected = true;
            }

            rejected.Add(path, isRejected);
        }

        return isRejected;
    }

    private static async Task<string> ReadErrorAsync(Stream stream, CancellationToken cancellationToken)
    {
        var kept = new byte[4096];
        var length = 0;
        var buffer = new byte[4096];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            var take = Math.Min(read, kept.Length - length);
            buffer.AsSpan(0, take).CopyTo(kept.AsSpan(length));
            length += take;
        }

        return Encoding.UTF8.GetString(kept, 0, length).Trim();
    }

    private static bool IsAboutPattern(string message) =>
        message.Contains("regex", StringComparison.OrdinalIgnoreCase) || message.Contains("pattern", StringComparison.OrdinalIgnoreCase)
        || message.Contains("literal", StringComparison.OrdinalIgnoreCase);

    private static string Shorten(string message) => message.Length <= 600 ? message : string.Concat(message.AsSpan(0, 600), "…");
}
