using System.Text;
using System.Text.Json;
using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Cli.Output;
using Agent.Ide.Client;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Review;

namespace Agent.Ide.Cli.Verbs;

/// <summary>What lies beside the drafts: what they are about.</summary>
/// <param name="Base">What the task's changes, and so the numbers of its hunks, count from.</param>
/// <param name="Files">The part that is accepted, as <see cref="AcceptParams"/> has it.</param>
/// <param name="Hunks">The same.</param>
/// <param name="Paths">Of the drafts.</param>
internal sealed record ConflictNote(
    string Task, string Head, string? Base, string Target, IReadOnlyList<string>? Files, IReadOnlyList<HunkChoice>? Hunks, IReadOnlyList<string> Paths);

/// <summary>
/// The conflicting files of a task in a folder, with git's markers: written by one accept, edited by a person, taken up by the next.
/// A draft is never overwritten.
/// </summary>
internal sealed class ConflictDrafts
{
    private const string NoteName = "agent-ide-conflict.json";

    /// <summary>No byte order mark is added, and one that is there stays.</summary>
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string _folder;

    /// <param name="folder">Absolute; created on demand.</param>
    public ConflictDrafts(string folder) => _folder = Path.TrimEndingDirectorySeparator(folder);

    private string NotePath => Path.Combine(_folder, NoteName);

    /// <summary>What was decided in the folder; null when nothing was written there yet.</summary>
    /// <param name="request">What is accepted now. With other files or hunks than those whose conflict it was, a draft would take the place of work that is not in it.</param>
    /// <exception cref="UsageException">The folder is about something else, or a draft is no text.</exception>
    public (string Target, IReadOnlyList<Resolution> Resolutions)? Read(AcceptParams request)
    {
        if (!File.Exists(NotePath))
        {
            return null;
        }

        try
        {
            var note = JsonSerializer.Deserialize(File.ReadAllBytes(NotePath), CliJson.Default.ConflictNote)!;
            if (note.Task != request.Id || note.Head != request.ExpectedHead)
            {
                throw new UsageException(
                    $"{_folder} holds the conflict of task {note.Task} at {note.Head}.", $"Task {request.Id} is at {request.ExpectedHead}: name another folder.");
            }

            return note.Base == request.ExpectedBase && AreEqual(note.Files, request.Files) && AreEqual(note.Hunks, request.Hunks)
                ? (note.Target, [.. note.Paths.Select(path => new Resolution(path, Utf8.GetString(File.ReadAllBytes(PathOf(path)))))])
                : throw new UsageException(
                    $"{_folder} holds the conflict of another part of task {note.Task}.",
                    "Name the same files and hunks as when it was written, or another folder. Where part of the task has landed since, another folder.");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            throw new UsageException($"What was resolved in {_folder} cannot be read: {e.Message}", "Put it right, or name another folder to begin anew.");
        }
    }

    /// <summary>Writes a draft of each conflict that a text resolves; the note comes last, so that a folder with one is whole.</summary>
    /// <returns>The paths of the conflicts that have no draft: they are resolved by a side, or not path by path.</returns>
    /// <exception cref="UsageException">The folder is not empty or cannot be written.</exception>
    public async Task<IReadOnlyList<ConflictedFile>> WriteAsync(
        AgentClient client, AcceptParams request, TaskConflictsResult conflicts, CancellationToken cancellationToken)
    {
        var written = new List<string>();
        var others = new List<ConflictedFile>();
        try
        {
            if (Directory.Exists(_folder) && Directory.EnumerateFileSystemEntries(_folder).Any())
            {
                throw new UsageException($"{_folder} is not empty.", "Name a folder that does not exist yet.");
            }

            Directory.CreateDirectory(_folder);
            foreach (var file in conflicts.Files)
            {
                if (await ReadTextsAsync(client, request, conflicts, file, cancellationToken) is not { } texts)
                {
                    others.Add(file);
                    continue;
                }

                Directory.CreateDirectory(Path.GetDirectoryName(PathOf(file.Path))!);
                await File.WriteAllBytesAsync(PathOf(file.Path), Utf8.GetBytes(texts.Draft), cancellationToken);
                written.Add(file.Path);
            }

            var note = new ConflictNote(
                request.Id, conflicts.HeadCommit, request.ExpectedBase, conflicts.TargetCommit, request.Files, request.Hunks, written);
            await File.WriteAllBytesAsync(NotePath, JsonSerializer.SerializeToUtf8Bytes(note, CliJson.Default.ConflictNote), cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The conflict cannot be written to {_folder}: {e.Message}", "Name another folder.");
        }

        return others;
    }

    /// <summary>It landed: the folder stands for no conflict any more, and its drafts are left to the person who wrote them.</summary>
    public void Close() => File.Delete(NotePath);

    private static async Task<ConflictTextsResult?> ReadTextsAsync(
        AgentClient client, AcceptParams request, TaskConflictsResult conflicts, ConflictedFile file, CancellationToken cancellationToken)
    {
        if (file.Choice != "text" || file.Path == NoteName)
        {
            return null;
        }

        try
        {
            return await client.ConflictTextsAsync(
                new ConflictTextsParams(request.Id, conflicts.Target, conflicts.TargetCommit, file.Path, request.Files, request.Hunks), cancellationToken);
        }
        catch (AgentRequestException noText) when (noText.Error.Code == "noText")
        {
            return null;
        }
    }

    private static bool AreEqual<T>(IReadOnlyList<T>? one, IReadOnlyList<T>? other) => (one ?? []).SequenceEqual(other ?? []);

    /// <exception cref="UsageException">The path leads out of the folder.</exception>
    private string PathOf(string path)
    {
        var full = Path.GetFullPath(Path.Combine(_folder, path));
        return full.StartsWith(_folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? full
            : throw new UsageException($"'{TerminalText.Line(path)}' cannot be written below {_folder}.", "Merge the branch by hand.");
    }
}
