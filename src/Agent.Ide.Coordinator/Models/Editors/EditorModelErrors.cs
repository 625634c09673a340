using System.Globalization;
using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Coordinator.Models.Editors;

/// <summary>
/// What can go wrong with a model of an attached editor, with the same codes as of a server (<see cref="ModelErrors"/>): what a person looks at is
/// the editor, for there is no server that they could start, address or give a key.
/// </summary>
internal static class EditorModelErrors
{
    private const string LookThere = "Look at the editor's own messages about its models; `agent-ide resume` tries again.";

    private const int MaxCauseCharacters = 300;

    /// <param name="model">As messages name it: <c>GPT of Visual Studio Code</c>.</param>
    public static ModelAttemptException TimedOut(string model, TimeSpan after) =>
        Broken(model, string.Create(CultureInfo.InvariantCulture, $"nothing came for {after.TotalSeconds:0} s"), null);

    public static ModelAttemptException Broken(string model, string cause, Exception? inner) =>
        new(new TaskError("streamBroken", $"The answer of {model} broke off: {Shown(cause)}.", LookThere), inner) { IsTransient = true };

    public static ModelAttemptException Refused(string model, string cause, Exception inner) =>
        new(new TaskError("requestRejected", $"{model} gave no answer: {Shown(cause)}.", LookThere), inner);

    public static ModelAttemptException Invalid(string model, string cause, Exception inner) =>
        new(new TaskError("invalidAnswer", $"{model} sent an answer that cannot be read: {Shown(cause)}.", "Update Agent.Ide in the editor and on this machine; `agent-ide resume` tries again."), inner)
        {
            CanAskAgain = true,
        };

    public static ModelAttemptException Empty(string model) =>
        new(new TaskError("invalidAnswer", $"{model} gave an empty answer, without text and without tool calls.", "Another model may do better: set `model`."))
        {
            CanAskAgain = true,
        };

    public static ModelAttemptException TooLarge(string model, int limit) =>
        new(new TaskError(
            "answerTooLarge",
            string.Create(CultureInfo.InvariantCulture, $"The answer of {model} is larger than {limit / 1_000_000.0:0.#} million characters."),
            "It was not used; ask for smaller steps."))
        {
            CanAskAgain = true,
        };

    private static string Shown(string cause) => Core.Loop.OneLine.Of(cause, MaxCauseCharacters).TrimEnd('.');
}
