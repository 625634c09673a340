using Agent.Ide.Core.Tasks;
using Agent.Ide.Core.Tools;

namespace Agent.Ide.Core.Loop;

/// <summary>
/// The limits within which a task runs. All count within the current <see cref="TaskRound"/>: whoever resumes a task
/// that a limit ended has granted it another round.
/// </summary>
internal static class LoopGuards
{
    /// <summary>From here on the model is told that it repeats itself.</summary>
    public const int RepeatsTold = 3;

    private const int RepeatsFailed = 5;
    private const int RejectedAnswers = 3;
    private const int StepsWithoutProgress = 20;

    /// <summary>Why the task must not do that; null when it may.</summary>
    public static TaskError? Check(TaskSnapshot snapshot, LoopDecision next, DateTimeOffset now)
    {
        // Ending, waiting and tidying up are always possible.
        if (next is not (LoopDecision.CallModel or LoopDecision.RunTool or LoopDecision.AskApproval or LoopDecision.RefuseCall))
        {
            return null;
        }

        return Repeats(snapshot) ?? Rejections(snapshot) ?? NoProgress(snapshot) ?? Steps(snapshot, next) ?? Time(snapshot, now);
    }

    /// <summary>Running time of the current round, waiting for a person not counted.</summary>
    public static TimeSpan RunningTime(TaskSnapshot snapshot, DateTimeOffset now)
    {
        var current = snapshot.RunningSince is { } since && now > since ? now - since : TimeSpan.Zero;
        return snapshot.RunningTime + current - snapshot.Round.RunningTimeBefore;
    }

    private static TaskError? Repeats(TaskSnapshot snapshot) =>
        snapshot.OpenStep is null && snapshot.Steps is [.., var last] && RepeatedCalls.OfLast(snapshot) is var times and >= RepeatsFailed
            ? LoopErrors.RepeatedCall(last.Tool, times)
            : null;

    private static TaskError? Rejections(TaskSnapshot snapshot)
    {
        var count = 0;
        var reason = string.Empty;
        for (var i = snapshot.Conversation.Count - 1; i >= snapshot.Round.FromTurn; i--)
        {
            if (snapshot.Conversation[i] is UserTurn { FromHarness: true } rejected)
            {
                reason = count == 0 ? rejected.Text : reason;
                count++;
            }
            else if (snapshot.Conversation[i] is not AssistantTurn { Calls.IsEmpty: true })
            {
                break;
            }
        }

        return count >= RejectedAnswers ? LoopErrors.InvalidAnswers(count, reason) : null;
    }

    private static TaskError? NoProgress(TaskSnapshot snapshot)
    {
        var steps = snapshot.Steps;
        if (steps.Count < StepsWithoutProgress || steps[^StepsWithoutProgress].Number <= snapshot.Round.AfterStep)
        {
            return null;
        }

        for (var i = steps.Count - StepsWithoutProgress; i < steps.Count; i++)
        {
            if (steps[i].ErrorCode is null)
            {
                return null;
            }
        }

        return LoopErrors.NoProgress(StepsWithoutProgress);
    }

    private static TaskError? Steps(TaskSnapshot snapshot, LoopDecision next)
    {
        var limit = snapshot.Created.Settings.MaxSteps;
        return next is not (LoopDecision.CallModel or LoopDecision.RunTool { Tool.Definition.Name: BuiltInTools.Finish })
            && snapshot.LastStep - snapshot.Round.AfterStep >= limit
                ? LoopErrors.TooManySteps(limit)
                : null;
    }

    private static TaskError? Time(TaskSnapshot snapshot, DateTimeOffset now)
    {
        var limit = snapshot.TimeSeconds;
        return RunningTime(snapshot, now) >= TimeSpan.FromSeconds(limit) ? LoopErrors.TimeLimit(limit) : null;
    }
}
