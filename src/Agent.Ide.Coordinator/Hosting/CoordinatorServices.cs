using Agent.Ide.Coordinator.Approvals;
using Agent.Ide.Coordinator.Conversations;
using Agent.Ide.Coordinator.Models.Editors;
using Agent.Ide.Coordinator.Review;
using Agent.Ide.Coordinator.Setup;
using Agent.Ide.Coordinator.Storage;
using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Git;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Setup;

namespace Agent.Ide.Coordinator.Hosting;

/// <summary>What sessions call: the coordinator's services, made once by <see cref="CoordinatorHost"/>.</summary>
public sealed record CoordinatorServices
{
    public required CoordinatorOptions Options { get; init; }

    public required GitRepository Repository { get; init; }

    public required BoardFile Board { get; init; }

    public required TaskFeed Feed { get; init; }

    public required TaskRegistry Tasks { get; init; }

    public required TaskCreation Creation { get; init; }

    public required TaskForks Forks { get; init; }

    public required TaskReview Review { get; init; }

    public required ConflictReview Conflicts { get; init; }

    public required RepositoryApprovals Approvals { get; init; }

    public required TaskWorktrees Worktrees { get; init; }

    public required UnsavedFiles Unsaved { get; init; }

    public required EditorModels EditorModels { get; init; }

    public required Doctor Doctor { get; init; }

    public required Func<CancellationToken, Task<CoordinatorStatus>> StatusAsync { get; init; }

    /// <summary>Ends the coordinator, in good order, once the answer to this request is on its way.</summary>
    public required Action RequestStop { get; init; }

    /// <summary>
    /// The environment a client's requests count with: the coordinator's own without anyone's settings and keys, then the
    /// client's. A client that sent none speaks for whoever started the coordinator.
    /// </summary>
    public IReadOnlyDictionary<string, string> EnvironmentOf(IReadOnlyDictionary<string, string>? client)
    {
        if (client is null)
        {
            return Options.Environment;
        }

        Options.Secrets.Learn(client);
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in Options.Environment)
        {
            if (!ClientVariables.IsPersonal(name))
            {
                environment[name] = value;
            }
        }

        foreach (var (name, value) in client)
        {
            environment[name] = value;
        }

        return environment;
    }
}
