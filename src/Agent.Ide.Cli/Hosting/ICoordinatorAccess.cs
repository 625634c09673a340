using Agent.Ide.Client;
using Agent.Ide.Git;

namespace Agent.Ide.Cli.Hosting;

/// <summary>The way to repositories and their coordinators.</summary>
internal interface ICoordinatorAccess
{
    /// <summary>Finds the repository of a folder.</summary>
    /// <exception cref="GitException">There is none, or it may not be used.</exception>
    Task<RepositoryLocation> LocateAsync(string directory, CancellationToken cancellationToken);

    /// <summary>Connects to the repository's coordinator, starting it where none runs.</summary>
    /// <param name="repository">Whose coordinator.</param>
    /// <param name="variables">Environment variables that one that is started gets beside this process's own.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="AgentRequestException">It cannot be started or does not answer.</exception>
    Task<Stream> OpenAsync(RepositoryLocation repository, IReadOnlyDictionary<string, string> variables, CancellationToken cancellationToken);

    /// <summary>Connects to the repository's coordinator; null where none runs.</summary>
    Task<Stream?> TryOpenAsync(RepositoryLocation repository, CancellationToken cancellationToken);

    /// <summary>Process id of the repository's coordinator by its own account; null where it gives none.</summary>
    int? ProcessIdOf(RepositoryLocation repository);
}

/// <param name="Checkout">Root of the checkout the user is in; absolute.</param>
/// <param name="CommonDirectory">Real path of the common git directory: the repository's identity.</param>
internal sealed record RepositoryLocation(string Checkout, string CommonDirectory);
