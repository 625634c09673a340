using System.Security.Cryptography;
using System.Text;
using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Core.Loop;

/// <summary>
/// Counts how often a call was made with the same result while nothing else happened to the files or from a person:
/// the sign of a model that runs in a circle. Other reads may lie in between.
/// </summary>
internal static class RepeatedCalls
{
    /// <summary>What the note to the model starts with; what follows is no part of the result.</summary>
    private const string NoteStart = "\n\n[harness: ";

    private const int TurnsLookedBack = 80;

    public static string Note(int times) =>
        $"{NoteStart}this call gave the same result {times} times. Do something else, ask_user, or finish.]";

    /// <summary>How often the newest step's call was made with the same result, itself included.</summary>
    public static int OfLast(TaskSnapshot snapshot)
    {
        var index = snapshot.Conversation.FindLastIndex(turn => turn is ToolTurn);
        if (index < 0 || snapshot.Steps is not [.., var last] || last.Commit is not null)
        {
            return 0;
        }

        // Somebody who spoke after it changed the situation.
        if (snapshot.Conversation.FindIndex(index, turn => turn is UserTurn { FromHarness: false }) >= 0)
        {
            return 0;
        }

        var turn = (ToolTurn)snapshot.Conversation[index];
        return Before(snapshot, last.Tool, last.Arguments, Fingerprint(turn), index - 1) + 1;
    }

    /// <summary>How often a call was made with the same result before.</summary>
    public static int Before(TaskSnapshot snapshot, string tool, string arguments, string content) =>
        Before(snapshot, tool, arguments, Reference(content), snapshot.Conversation.Count - 1);

    private static int Before(TaskSnapshot snapshot, string tool, string arguments, string fingerprint, int from)
    {
        var count = 0;
        var conversation = snapshot.Conversation;
        var stop = Math.Max(snapshot.Round.FromTurn, from - TurnsLookedBack);
        for (var i = from; i >= stop; i--)
        {
            if (conversation[i] is UserTurn { FromHarness: false })
            {
                break;
            }

            if (conversation[i] is not ToolTurn turn || FindStep(snapshot, turn.Step) is not { } step)
            {
                continue;
            }

            if (step.Commit is not null)
            {
                break;
            }

            if (step.Tool == tool && step.Arguments == arguments && Fingerprint(turn) == fingerprint)
            {
                count++;
            }
        }

        return count;
    }

    // Steps are numbered from 1 without gaps.
    private static Step? FindStep(TaskSnapshot snapshot, int number) =>
        number >= 1 && number <= snapshot.Steps.Count && snapshot.Steps[number - 1] is var step && step.Number == number ? step : null;

    private static string Fingerprint(ToolTurn turn)
    {
        if (turn.ContentRef is { } reference)
        {
            return reference;
        }

        var note = turn.Content.LastIndexOf(NoteStart, StringComparison.Ordinal);
        return Reference(note < 0 ? turn.Content : turn.Content[..note]);
    }

    /// <summary>The same hash as the artifacts', so that a result and its reference compare equal.</summary>
    private static string Reference(string content) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)).AsSpan(0, 8));
}
