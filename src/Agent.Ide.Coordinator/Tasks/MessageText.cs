using System.Text;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Coordinator.Tasks;

/// <summary>What a person's message with comments on lines becomes in the conversation.</summary>
public static class MessageText
{
    /// <summary>Characters; enough to find a line by.</summary>
    private const int MaxContent = 200;

    public static string Of(MessageParams message)
    {
        if (message.Comments is not { Count: > 0 } comments)
        {
            return message.Text;
        }

        var text = new StringBuilder(message.Text);
        foreach (var comment in comments)
        {
            if (text.Length > 0)
            {
                text.Append('\n');
            }

            text.Append(comment.Path).Append(':').Append(comment.Line).Append(": ").Append(comment.Text);
            if (comment.Content?.Trim() is { Length: > 0 } content)
            {
                // The number is that of what the person looked at, and the agent may have moved the line since.
                text.Append("\n    on the line: ").Append(content.AsSpan(0, Math.Min(content.Length, MaxContent)));
            }
        }

        return text.ToString();
    }
}
