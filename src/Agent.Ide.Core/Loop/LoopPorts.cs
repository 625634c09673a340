using Agent.Ide.Core.Tasks;
using Microsoft.Extensions.AI;

namespace Agent.Ide.Core.Loop;

/// <summary>What one task's loop works with. None of it is owned: whoever made it disposes of it.</summary>
public sealed record LoopPorts
{
    public required ITaskLog Log { get; init; }

    /// <summary>
    /// Answers whole turns through <see cref="IChatClient.GetResponseAsync"/>. What it gives up on is a
    /// <see cref="ModelRequestException"/>. What the abstraction has no member for goes by the names in <see cref="AgentChat"/>.
    /// </summary>
    public required IChatClient Model { get; init; }

    public required IToolHost Tools { get; init; }

    public required ICheckpoints Checkpoints { get; init; }

    public required IArtifacts Artifacts { get; init; }

    public IStandingApprovals Approvals { get; init; } = new NoStandingApprovals();

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The model's context window in tokens, prompt plus answer; null where unknown. <see cref="TaskSettings.MaxTokens"/> goes first.</summary>
    public int? ModelWindow { get; init; }
}
