using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Core.Loop;

/// <summary>Answers that a person gave for a call in every task of the repository.</summary>
public interface IStandingApprovals
{
    /// <summary>Looks for an answer that covers a request, and writes down that it was used.</summary>
    /// <returns>False: a person has to be asked.</returns>
    Task<bool> CoverAsync(string task, ApprovalRequested request, CancellationToken cancellationToken);
}

/// <summary>Nothing was answered in advance.</summary>
public sealed class NoStandingApprovals : IStandingApprovals
{
    public Task<bool> CoverAsync(string task, ApprovalRequested request, CancellationToken cancellationToken) => Task.FromResult(false);
}
