using System.Globalization;
using Agent.Ide.Core.Budget;
using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Core.Loop;

/// <summary>The ways in which the loop itself ends a task as failed: what happened, which limit, what to do.</summary>
internal static class LoopErrors
{
    private const string KeptWork = "The work so far is kept: look at it with `agent-ide diff`, then resume with a message, accept or discard.";

    public static TaskError ApprovalUnavailable(string tool, string reason) => new(
        "approvalUnavailable",
        reason switch
        {
            ApprovalRequested.NoSandbox => $"{tool} needs a person's approval because there is no sandbox here, and nobody can be asked.",
            ApprovalRequested.Network => "The network needs a person's approval in each task, and nobody can be asked.",
            _ => $"{tool} needs a person's approval ({reason}), and nobody can be asked.",
        },
        reason switch
        {
            ApprovalRequested.NoSandbox => "Install bubblewrap (see `agent-ide doctor`), or run the task where its approvals can be answered.",
            ApprovalRequested.Network => "Allow it when the task is made (`agent-ide run --network full --allow-network`), or set `network: none`.",
            ApprovalRequested.Remote => "Run the task where its approvals can be answered.",
            _ => "Change its `approval` in the configuration, or run the task where its approvals can be answered.",
        },
        ExitCode: 5);

    public static TaskError RepeatedCall(string tool, int times) => new(
        "loopGuard", $"The model made the same {tool} call {times} times and got the same result each time.", KeptWork);

    public static TaskError TooManySteps(int limit) => new(
        "loopGuard", $"The task took {limit} steps, its limit, without coming to an end.", KeptWork);

    public static TaskError NoProgress(int steps) => new(
        "loopGuard", $"The last {steps} steps all ended in errors.", KeptWork);

    public static TaskError InvalidAnswers(int times, string last) => new(
        "invalidAnswer", $"The model gave {times} answers in a row that could not be used; the last one: {OneLine.Of(RejectedAnswer.Reason(last), 200)}", "Try another model, or resume.");

    public static TaskError TimeLimit(int seconds) => new(
        "timeLimit",
        $"The task ran for {seconds.ToString(CultureInfo.InvariantCulture)} s, its limit (resource_limits.time_seconds).",
        KeptWork);

    public static TaskError ContextTooLong(ContextTooLongException cause, int limit) => new(
        "contextTooLong",
        cause.Message,
        cause.RefusedByServer
            ? "Start the server with a larger context and set context_budget.max_tokens to it, shorten the prompt or AGENTS.md, or take another model; then resume."
            : $"Raise context_budget.max_tokens (now {limit.ToString(CultureInfo.InvariantCulture)}) if the model allows it, or shorten the prompt or AGENTS.md.");

    public static TaskError ToolHost(string tool, int step, Exception cause) => new(
        "toolHostFailed", $"Step {step} ({tool}) could not run: {OneLine.Of(cause.Message, 300)}", "See the coordinator's log, then resume the task.");

    public static TaskError Model(Exception cause) => new(
        "modelFailed", $"The model request failed: {OneLine.Of(cause.Message, 300)}", "See the coordinator's log, then resume the task.");
}
