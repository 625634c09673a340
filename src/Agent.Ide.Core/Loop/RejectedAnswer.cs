namespace Agent.Ide.Core.Loop;

/// <summary>Wraps why an answer was of no use into words for the model, and takes it out again for people.</summary>
internal static class RejectedAnswer
{
    private const string Before = "Your last answer could not be used: ";
    private const string After = " Answer again.";

    public static string ToModel(string reason) => Before + reason + After;

    /// <returns>The reason alone; other texts as they are.</returns>
    public static string Reason(string toModel) =>
        toModel.StartsWith(Before, StringComparison.Ordinal) && toModel.EndsWith(After, StringComparison.Ordinal)
            ? toModel[Before.Length..^After.Length]
            : toModel;
}
