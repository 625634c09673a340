using System.Text;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.Coordinator.Tasks;

/// <summary>What a person's message with comments on lines becomes in the conversation.</summary>
public static class MessageText
{
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
        }

        return text.ToString();
    }
}
