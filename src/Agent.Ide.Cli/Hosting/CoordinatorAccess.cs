using System.Collections.ObjectModel;
using Agent.Ide.Cli.CommandLine;
using Agent.Ide.Client;
using Agent.Ide.Client.Connecting;
using Agent.Ide.Git;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Endpoint;

namespace Agent.Ide.Cli.Hosting;

/// <summary>Repositories as git finds them, and the coordinator of each, which is this very executable under another verb.</summary>
internal sealed class CoordinatorAccess : ICoordinatorAccess
{
    private readonly CoordinatorConnector _connector = new();

    public async Task<RepositoryLocation> LocateAsync(string directory, CancellationToken cancellationToken)
    {
        var program = await GitProgram.LocateAsync(cancellationToken: cancellationToken);
        var repository = await GitRepository.OpenAsync(program, directory, cancellationToken);
        return new RepositoryLocation(repository.Checkout.Root, repository.CommonDirectory);
    }

    public async Task<Stream> OpenAsync(RepositoryLocation repository, IReadOnlyDictionary<string, string> variables, CancellationToken cancellationToken) =>
        (await ConnectAsync(repository, variables, startIfMissing: true, cancellationToken))!;

    public Task<Stream?> TryOpenAsync(RepositoryLocation repository, CancellationToken cancellationToken) =>
        ConnectAsync(repository, ReadOnlyDictionary<string, string>.Empty, startIfMissing: false, cancellationToken);

    public int? ProcessIdOf(RepositoryLocation repository) => CoordinatorLocation.For(repository.CommonDirectory).ReadEndpoint()?.Pid;

    private async Task<Stream?> ConnectAsync(
        RepositoryLocation repository, IReadOnlyDictionary<string, string> variables, bool startIfMissing, CancellationToken cancellationToken)
    {
        try
        {
            var location = CoordinatorLocation.For(repository.CommonDirectory);
            var connection = await _connector.ConnectAsync(location, ProgramFor(repository, variables), startIfMissing, cancellationToken);
            return connection?.Stream;
        }
        catch (Exception exception) when (exception is CoordinatorUnavailableException or CoordinatorLocationException)
        {
            throw new AgentRequestException(exception.Message, new AgentError("coordinatorUnavailable", null, ExitCodes.Environment), exception);
        }
    }

    private static CoordinatorProgram ProgramFor(RepositoryLocation repository, IReadOnlyDictionary<string, string> variables)
    {
        var command = OwnCommand.For("coordinator", HiddenVerbs.Serve, HiddenVerbs.CommonDirectory, repository.CommonDirectory, HiddenVerbs.Checkout, repository.Checkout);
        return new CoordinatorProgram { FileName = command[0], Arguments = [.. command.Skip(1)], Variables = variables, Version = ProductVersion.Text };
    }
}
