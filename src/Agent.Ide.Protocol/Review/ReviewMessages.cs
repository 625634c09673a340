using System.Text.Json.Serialization;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Protocol.Review;

/// <summary><c>agent/task/diff</c></summary>
/// <param name="FromStep">Exclusive; 0: where the task started; null: its base, which a partial accept advances.</param>
/// <param name="ToStep">Inclusive; null: the head.</param>
public sealed record DiffParams(string Id, int? FromStep = null, int? ToStep = null);

public sealed record DiffResult(string BaseCommit, string HeadCommit, IReadOnlyList<FileDiff> Files);

/// <param name="Status"><c>added</c>, <c>modified</c>, <c>deleted</c>, <c>renamed</c>, <c>copied</c> or <c>typeChanged</c>.</param>
public sealed record FileDiff(
    string Path,
    string? OldPath,
    string Status,
    int Additions,
    int Deletions,
    bool Binary,
    IReadOnlyList<DiffHunk> Hunks)
{
    /// <summary>What the file was, as git's six digits: 100644, 100755 executable, 120000 a link, 000000 nothing. Null where it is the same still.</summary>
    public string? OldMode { get; init; }

    /// <summary>What it is now; null together with <see cref="OldMode"/>. Single hunks land without it.</summary>
    public string? NewMode { get; init; }

    /// <summary>For reading: what is absent on the wire is null here.</summary>
    [JsonConstructor]
    internal FileDiff(
        string path, string status, int additions, int deletions, bool binary, IReadOnlyList<DiffHunk> hunks, string? oldPath = null)
        : this(path, oldPath, status, additions, deletions, binary, hunks)
    {
    }
}

/// <param name="Index">From 0 within the file; holds for the diff's base and head only.</param>
/// <param name="Lines">What changed on the new side, without context; where lines were only deleted, the line after them. Null from an earlier version.</param>
/// <param name="Text">A line to know it by: the first added one with text, else the first deleted one; trimmed and shortened.</param>
public sealed record DiffHunk(
    int Index,
    int OldStart,
    int OldLines,
    int NewStart,
    int NewLines,
    int Additions = 0,
    int Deletions = 0,
    LineRange? Lines = null,
    string? Text = null);

/// <summary><c>agent/task/patch</c>: the same as text for a terminal.</summary>
/// <param name="Stat">Only the summary per file.</param>
public sealed record PatchParams(string Id, int? FromStep = null, int? ToStep = null, bool Stat = false);

/// <param name="Text">Unified diff in git's format.</param>
/// <param name="Truncated">True when it was longer than the coordinator sends.</param>
public sealed record PatchResult(string Text, bool Truncated);

/// <summary><c>agent/task/accept</c></summary>
/// <param name="ExpectedHead">The head that was reviewed; anything else is refused.</param>
/// <param name="Strategy"><c>squash</c> or <c>merge</c>; null: as configured.</param>
/// <param name="Files">
/// Land only these, named as diffs name them (either name of a renamed file stands for both); null: all. What remains is the task's, which is
/// <c>readyForReview</c> again on an advanced base; none or one that the task does not change is an error. All of them is a whole accept.
/// </param>
/// <param name="OntoCurrent">Land on whatever the checkout is on, instead of the task's target branch.</param>
/// <param name="Hunks">Land these, and nothing else but <c>Files</c>; a file that is in both lands whole.</param>
/// <param name="ExpectedBase">
/// <c>baseCommit</c> of the diff that was reviewed; anything else is refused with <c>baseMoved</c>. An accept of a part advances the base and so
/// renumbers hunks, while the head stays. Null: whatever the base is.
/// </param>
/// <param name="Resolutions">What a person decided where task and target contradict each other, a path at most once; one for each conflict lands it.</param>
/// <param name="ExpectedTarget">With <c>Resolutions</c>: the target's commit that they were made against. What it changed since elsewhere does not matter.</param>
public sealed record AcceptParams(
    string Id,
    string ExpectedHead,
    string? Strategy = null,
    IReadOnlyList<string>? Files = null,
    bool SkipValidation = false,
    bool OntoCurrent = false,
    IReadOnlyList<HunkChoice>? Hunks = null,
    string? ExpectedBase = null,
    IReadOnlyList<Resolution>? Resolutions = null,
    string? ExpectedTarget = null);

/// <summary>A decision about a conflicting path: one of the two.</summary>
/// <param name="Text">Stored as it is, in UTF-8.</param>
/// <param name="Take"><c>task</c> or <c>target</c>: the path as that side has it, deleted where it has none.</param>
/// <param name="MustDecide">
/// With <c>Text</c>: refuse it, with <c>undecidedConflict</c>, where it has neither side's change at a conflicting place. For merge editors, whose result
/// begins as the base.
/// </param>
public sealed record Resolution(string Path, string? Text = null, string? Take = null, bool MustDecide = false);

/// <summary><c>agent/task/conflicts</c>: where a task, or the part of it that would be accepted, contradicts its target now. Changes nothing.</summary>
/// <param name="OntoCurrent">As for the accept.</param>
public sealed record TaskConflictsParams(
    string Id, IReadOnlyList<string>? Files = null, IReadOnlyList<HunkChoice>? Hunks = null, bool OntoCurrent = false);

/// <param name="Target">The branch it would land on, as a person names it.</param>
/// <param name="TargetCommit">Where that is; decisions are about this commit.</param>
/// <param name="Files">Empty when it merges by itself.</param>
public sealed record TaskConflictsResult(string Target, string TargetCommit, string HeadCommit, IReadOnlyList<ConflictedFile> Files);

/// <param name="Kind">As in <see cref="FileConflict"/>.</param>
/// <param name="Choice"><c>text</c>: by a text or a side; <c>side</c>: by one of the two sides; <c>none</c>: not path by path.</param>
/// <param name="Ranges">1-based lines on the task's side.</param>
public sealed record ConflictedFile(string Path, string Kind, string Choice, IReadOnlyList<LineRange> Ranges);

/// <summary><c>agent/task/conflict</c>: the texts of a conflict whose choice is <c>text</c>.</summary>
/// <param name="Target">As <see cref="TaskConflictsResult"/> named it; markers in the draft do as well.</param>
/// <param name="TargetCommit">The same.</param>
public sealed record ConflictTextsParams(
    string Id, string Target, string TargetCommit, string Path, IReadOnlyList<string>? Files = null, IReadOnlyList<HunkChoice>? Hunks = null);

/// <param name="Base">Empty when both sides added the file.</param>
/// <param name="Target">As the target has it.</param>
/// <param name="Task">As the task has it.</param>
/// <param name="Draft">What merges by itself, with git's conflict markers around what does not.</param>
public sealed record ConflictTextsResult(string Base, string Target, string Task, string Draft);

/// <param name="Path">As in the diff.</param>
/// <param name="Index">Of the hunk, from 0; holds for the base and the head that were reviewed only.</param>
public sealed record HunkChoice(string Path, int Index);

/// <param name="Task">After a partial accept <c>readyForReview</c>, with what remains as its changes.</param>
/// <param name="Commit">Hash of what landed; null when nothing did.</param>
/// <param name="Conflicts">Why nothing landed: paths with lines.</param>
public sealed record AcceptResult(AgentTask Task, string? Commit, IReadOnlyList<FileConflict> Conflicts)
{
    /// <summary>For reading: what is absent on the wire is null here.</summary>
    [JsonConstructor]
    internal AcceptResult(AgentTask task, IReadOnlyList<FileConflict> conflicts, string? commit = null)
        : this(task, commit, conflicts)
    {
    }
}

/// <param name="Kind"><c>content</c>, <c>modifyDelete</c>, <c>binary</c>, <c>mode</c>, …, or <c>overlap</c> with uncommitted work.</param>
/// <param name="Ranges">1-based lines on the task's side; empty where lines make no sense.</param>
public sealed record FileConflict(string Path, string Kind, IReadOnlyList<LineRange> Ranges);

/// <summary>1-based, both ends included.</summary>
public sealed record LineRange(int Start, int End);

/// <summary><c>agent/conflicts</c></summary>
public sealed record ConflictsResult(IReadOnlyList<ConflictPair> Pairs);

/// <param name="Left">Task id.</param>
/// <param name="Right">Task id, or <c>user</c> for uncommitted edits.</param>
public sealed record ConflictPair(string Left, string Right, IReadOnlyList<FileConflict> Files);

/// <summary><c>agent/content</c></summary>
public sealed record ContentParams(string Commit, string Path);

public sealed record ContentResult(string? Text, bool Binary)
{
    /// <summary>For reading: what is absent on the wire is null here.</summary>
    [JsonConstructor]
    internal ContentResult(bool binary, string? text = null)
        : this(text, binary)
    {
    }
}
