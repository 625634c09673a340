using System.Text;
using System.Text.Json;
using Agent.Ide.Core.Tools;
using Agent.Ide.Worker.Files;
using Agent.Ide.Worker.Searching;

namespace Agent.Ide.Worker.Tools;

/// <summary>
/// <c>edit_file</c>: replaces one passage, or every occurrence of it. It works on bytes in the file's own encoding and line
/// endings: whatever is not replaced stays as it was, byte order marks and invalid characters included.
/// </summary>
public sealed class EditFileTool : IWorkerTool
{
    private readonly IWorktreeFiles _files;

    public EditFileTool(IWorktreeFiles files)
    {
        _files = files;
    }

    public string Name => BuiltInTools.EditFile;

    public int Version => 1;

    public Task<ToolOutcome> ExecuteAsync(JsonElement arguments, CancellationToken cancellationToken)
    {
        var request = arguments.Deserialize(ToolArgumentsJson.Default.EditFileArguments)!;
        Check(request);
        var path = WorktreePath.Parse(request.Path);
        byte[] content;
        using (var file = _files.OpenRead(path))
        {
            content = file.ReadAll(WriteFileTool.MaxBytes);
        }

        if (TextContent.IsBinary(content))
        {
            throw new ToolFailureException(ToolErrors.Binary, $"{path} is a binary file; edit_file changes text only.");
        }

        var passage = Passage.In(content, request.OldText, request.NewText);
        var offsets = passage.Find(content);
        if (offsets.Count == 0)
        {
            throw new ToolFailureException(ToolErrors.NoMatch, NearMatch.Explain(path.ToString(), TextContent.Decode(content), request.OldText));
        }

        if (offsets.Count > 1 && request.ReplaceAll != true)
        {
            var lines = string.Join(", ", offsets.Take(10).Select(offset => passage.LineAt(content, offset)));
            throw new ToolFailureException(
                ToolErrors.AmbiguousMatch,
                $"old_text occurs {offsets.Count} times in {path} (lines {lines}{(offsets.Count > 10 ? ", …" : "")}). Add lines around it until it is unique, or set replace_all.");
        }

        cancellationToken.ThrowIfCancellationRequested();
        var line = passage.LineAt(content, offsets[0]);
        var edited = passage.Replace(content, offsets);
        if (edited.Length > WriteFileTool.MaxBytes)
        {
            throw new ToolFailureException(ToolErrors.TooLarge, $"{path} would have {edited.Length} bytes; at most {WriteFileTool.MaxBytes} can be written.");
        }

        var changed = _files.Write(path, edited).ToString();
        var (added, removed) = TextLines.Difference(request.OldText, request.NewText);
        var places = offsets.Count == 1 ? $"line {line}" : $"{offsets.Count} places";
        return Task.FromResult(new ToolOutcome
        {
            Content = $"Edited {changed} at {places}.",
            Summary = TextLines.Summary($"edited {changed}", $" +{added * offsets.Count} -{removed * offsets.Count}"),
            ChangedPaths = [changed],
        });
    }

    private static void Check(EditFileArguments request)
    {
        if (request.OldText.Length == 0)
        {
            throw new ToolFailureException(ToolErrors.InvalidArguments, "old_text is empty. Use write_file to create a file.");
        }

        if (request.OldText == request.NewText)
        {
            throw new ToolFailureException(ToolErrors.InvalidArguments, "old_text and new_text are the same; there is nothing to change.");
        }
    }
}
