using System.Security.Cryptography;
using Agent.Ide.Processes;

namespace Agent.Ide.Git.Merging.Accept;

/// <summary>
/// The processes of an accept: each git that changes the checkout or the branch, and the filters it starts, carry the accept's mark in
/// their environment. They outlive a coordinator that is killed and would write over what recovery, and then the user, have put there.
/// </summary>
internal static class AcceptProcesses
{
    private const string Variable = "AGENT_IDE_ACCEPT";
    private const int MarkDigits = 32;

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static string NewMark() => RandomNumberGenerator.GetHexString(MarkDigits, lowercase: true);

    /// <summary>The same command for this accept.</summary>
    public static GitCommand Marked(GitCommand git, AcceptJournal journal) =>
        journal.Mark.Length == 0 ? git : git.WithVariable(Variable, journal.Mark);

    /// <summary>Ends what is left of an interrupted accept, and returns when it is gone. To be called before recovery starts a git of its own.</summary>
    /// <exception cref="GitException">A process cannot be ended; nothing may be settled while it can still write.</exception>
    public static async Task EndAsync(AcceptJournal journal, TimeProvider time, CancellationToken cancellationToken)
    {
        if (journal.Mark.Length == 0)
        {
            return;
        }

        var left = await MarkedProcesses.EndAsync($"{Variable}={journal.Mark}", Grace, Patience, time, cancellationToken);
        if (left.Count > 0)
        {
            throw new GitException(
                GitProblem.InUse,
                $"Process {string.Join(", ", left)} of it still works in {journal.Checkout} and does not end, even by force.");
        }
    }
}
