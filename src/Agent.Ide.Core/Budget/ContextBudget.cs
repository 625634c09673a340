using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Core.Budget;

/// <summary>A task's budget, in tokens. <see cref="Limit"/> is hard: prompt plus reserved output never exceed it.</summary>
public sealed record ContextBudget
{
    /// <summary>Where neither the configuration nor the provider says how large the window is.</summary>
    public const int DefaultLimit = 8192;

    private const int MaxReservedOutput = 4096;

    // Results are cut by characters, so that what a step left in the log does not depend on a calibration that moves.
    private const double ResultCharactersPerToken = 0.75;
    private const int MinResultCharacters = 1_000;
    private const int MaxResultCharacters = 40_000;

    public ContextBudget(TaskSettings settings, int? modelWindow)
    {
        Limit = settings.MaxTokens ?? modelWindow ?? DefaultLimit;
        ReservedOutput = Math.Max(1, Math.Min(Limit / 4, MaxReservedOutput));
        PromptLimit = Limit - ReservedOutput;
        Threshold = (int)(Limit * Math.Clamp(settings.CompactionThreshold, 0.1, 1));
        MakeRoomAbove = Math.Min(Threshold - (ReservedOutput / 4), PromptLimit);
        LargestResult = (int)Math.Clamp(Limit * ResultCharactersPerToken, MinResultCharacters, MaxResultCharacters);
    }

    /// <summary>Prompt plus reserved output.</summary>
    public int Limit { get; }

    /// <summary>What an answer may take, sent as the request's maximum.</summary>
    public int ReservedOutput { get; }

    /// <summary>What a prompt may take.</summary>
    public int PromptLimit { get; }

    /// <summary>Where the gauge shows that room is made.</summary>
    public int Threshold { get; }

    /// <summary>The estimated prompt above which room is made: the threshold, less a usual answer.</summary>
    public int MakeRoomAbove { get; }

    /// <summary>Characters above which a tool's result is sent as a summary with a reference.</summary>
    public int LargestResult { get; }
}
