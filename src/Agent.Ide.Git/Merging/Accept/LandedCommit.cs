using System.Globalization;
using System.Text;

namespace Agent.Ide.Git.Merging.Accept;

/// <summary>Makes the commit that an accept lands: the user's own, by their identity and signing settings, with the task in its trailers.</summary>
internal static class LandedCommit
{
    /// <summary>Everything that keeps the user's commit from being made.</summary>
    internal sealed record Result(string? Commit, AcceptOutcome.Refused? Refusal);

    /// <param name="checkout">Commands on the user's checkout, so that their configuration counts.</param>
    /// <param name="request">Gives title, body, trailers, date and strategy.</param>
    /// <param name="tree">What lands.</param>
    /// <param name="tip">First parent.</param>
    /// <param name="advancedBase">The task's base from then on, when not all of it lands.</param>
    /// <param name="cancellationToken">Kills git.</param>
    public static async Task<Result> CreateAsync(
        GitCommand checkout, AcceptRequest request, string tree, string tip, string? advancedBase, CancellationToken cancellationToken)
    {
        // Without this git would make up an address from the name of the machine.
        var git = checkout.WithSetting("user.useConfigOnly", "true").WithSetting("core.fsync", "loose-object");
        foreach (var variable in (string[])["GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"])
        {
            if (await MissingIdentityAsync(git, variable, cancellationToken) is { } refusal)
            {
                return new Result(null, refusal);
            }
        }

        if (request.Date is { } date)
        {
            var text = "@" + GitIdentity.FormatDate(date);
            git = git.WithVariable("GIT_AUTHOR_DATE", text).WithVariable("GIT_COMMITTER_DATE", text);
        }

        List<string> arguments = ["commit-tree", tree, "-p", tip];
        if (request.Strategy == AcceptStrategy.Merge)
        {
            arguments.AddRange(["-p", request.ExpectedHead]);
        }

        var signing = await git.TryRunAsync(["config", "--type=bool", "--get", "commit.gpgsign"], default, cancellationToken);
        var signed = signing.ExitCode == 0 && signing.Line == "true";
        if (signed)
        {
            arguments.Add("-S");
        }

        arguments.AddRange(["-F", "-"]);
        var output = await git.TryRunAsync(arguments, Encoding.UTF8.GetBytes(MessageOf(request, advancedBase)), cancellationToken);
        if (output.ExitCode == 0)
        {
            return new Result(output.Line, null);
        }

        return signed
            ? new Result(null, new AcceptOutcome.Refused(
                AcceptRefusal.SigningFailed,
                $"Your commits are signed (commit.gpgsign) and signing failed: {LastLine(output.Error)}. "
                + "Unlock the key, or turn signing off for this repository, then accept again."))
            : throw GitCommand.Failure(arguments, output);
    }

    internal static string MessageOf(AcceptRequest request, string? advancedBase)
    {
        var subject = string.Join(' ', request.Title.Split((char[])['\r', '\n', '\0'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        var message = new StringBuilder(subject.Length > 0 ? subject : request.TaskId).Append("\n\n");
        var body = request.Body.Replace("\r", string.Empty, StringComparison.Ordinal).Replace("\0", string.Empty, StringComparison.Ordinal).Trim();
        if (body.Length > 0)
        {
            message.Append(body).Append("\n\n");
        }

        // A paragraph of their own, and the last: only this one is read as trailers, whatever the body says.
        return message
            .Append(CultureInfo.InvariantCulture, $"Co-authored-by: {GitIdentity.Agent.Name} <{GitIdentity.Agent.Email}>\n")
            .Append(CultureInfo.InvariantCulture, $"Agent-Task: {request.TaskId}\n")
            .Append(CultureInfo.InvariantCulture, $"Agent-Steps: {request.Steps}\n")
            .Append(CultureInfo.InvariantCulture, $"Agent-Head: {request.ExpectedHead}\n")
            .Append(advancedBase is null ? string.Empty : $"{AdvancedBase.Trailer}: {advancedBase}\n")
            .ToString();
    }

    private static async Task<AcceptOutcome.Refused?> MissingIdentityAsync(GitCommand git, string variable, CancellationToken cancellationToken)
    {
        var output = await git.TryRunAsync(["var", variable], default, cancellationToken);
        return output.ExitCode == 0
            ? null
            : new AcceptOutcome.Refused(
                AcceptRefusal.IdentityMissing,
                "git does not know who you are: set your name and address (git config --global user.name \"…\" and user.email \"…\"), then accept again.");
    }

    private static string LastLine(string error)
    {
        var trimmed = error.TrimEnd();
        return trimmed[(trimmed.LastIndexOf('\n') + 1)..];
    }
}
