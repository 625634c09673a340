using Microsoft.Extensions.AI;

namespace Agent.Ide.Core.Budget;

/// <summary>A request as it will be sent.</summary>
/// <param name="Bytes">Length of everything in it, tools included, in UTF-8.</param>
/// <param name="EstimatedTokens">Of the prompt, tools included.</param>
public sealed record ModelRequest(IReadOnlyList<ChatMessage> Messages, ChatOptions Options, int Bytes, int EstimatedTokens);
