using System.Globalization;

namespace Agent.Ide.Core.Scripting;

/// <summary>
/// Ids of scripted tool calls. They carry the place of the answer in the script, so that a server that sees nothing but the
/// wire knows how far a conversation came even after its older turns were compacted away or undone.
/// </summary>
public static class ScriptedCallId
{
    private const string Prefix = "call_s";

    /// <param name="answer">Number of answers the conversation held before this one.</param>
    /// <param name="index">Place among the calls of the answer.</param>
    public static string Make(int answer, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{answer:D4}_{index:D2}");

    /// <returns>The number of answers before the one that made this id; null for an id of someone else.</returns>
    public static int? TryReadAnswer(string? id)
    {
        if (id is null || !id.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        var rest = id.AsSpan(Prefix.Length);
        var end = rest.IndexOf('_');
        return end > 0 && int.TryParse(rest[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var answer) ? answer : null;
    }

    /// <summary>
    /// Number of answers a conversation holds. An id tells it even where older turns are gone; where a client replaced the ids, the
    /// assistant messages are counted.
    /// </summary>
    /// <param name="assistantMessages">For each assistant message, in order, the id of its first call; null: it has none.</param>
    public static int CountAnswers(IEnumerable<string?> assistantMessages)
    {
        var answers = 0;
        foreach (var id in assistantMessages)
        {
            answers = (TryReadAnswer(id) ?? answers) + 1;
        }

        return answers;
    }
}
