using System.Text;
using System.Text.Json;
using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Coordinator.Conversations;

/// <summary>What a note holds.</summary>
/// <param name="Step">The checkpoint's number.</param>
/// <param name="About">On the first note of a conversation.</param>
/// <param name="Entries">Since the checkpoint before.</param>
/// <param name="Rest">What came after the checkpoint.</param>
/// <param name="Artifacts">Texts that entries refer to, by their reference; not yet compared with it.</param>
internal sealed record Note(
    int Step, NoteTask? About, IReadOnlyList<TaskEvent> Entries, IReadOnlyList<TaskEvent> Rest, IReadOnlyList<KeyValuePair<string, string>> Artifacts);

/// <summary>
/// Reads a note that anyone may have written. Only the kinds of a conversation are known here: an entry that claims an approval, a
/// state or a setting makes the whole note worthless, as does anything else that this product would not have written.
/// </summary>
internal static class NoteReader
{
    private const int MaxDepth = 16;

    /// <summary>As the log is read, but strict: where a log may trust its writer, a note may not.</summary>
    private static readonly TaskEventJson s_json = new(new JsonSerializerOptions(TaskEventJson.Default.Options)
    {
        MaxDepth = MaxDepth,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    });

    /// <exception cref="NoteFormatException">It is not a note of this version.</exception>
    public static Note Parse(ReadOnlyMemory<byte> content)
    {
        try
        {
            return ParseLines(content);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or DecoderFallbackException or KeyNotFoundException or NotSupportedException)
        {
            // What the parser says quotes the note; the kind of trouble is all that a person needs.
            throw new NoteFormatException("a line of it is not what it should be", e);
        }
    }

    private static Note ParseLines(ReadOnlyMemory<byte> content)
    {
        int? step = null;
        NoteTask? about = null;
        List<TaskEvent> entries = [];
        List<TaskEvent> rest = [];
        List<KeyValuePair<string, string>> artifacts = [];
        var isRest = false;
        foreach (var line in Lines(content))
        {
            using var document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = MaxDepth });
            var root = document.RootElement;
            if (step is null)
            {
                step = ParseHeader(root);
                continue;
            }

            switch (root.GetProperty("kind").GetString())
            {
                case NoteFormat.Task when about is null && entries.Count == 0 && !isRest:
                    about = ParseTask(root);
                    break;
                case NoteFormat.Artifact:
                    if (root.TryGetProperty("text", out var text))
                    {
                        artifacts.Add(new(Text(root, "ref"), text.GetString() ?? throw new JsonException()));
                    }

                    break;
                case NoteFormat.Rest when !isRest:
                    isRest = true;
                    break;
                case { } kind when NoteFormat.EntryKinds.Contains(kind):
                    (isRest ? rest : entries).Add(Checked(JsonSerializer.Deserialize(line.Span, s_json.TaskEvent)));
                    break;
                case var other:
                    throw new NoteFormatException($"it holds an entry '{Printable(other)}', which has no place in a conversation");
            }
        }

        return new Note(step ?? throw new NoteFormatException("it is empty"), about, entries, rest, artifacts);
    }

    private static int ParseHeader(JsonElement header)
    {
        if (!header.TryGetProperty("format", out var format) || format.GetString() != NoteFormat.Name)
        {
            throw new NoteFormatException("it is not a conversation of Agent.Ide");
        }

        var version = header.GetProperty("version").GetInt32();
        if (version != NoteFormat.Version)
        {
            throw new NoteFormatException($"it has version {version} of the format, and this agent-ide knows version {NoteFormat.Version}") { IsVersion = true };
        }

        return header.TryGetProperty("omitted", out _)
            ? throw new NoteFormatException("its conversation was too long to be written")
            : header.GetProperty("step").GetInt32();
    }

    private static NoteTask ParseTask(JsonElement task) => new()
    {
        Id = Text(task, "id"),
        Title = Text(task, "title"),
        Prompt = Text(task, "prompt") is var prompt && string.IsNullOrWhiteSpace(prompt) ? throw new NoteFormatException("its task has no prompt") : prompt,
        BaseRef = Text(task, "baseRef"),
        BaseCommit = Text(task, "baseCommit"),
    };

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString() ?? throw new JsonException();

    /// <summary>The serializer refuses null, but not inside lists, nor where a property is absent; and no count is below zero.</summary>
    private static TaskEvent Checked(TaskEvent? entry)
    {
        var isWhole = entry switch
        {
            ModelAnswered e => e.Calls?.All(call => call is not null) == true
                && e is { Text: not null,  EstimatedPromptTokens: >= 0, PromptCharacters: >= 0, DurationMs: >= 0, Usage: { Input: >= 0, CachedInput: >= 0, Output: >= 0 } },
            StepFinished e => e.Files?.All(file => file is not null) == true && e is { SavedTokens: >= 0, DurationMs: >= 0 },
            PlanUpdated e => e.Items.All(item => item is not null),
            ResultsShortened e => e.Results.All(result => result is not null) && e.SavedTokens >= 0,
            ContextCompacted e => e.SavedTokens >= 0,
            null => false,
            _ => true,
        };
        return isWhole ? entry! : throw new JsonException();
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Lines(ReadOnlyMemory<byte> content)
    {
        while (!content.IsEmpty)
        {
            var end = content.Span.IndexOf((byte)'\n');
            var line = end < 0 ? content : content[..end];
            content = end < 0 ? default : content[(end + 1)..];
            if (!line.IsEmpty)
            {
                yield return line;
            }
        }
    }

    private static string Printable(string? kind) =>
        new((kind ?? string.Empty).Take(32).Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '?').ToArray());
}

/// <summary>A note cannot be used. The message completes the sentence "The note …: ".</summary>
internal sealed class NoteFormatException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Another version of the product may be able to read it.</summary>
    public bool IsVersion { get; init; }
}
