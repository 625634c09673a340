using System.Globalization;
using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Coordinator.Models;

/// <summary>
/// Turns what can go wrong with a model server into errors a person can act on. Messages are one line and never hold a key.
/// </summary>
internal static class ModelErrors
{
    private const int EnvironmentExitCode = 6;
    private const int MaxServerText = 300;

    private const string HowToSetUp =
        "Start a local server (`ollama serve`, LM Studio, llama.cpp, MLX) or set inference.base_url; `agent-ide doctor` shows what is reachable.";

    // Wordings of OpenAI, vLLM, llama.cpp, LM Studio, Ollama, Groq, Mistral and Anthropic's compatible endpoint.
    private static readonly string[] ContextWordings =
    [
        "context_length_exceeded", "context length", "context size", "context window", "exceed_context", "context overflow",
        "context the overflows", "maximum model length", "prompt is too long", "reduce the length", "too many tokens", "input is too long",
    ];

    private static readonly string[] MissingModelWordings =
    [
        "not found", "does not exist", "no such model", "not loaded", "no models loaded", "invalid model", "unknown model", "not_found",
    ];

    public static ModelAttemptException Unreachable(string server, string cause, Exception? inner) =>
        new(new TaskError("modelUnreachable", $"No model answers at {server}: {OneLine(cause)}.", HowToSetUp, EnvironmentExitCode), inner)
        {
            IsTransient = true,
            IsUnreachable = true,
        };

    public static TaskError NothingFound(IEnumerable<LocalServer> tried, IReadOnlyList<string> withoutModels)
    {
        var places = string.Join(", ", tried.Select(server => string.Create(CultureInfo.InvariantCulture, $"{server.Name} :{server.Port}")));
        return withoutModels.Count == 0
            ? new("modelUnreachable", $"No model server answers on this machine (tried {places}).", HowToSetUp, EnvironmentExitCode)
            : new(
                "modelUnreachable",
                $"{string.Join(" and ", withoutModels)} answers but has no model.",
                "Get one, for example `ollama pull qwen3-coder`, or set inference.base_url and model.",
                EnvironmentExitCode);
    }

    /// <param name="model">The one that was asked for; null: any.</param>
    public static TaskError NoEditor(string? model) => new(
        "modelUnreachable",
        model is null ? "No editor with models of its own is attached." : $"No attached editor offers the model {model}.",
        "Open the repository in VS Code with Agent.Ide and a model provider such as GitHub Copilot, then `agent-ide resume`; or set inference.provider to another one.",
        EnvironmentExitCode);

    public static TaskError NoKey() => new(
        "modelUnauthorized",
        "The provider openai without a base_url is OpenAI's own service, which needs a key, and OPENAI_API_KEY is not set.",
        "Set OPENAI_API_KEY, or set inference.base_url to a local server.",
        EnvironmentExitCode);

    /// <summary>A status that is no success, by what the body says rather than the status alone.</summary>
    /// <param name="server">As messages name it.</param>
    /// <param name="status">HTTP status; 200 for an error object inside an answer.</param>
    /// <param name="error">What the server said, without secrets.</param>
    /// <param name="retryAfter">From the header.</param>
    public static ModelAttemptException FromServer(string server, int status, ServerError error, TimeSpan? retryAfter)
    {
        var said = error.Message.Length == 0 ? string.Empty : $": {OneLine(error.Message)}";
        if (status is 401 or 403)
        {
            // Not what the server said: servers repeat the key they refuse.
            return new(new TaskError(
                "modelUnauthorized",
                $"The model server at {server} refused the key ({status}).",
                "Check OPENAI_API_KEY, and that it is for this server."));
        }

        if (IsContextTooLong(status, error))
        {
            return new(new TaskError(
                "contextTooLong",
                $"The prompt is longer than what the model at {server} takes{said}",
                "Set context_budget.max_tokens to the model's window, or start the server with a larger one."));
        }

        if (status is 400 or 404 or 200 && IsMissingModel(error))
        {
            return new(new TaskError(
                "modelNotFound", $"The model server at {server} does not have the model{said}", "Set `model` to one it offers."));
        }

        if (status == 429)
        {
            var quota = error.Mentions("insufficient_quota") || error.Mentions("billing");
            return new(new TaskError(
                "rateLimited",
                $"The model server at {server} accepts no more requests for now (429){said}",
                quota
                    ? "The account's quota is used up: raise it, or use another model."
                    : "Wait and `agent-ide resume`, or lower inference.async_pool_size."))
            {
                IsTransient = !quota,
                RetryAfter = retryAfter,
            };
        }

        if (status is 408 or 409 or (>= 500 and not 501) or 200)
        {
            return new(new TaskError(
                "modelServerError",
                $"The model server at {server} failed ({(status == 200 ? "in its answer" : status.ToString(CultureInfo.InvariantCulture))}){said}",
                "Look at the server's own log; `agent-ide resume` tries again."))
            {
                IsTransient = true,
                RetryAfter = retryAfter,
            };
        }

        var hint = status is 404 or 405 or (>= 300 and < 400)
            ? "Check inference.base_url: for most servers it ends in /v1."
            : "Check that the server supports chat completions with tools for this model.";
        return new(new TaskError("requestRejected", $"The model server at {server} rejected the request ({status}){said}", hint));
    }

    public static ModelAttemptException Broken(string server, string cause, Exception? inner) =>
        new(new TaskError(
            "streamBroken",
            $"The answer of the model server at {server} broke off: {OneLine(cause)}.",
            "Look at the server's own log; `agent-ide resume` tries again."), inner)
        {
            IsTransient = true,
        };

    public static ModelAttemptException TimedOut(string server, TimeSpan after) =>
        Broken(server, string.Create(CultureInfo.InvariantCulture, $"nothing came for {after.TotalSeconds:0} s"), null);

    public static ModelAttemptException Invalid(string server, string cause, Exception? inner = null) =>
        new(new TaskError(
            "invalidAnswer",
            $"The model server at {server} sent an answer that cannot be read: {OneLine(cause)}.",
            "Check inference.base_url (it usually ends in /v1) and the server's version."), inner)
        {
            CanAskAgain = true,
        };

    public static ModelAttemptException Empty(string server, bool outOfTokens) =>
        new(new TaskError(
            "invalidAnswer",
            outOfTokens
                ? $"The answer of the model at {server} ended at its length limit before it said or called anything."
                : $"The model at {server} gave an empty answer, without text and without tool calls.",
            "Another model, or a larger context_budget.max_tokens, may do better."))
        {
            CanAskAgain = true,
        };

    public static ModelAttemptException TooLarge(string server, int limit) =>
        new(new TaskError(
            "answerTooLarge",
            string.Create(
                CultureInfo.InvariantCulture, $"The answer of the model at {server} is larger than {limit / 1_000_000.0:0.#} million characters."),
            "It was not read to its end; ask for smaller steps."))
        {
            CanAskAgain = true,
        };

    public static TaskError Configuration(string code, string message, string hint) => new(code, message, hint, ExitCode: 2);

    private static bool IsContextTooLong(int status, ServerError error) =>
        status == 413 || (status is 200 or 400 or 422 or 500 && Array.Exists(ContextWordings, error.Mentions));

    private static bool IsMissingModel(ServerError error) =>
        error.Mentions("model") && Array.Exists(MissingModelWordings, error.Mentions);

    private static string OneLine(string text)
    {
        var line = text.ReplaceLineEndings(" ").Trim().TrimEnd('.');
        return line.Length <= MaxServerText ? line : line[..MaxServerText] + "…";
    }
}
