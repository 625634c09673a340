using System.Text.Json;
using Agent.Ide.Coordinator.Storage;
using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Core.Loop;
using Agent.Ide.Core.Tasks;
using Agent.Ide.Protocol;
using Microsoft.Extensions.Logging;

namespace Agent.Ide.Coordinator.Approvals;

/// <summary>
/// The calls that the user allowed in every task of one repository. They lie in the user's state folder, which no sandbox shows
/// and no clone brings along, under the real path of the repository's common git folder.
/// </summary>
public sealed class RepositoryApprovals : IStandingApprovals
{
    /// <summary>More than a person can look through is a mistake.</summary>
    private const int MaxAnswers = 500;

    private readonly UserStateFile? _file;
    private readonly string _repository;
    private readonly AuditLog _audit;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    /// <param name="file">Absolute; null where the user has no state folder: then nothing can be remembered.</param>
    /// <param name="commonDirectory">The repository's common git folder, reached by any path.</param>
    /// <param name="audit">Gets a line when an answer is given, used or taken back.</param>
    /// <param name="time">Stamps answers.</param>
    /// <param name="logger">Hears of a file that does not count.</param>
    public RepositoryApprovals(string? file, string commonDirectory, AuditLog audit, TimeProvider time, ILogger logger)
    {
        _file = file is null ? null : new UserStateFile(file);
        _repository = RealPath.Of(commonDirectory);
        _audit = audit;
        _time = time;
        _logger = logger;
    }

    /// <summary>All answers that stand, oldest first.</summary>
    /// <param name="problem">One line for a person where the file does not count.</param>
    public IReadOnlyList<StandingAnswer> List(out string? problem)
    {
        problem = null;
        return _file is null ? [] : Parse(_file.Read(out problem), ref problem).Repositories.GetValueOrDefault(_repository)?.Answers ?? [];
    }

    public Task<bool> CoverAsync(string task, ApprovalRequested request, CancellationToken cancellationToken)
    {
        var answers = List(out var problem);
        if (problem is not null)
        {
            _logger.LogWarning("Approvals of the repository: {Problem}.", problem);
        }

        var answer = answers.FirstOrDefault(answer =>
            answer.Tool == request.Tool && answer.Arguments == request.Arguments && ApprovalRules.Covers(answer.Reason, request.Reason));
        if (answer is null)
        {
            return Task.FromResult(false);
        }

        try
        {
            _audit.Write("approval", task, "AllowedByRepository", detail: $"{answer.Number}: {request.Summary}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What cannot be written down is not done without asking.
            _logger.LogError(e, "The use of approval {Number} in task {Task} could not be written down, so a person is asked.", answer.Number, task);
            return Task.FromResult(false);
        }

        return Task.FromResult(true);
    }

    /// <summary>Remembers what a person allowed; the same call twice is one answer.</summary>
    /// <exception cref="RequestFailedException">It cannot be remembered; nothing was.</exception>
    public Task RememberAsync(string task, ApprovalRequested request, CancellationToken cancellationToken)
    {
        if (request.Reason is ApprovalRequested.Remote or ApprovalRequested.Network)
        {
            throw new RequestFailedException(
                "cannotRemember",
                request.Reason == ApprovalRequested.Network
                    ? "The network is allowed to one task at a time."
                    : $"{request.Tool} leaves this machine, so it is asked for each time.",
                $"`agent-ide approve {task} {request.CallId}` allows it here.",
                ExitCodes.Usage);
        }

        return ChangeAsync(
            answers =>
            {
                var known = answers.Answers.Where(answer =>
                    answer.Tool == request.Tool && answer.Arguments == request.Arguments && ApprovalRules.Covers(request.Reason, answer.Reason));
                List<StandingAnswer> others = [.. answers.Answers.Except(known)];
                if (others.Count >= MaxAnswers)
                {
                    throw new RequestFailedException(
                        "tooManyApprovals",
                        $"{MaxAnswers} calls are allowed in this repository; there is no room for another.",
                        "`agent-ide approvals` lists them, `agent-ide approvals revoke N` takes one back.",
                        ExitCodes.Usage);
                }

                others.Add(new StandingAnswer(answers.Next, request.Tool, request.Arguments, request.Reason, _time.GetUtcNow(), task));
                return new RepositoryAnswers(answers.Next + 1, others);
            },
            cancellationToken);
    }

    /// <param name="numbers">Which; null: all.</param>
    /// <param name="cancellationToken">Ends the wait for another writer.</param>
    /// <returns>What was taken back.</returns>
    /// <exception cref="RequestFailedException">One of them is not there, or the file cannot be written; nothing was taken back.</exception>
    public async Task<IReadOnlyList<StandingAnswer>> RevokeAsync(IReadOnlyList<int>? numbers, CancellationToken cancellationToken)
    {
        IReadOnlyList<StandingAnswer> revoked = [];
        await ChangeAsync(
            answers =>
            {
                if (numbers?.Except(answers.Answers.Select(answer => answer.Number)).ToList() is { Count: > 0 } unknown)
                {
                    throw new RequestFailedException(
                        "unknownApproval", $"There is no approval {unknown[0]} in this repository.", "`agent-ide approvals` lists them.", ExitCodes.Usage);
                }

                revoked = [.. answers.Answers.Where(answer => numbers?.Contains(answer.Number) ?? true)];
                return answers with { Answers = [.. answers.Answers.Except(revoked)] };
            },
            cancellationToken);
        foreach (var answer in revoked)
        {
            _audit.Write("approval", null, "Revoked", detail: $"{answer.Number}: {ApprovalSummary.Of(answer.Tool, answer.Arguments)}");
        }

        return revoked;
    }

    private async Task ChangeAsync(Func<RepositoryAnswers, RepositoryAnswers> change, CancellationToken cancellationToken)
    {
        var file = _file ?? throw new RequestFailedException(
            "noStateFolder", "There is no folder to remember approvals in.", "Set HOME or XDG_STATE_HOME.", ExitCodes.Environment);
        try
        {
            await file.ChangeAsync(
                bytes =>
                {
                    string? problem = null;
                    var stored = Parse(bytes, ref problem);
                    stored.Repositories[_repository] = change(stored.Repositories.GetValueOrDefault(_repository) ?? new RepositoryAnswers(1, []));
                    return writer => JsonSerializer.Serialize(writer, stored, StandingAnswersJson.Default.StoredAnswers);
                },
                cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RequestFailedException(
                "cannotRemember", $"{file.Path} cannot be written: {e.Message}", "Nothing was remembered; allow the call for its task alone.", ExitCodes.Environment, e);
        }
    }

    private StoredAnswers Parse(byte[]? bytes, ref string? problem)
    {
        try
        {
            if (bytes is not null && JsonSerializer.Deserialize(bytes, StandingAnswersJson.Default.StoredAnswers) is { Version: 1 } stored)
            {
                // Arguments that are none of the tool's would fail whoever shows them.
                foreach (var answer in stored.Repositories.Values.SelectMany(answers => answers.Answers))
                {
                    _ = ApprovalSummary.Of(answer.Tool, answer.Arguments);
                }

                return stored;
            }
        }
        catch (JsonException)
        {
            problem = _file?.Damaged;
        }

        return new StoredAnswers { Repositories = new Dictionary<string, RepositoryAnswers>(StringComparer.Ordinal) };
    }
}
