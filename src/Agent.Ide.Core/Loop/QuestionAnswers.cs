using System.Collections.Immutable;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Core.Tools;

namespace Agent.Ide.Core.Loop;

/// <summary>
/// A person's answer to <c>ask_user</c> stands in the log twice: as what was said, and as the result of the call. The
/// model is sent it once, as the result.
/// </summary>
internal static class QuestionAnswers
{
    /// <summary>Whether what was said at an index became the result of a question in the same group of turns.</summary>
    public static bool IsAnswer(ImmutableList<ConversationTurn> conversation, int index)
    {
        if (conversation[index] is not UserTurn { FromHarness: false } said)
        {
            return false;
        }

        for (var i = index + 1; i < conversation.Count && conversation[i] is not AssistantTurn; i++)
        {
            if (conversation[i] is ToolTurn { Tool: BuiltInTools.AskUser } answered)
            {
                return answered.Content.Contains(said.Text, StringComparison.Ordinal);
            }
        }

        return false;
    }
}
