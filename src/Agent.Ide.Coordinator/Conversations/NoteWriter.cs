using System.Buffers;
using System.Text;
using System.Text.Json;
using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Coordinator.Conversations;

/// <summary>Writes the lines of a note.</summary>
internal sealed class NoteWriter
{
    private static readonly byte[] s_restLine = Encoding.UTF8.GetBytes($"{{\"kind\":\"{NoteFormat.Rest}\"}}\n");

    private readonly IArtifacts _artifacts;

    public NoteWriter(IArtifacts artifacts)
    {
        _artifacts = artifacts;
    }

    /// <param name="taskId">Whose note it is.</param>
    /// <param name="step">The checkpoint's number; 0 on the base.</param>
    /// <param name="task">On the first note of a conversation, else null.</param>
    /// <param name="entries">Since the checkpoint before, the checkpoint's own step last.</param>
    /// <param name="cancellationToken">Nothing was written.</param>
    public async Task<byte[]> WriteAsync(
        string taskId, int step, NoteTask? task, IReadOnlyList<TaskEvent> entries, CancellationToken cancellationToken)
    {
        var note = new ArrayBufferWriter<byte>(4096);
        WriteLine(note, json =>
        {
            json.WriteString("format", NoteFormat.Name);
            json.WriteNumber("version", NoteFormat.Version);
            json.WriteString("task", taskId);
            json.WriteNumber("step", step);
        });
        if (task is not null)
        {
            WriteLine(note, json => WriteTask(json, task));
        }

        await WriteEntriesAsync(note, entries, cancellationToken);
        return Bounded(note, taskId, step);
    }

    /// <summary>A note with what came after its checkpoint, in place of what it had there before.</summary>
    public async Task<byte[]> WithRestAsync(byte[] note, IReadOnlyList<TaskEvent> rest, CancellationToken cancellationToken)
    {
        var body = WithoutRest(note);
        if (rest.Count == 0)
        {
            return body.ToArray();
        }

        var whole = new ArrayBufferWriter<byte>(body.Length + 4096);
        whole.Write(body.Span);
        whole.Write(s_restLine);
        await WriteEntriesAsync(whole, rest, cancellationToken);
        return whole.WrittenCount <= NoteFormat.MaxNoteBytes ? whole.WrittenSpan.ToArray() : body.ToArray();
    }

    /// <summary>A note as it was before anything came after its checkpoint.</summary>
    public static ReadOnlyMemory<byte> WithoutRest(ReadOnlyMemory<byte> note)
    {
        // A line is a whole JSON object without line feeds in it, so this cannot stand within one.
        for (var start = 0; start < note.Length;)
        {
            var found = note.Span[start..].IndexOf(s_restLine);
            if (found < 0)
            {
                return note;
            }

            start += found;
            if (start == 0 || note.Span[start - 1] == (byte)'\n')
            {
                return note[..start];
            }

            start++;
        }

        return note;
    }

    private async Task WriteEntriesAsync(ArrayBufferWriter<byte> note, IReadOnlyList<TaskEvent> entries, CancellationToken cancellationToken)
    {
        var room = NoteFormat.MaxArtifactsBytes;
        foreach (var entry in entries)
        {
            using (var json = new Utf8JsonWriter(note, NoteFormat.Json))
            {
                JsonSerializer.Serialize(json, entry, TaskEventJson.Default.TaskEvent);
            }

            note.Write("\n"u8);
            if (entry is StepFinished { ContentRef: { } reference })
            {
                room -= await WriteArtifactAsync(note, reference, room, cancellationToken);
            }
        }
    }

    /// <summary>A result that the model got only a part of: the rest of it is nowhere in the log.</summary>
    /// <returns>Bytes of the text, where it was written.</returns>
    private async Task<int> WriteArtifactAsync(ArrayBufferWriter<byte> note, string reference, int room, CancellationToken cancellationToken)
    {
        var text = await _artifacts.GetAsync(reference, cancellationToken);
        var size = text is null ? 0 : Encoding.UTF8.GetByteCount(text);
        var fits = text is not null && size <= Math.Min(room, NoteFormat.MaxArtifactBytes);
        WriteLine(note, json =>
        {
            json.WriteString("kind", NoteFormat.Artifact);
            json.WriteString("ref", reference);
            if (fits)
            {
                json.WriteString("text", text);
            }
            else
            {
                json.WriteString("omitted", text is null ? "it is not kept any more" : $"it has {size} bytes");
            }
        });
        return fits ? size : 0;
    }

    private static byte[] Bounded(ArrayBufferWriter<byte> note, string taskId, int step)
    {
        if (note.WrittenCount <= NoteFormat.MaxNoteBytes)
        {
            return note.WrittenSpan.ToArray();
        }

        var bytes = note.WrittenCount;
        note.ResetWrittenCount();
        WriteLine(note, json =>
        {
            json.WriteString("format", NoteFormat.Name);
            json.WriteNumber("version", NoteFormat.Version);
            json.WriteString("task", taskId);
            json.WriteNumber("step", step);
            json.WriteString("omitted", $"it has {bytes} bytes");
        });
        return note.WrittenSpan.ToArray();
    }

    private static void WriteTask(Utf8JsonWriter json, NoteTask task)
    {
        json.WriteString("kind", NoteFormat.Task);
        json.WriteString("id", task.Id);
        json.WriteString("title", task.Title);
        json.WriteString("prompt", task.Prompt);
        json.WriteString("baseRef", task.BaseRef);
        json.WriteString("baseCommit", task.BaseCommit);
        WriteIfAny(json, "parent", task.Parent);
        if (task.ParentStep is { } step)
        {
            json.WriteNumber("parentStep", step);
        }

        WriteIfAny(json, "model", task.Model);
        if (task.Settings is { } settings)
        {
            // One by one: a server's address may carry a password, a path names a machine, and a new setting may be either.
            json.WriteStartObject("settings");
            if (settings.MaxTokens is { } maxTokens)
            {
                json.WriteNumber("maxTokens", maxTokens);
            }

            json.WriteNumber("compactionThreshold", settings.CompactionThreshold);
            json.WriteNumber("maxSteps", settings.MaxSteps);
            json.WriteNumber("timeSeconds", settings.TimeSeconds);
            json.WriteString("mergeStrategy", settings.MergeStrategy);
            json.WriteString("provider", settings.Provider);
            json.WriteEndObject();
        }
    }

    private static void WriteIfAny(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static void WriteLine(ArrayBufferWriter<byte> note, Action<Utf8JsonWriter> properties)
    {
        using (var json = new Utf8JsonWriter(note, NoteFormat.Json))
        {
            json.WriteStartObject();
            properties(json);
            json.WriteEndObject();
        }

        note.Write("\n"u8);
    }
}
