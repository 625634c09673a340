using System.Globalization;
using System.Text;
using System.Text.Json;
using Agent.Ide.Core.Tools;
using Agent.Ide.Worker.Files;
using Agent.Ide.Worker.Searching;

namespace Agent.Ide.Worker.Tools;

/// <summary><c>read_file</c>: some lines of a text file as they are, and how to get the rest.</summary>
public sealed class ReadFileTool : IWorkerTool
{
    /// <summary>Lines given when no end was asked for.</summary>
    public const int DefaultLines = 400;

    /// <summary>Characters given at most, whatever was asked for.</summary>
    public const int MaxCharacters = 32 * 1024;

    /// <summary>A longer line is cut: it is generated or minified.</summary>
    public const int MaxLineCharacters = 4000;

    /// <summary>Beyond this many bytes lines are not counted any more.</summary>
    public const long MaxScannedBytes = 64L * 1024 * 1024;

    private const int SniffedBytes = 8 * 1024;
    private readonly IWorktreeFiles _files;

    public ReadFileTool(IWorktreeFiles files)
    {
        _files = files;
    }

    public string Name => BuiltInTools.ReadFile;

    public int Version => 1;

    public Task<ToolOutcome> ExecuteAsync(JsonElement arguments, CancellationToken cancellationToken)
    {
        var request = arguments.Deserialize(ToolArgumentsJson.Default.ReadFileArguments)!;
        var first = request.StartLine ?? 1;
        var last = request.EndLine ?? int.MaxValue;
        if (first < 1 || last < first)
        {
            throw new ToolFailureException(ToolErrors.InvalidArguments, "start_line counts from 1 and end_line is not before it.");
        }

        using var file = _files.OpenRead(WorktreePath.Parse(request.Path));
        if (TextContent.IsBinary(file, SniffedBytes))
        {
            return Task.FromResult(new ToolOutcome
            {
                Content = $"{file.Path} is a binary file of {file.Length} bytes{Kind(file)}; its content is not shown.",
                Summary = $"{file.Path} is binary",
                ErrorCode = ToolErrors.Binary,
            });
        }

        var limit = request.EndLine is null ? Math.Min(last, (long)first + DefaultLines - 1) : last;
        var reading = new LineCollector(first, limit, MaxCharacters, MaxLineCharacters);
        var isWhole = Scan(file, reading, cancellationToken);
        return Task.FromResult(Describe(file.Path.ToString(), reading, isWhole, first));
    }

    private static bool Scan(OpenedFile file, LineCollector reading, CancellationToken cancellationToken)
    {
        using var stream = new FileStream(file.Handle, FileAccess.Read, bufferSize: 0);
        using var reader = new StreamReader(stream, Encoding.UTF8, detectEncodingFromByteOrderMarks: true, bufferSize: 32 * 1024);
        var buffer = new char[32 * 1024];
        int read;
        while ((read = reader.ReadBlock(buffer)) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            reading.Append(buffer.AsSpan(0, read));
            if (stream.Position > MaxScannedBytes && reading.IsSatisfied)
            {
                return false;
            }
        }

        reading.Finish();
        return true;
    }

    private static ToolOutcome Describe(string path, LineCollector reading, bool isWhole, int first)
    {
        if (isWhole && reading.TotalLines == 0)
        {
            return new ToolOutcome { Content = "(empty file)", Summary = $"read {path}, empty" };
        }

        if (reading.LastLine == 0)
        {
            throw new ToolFailureException(
                ToolErrors.InvalidArguments, $"{path} has {reading.TotalLines} lines; line {first} is behind its end.");
        }

        var content = reading.Text;
        var isAll = isWhole && first == 1 && reading.LastLine == reading.TotalLines;
        if (!isAll)
        {
            var total = isWhole ? reading.TotalLines.ToString(CultureInfo.InvariantCulture) : $"more than {reading.TotalLines}";
            var next = isWhole && reading.LastLine == reading.TotalLines ? string.Empty : $"; continue with start_line {reading.LastLine + 1}";
            content += $"{(content.EndsWith('\n') ? "" : "\n")}[lines {first}-{reading.LastLine} of {total}{next}]";
        }

        return new ToolOutcome
        {
            Content = content,
            Summary = isAll ? $"read {path}" : $"read {path}, lines {first}-{reading.LastLine}",
        };
    }

    private static string Kind(OpenedFile file)
    {
        Span<byte> start = stackalloc byte[8];
        RandomAccess.Read(file.Handle, start, 0);
        return start switch
        {
            [0x89, (byte)'P', (byte)'N', (byte)'G', ..] => " (PNG image)",
            [0xff, 0xd8, 0xff, ..] => " (JPEG image)",
            [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] => " (GIF image)",
            [(byte)'P', (byte)'K', 3, 4, ..] => " (ZIP archive)",
            [(byte)'%', (byte)'P', (byte)'D', (byte)'F', ..] => " (PDF)",
            [0x7f, (byte)'E', (byte)'L', (byte)'F', ..] => " (ELF program)",
            [0x1f, 0x8b, ..] => " (gzip)",
            [(byte)'M', (byte)'Z', ..] => " (Windows program)",
            _ => string.Empty,
        };
    }
}
