using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Core.Tools;
using Microsoft.Extensions.AI;

namespace Agent.Ide.Core.Budget;

/// <summary>
/// Builds a request from a snapshot: the rules, the task, what stands for compacted turns, the conversation since. The
/// same snapshot always gives the same request. A call and its result are never apart: whatever came between them in
/// the log is sent after the results.
/// </summary>
public sealed class PromptBuilder
{
    private readonly ContextBudget _budget;
    private readonly List<AITool> _tools;
    private readonly int _toolBytes;

    public PromptBuilder(ToolCatalog catalog, ContextBudget budget)
    {
        _budget = budget;
        var tools = catalog.Offered.Select(definition => new OfferedTool(definition)).ToList();
        _tools = [.. tools];
        _toolBytes = tools.Sum(tool => tool.Bytes);
    }

    public ModelRequest Build(TaskSnapshot snapshot)
    {
        var messages = new MessageList();
        messages.Rules(SystemPrompt.Create(snapshot, _budget));
        messages.User(((UserTurn)snapshot.Conversation[0]).Text);
        var from = 1;
        if (snapshot.Compaction is { } compaction)
        {
            from = Math.Max(1, compaction.ThroughTurn);
            messages.User(CompactedTurns.Describe(snapshot, compaction, _budget));
        }

        Write(messages, snapshot, from);
        var list = messages.Done();
        var bytes = messages.Bytes + _toolBytes;
        var options = new ChatOptions
        {
            Tools = _tools,
            MaxOutputTokens = _budget.ReservedOutput,
            ModelId = snapshot.Created.Model,
            AdditionalProperties = new AdditionalPropertiesDictionary { [AgentChat.TurnKey] = Answers(snapshot) },
        };
        return new ModelRequest(list, options, bytes, new TokenEstimator(snapshot.Usage).Estimate(bytes, list.Count + _tools.Count));
    }

    /// <summary>Answers that count (<see cref="AgentChat.TurnKey"/>): not those that were stored and then rejected.</summary>
    private static int Answers(TaskSnapshot snapshot)
    {
        var count = 0;
        foreach (var turn in snapshot.Conversation)
        {
            count += turn is AssistantTurn answer && LoopRules.IsUsable(answer) ? 1 : 0;
        }

        return count;
    }

    private static void Write(MessageList messages, TaskSnapshot snapshot, int from)
    {
        var conversation = snapshot.Conversation;
        for (var i = from; i < conversation.Count;)
        {
            if (conversation[i] is not AssistantTurn answer)
            {
                if (conversation[i] is UserTurn said)
                {
                    messages.User(said.Text);
                }

                i++;
                continue;
            }

            var end = i + 1;
            while (end < conversation.Count && conversation[end] is not AssistantTurn)
            {
                end++;
            }

            WriteGroup(messages, snapshot, answer, i + 1, end);
            i = end;
        }
    }

    /// <summary>One turn of the model with what followed it: results first, in the order of the calls.</summary>
    private static void WriteGroup(MessageList messages, TaskSnapshot snapshot, AssistantTurn answer, int from, int end)
    {
        if (answer.Text.Length > 0 || !answer.Calls.IsEmpty)
        {
            messages.Assistant(answer.Text, answer.Calls);
        }

        var conversation = snapshot.Conversation;
        foreach (var call in answer.Calls)
        {
            ToolTurn? result = null;
            for (var i = from; i < end && result is null; i++)
            {
                result = conversation[i] is ToolTurn tool && tool.CallId == call.CallId ? tool : null;
            }

            messages.Tool(call.CallId, result?.Content ?? "Not run.");
        }

        for (var i = from; i < end; i++)
        {
            if (conversation[i] is UserTurn said && !QuestionAnswers.IsAnswer(conversation, i))
            {
                messages.User(said.Text);
            }
        }
    }
}
