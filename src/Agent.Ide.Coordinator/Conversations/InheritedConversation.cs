using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Coordinator.Conversations;

/// <summary>What a new task takes over from another one: its conversation through a step, and the branch as it was then.</summary>
internal sealed record InheritedConversation
{
    /// <summary>Id of the other task.</summary>
    public required string From { get; init; }

    /// <summary>The last step taken over.</summary>
    public required int Step { get; init; }

    /// <summary>Full hash of the commit that the new branch starts from.</summary>
    public required string Start { get; init; }

    /// <summary>Of the conversation alone (<see cref="Core.Conversations.ConversationLine"/>).</summary>
    public required IReadOnlyList<TaskEvent> Conversation { get; init; }

    /// <summary>Paths of uncommitted work that the base carries.</summary>
    public IReadOnlyList<string> CarriedPaths { get; init; } = [];

    /// <summary>What a person says before it goes on; null: nothing.</summary>
    public string? Prompt { get; init; }

    /// <summary>For a reproducible id: the same conversation continued in another way is another task.</summary>
    public string Seed => $"\n{From}\n{Step}\n{Start}\n{Prompt}";

    /// <summary>The new log's entries after the first.</summary>
    public IReadOnlyList<TaskEvent> Entries
    {
        get
        {
            List<TaskEvent> entries = [.. Conversation, new ConversationInherited { From = From, Step = Step, Head = Start }];
            if (Prompt is not null)
            {
                entries.Add(new MessageAdded { Text = Prompt });
            }

            return entries;
        }
    }

    public TaskCreated ApplyTo(TaskCreated created) => created with
    {
        Parent = From,
        ParentStep = Step,
        StartCommit = Start,
        CarriedPaths = CarriedPaths,
        IncludeUncommitted = false,
    };
}
