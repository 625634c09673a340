using System.Text.Encodings.Web;
using System.Text.Json;
using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Coordinator.Conversations;

/// <summary>
/// A note on a checkpoint: lines of JSON. The first says what it is; then come, on the first note of a conversation, the task it
/// began with, and the entries since the checkpoint before. On the newest note of a task at rest what came after the checkpoint
/// follows a line of the kind <see cref="Rest"/>; it is taken away when the next checkpoint gets its note (ADR 9).
/// </summary>
internal static class NoteFormat
{
    public const string Name = "agent-ide-conversation";

    /// <summary>A reader refuses what is newer. Within a version nothing is added that a reader could not do without.</summary>
    public const int Version = 1;

    /// <summary>Kind of the line that tells about the task.</summary>
    public const string Task = "task";

    /// <summary>Kind of a line with a text that an entry refers to.</summary>
    public const string Artifact = "artifact";

    /// <summary>Kind of the line before what came after the checkpoint.</summary>
    public const string Rest = "rest";

    /// <summary>A note that would be larger says only that it is not there; a larger one is not read.</summary>
    public const int MaxNoteBytes = 16 * 1024 * 1024;

    /// <summary>Texts that entries refer to, up to so many UTF-8 bytes each; a longer one is named and left out.</summary>
    public const int MaxArtifactBytes = 256 * 1024;

    /// <summary>The same for all of a note together.</summary>
    public const int MaxArtifactsBytes = 1024 * 1024;

    /// <summary>Text as it is, for people who read a note; control characters are escaped all the same.</summary>
    public static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The kinds of entries a note may hold: nothing else is ever taken from one.</summary>
    public static readonly IReadOnlySet<string> EntryKinds = new HashSet<string>(StringComparer.Ordinal)
    {
        "message", "answer", "rejected", "stepStarted", "stepFinished", "plan", "shortened", "compacted", "rolledBack", "inherited",
    };
}

/// <summary>What a note says about the task its conversation began with.</summary>
internal sealed record NoteTask
{
    public required string Id { get; init; }

    public required string Title { get; init; }

    public required string Prompt { get; init; }

    public required string BaseRef { get; init; }

    /// <summary>Full hash; only for people, a reader finds the base by the commits.</summary>
    public required string BaseCommit { get; init; }

    public string? Parent { get; init; }

    public int? ParentStep { get; init; }

    public string? Model { get; init; }

    /// <summary>Settings that mean the same on every machine and reveal nothing; only for people, no reader takes them over.</summary>
    public TaskSettings? Settings { get; init; }

    public static NoteTask Of(TaskSnapshot task) => new()
    {
        Id = task.Id,
        Title = task.Created.Title,
        Prompt = task.Created.Prompt,
        BaseRef = task.Created.BaseRef,
        BaseCommit = task.StartCommit,
        Parent = task.Created.Parent,
        ParentStep = task.Created.ParentStep,
        Model = task.Created.Model,
        Settings = task.Created.Settings,
    };
}
