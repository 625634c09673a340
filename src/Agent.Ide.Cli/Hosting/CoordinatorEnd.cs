using System.Globalization;
using Agent.Ide.Client;
using Agent.Ide.Processes;
using Agent.Ide.Protocol;

namespace Agent.Ide.Cli.Hosting;

/// <summary>Ends a coordinator, and waits until its process is gone.</summary>
internal static class CoordinatorEnd
{
    /// <summary>A coordinator puts its workers away first; that takes well under a second.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <remarks>
    /// The end of the connection is not enough: after it the coordinator still ends its workers and closes its files, and whoever
    /// was told that it has stopped may remove the repository, or unmount it, at once.
    /// </remarks>
    /// <exception cref="AgentRequestException">It was told to end, and still runs.</exception>
    public static Task StopAsync(CliHost host, RepositoryLocation repository, AgentClient client, CancellationToken cancellationToken) => StopAsync(
        host,
        repository,
        async token =>
        {
            await client.StopCoordinatorAsync(token);
            await client.WaitForEndAsync(token);
        },
        cancellationToken);

    /// <summary>The same without attaching, for a coordinator of any version.</summary>
    /// <returns>False when none runs.</returns>
    /// <exception cref="AgentRequestException">It was told to end, and still runs.</exception>
    public static async Task<bool> StopAsync(CliHost host, RepositoryLocation repository, CancellationToken cancellationToken)
    {
        await using var stream = await host.Coordinators.TryOpenAsync(repository, cancellationToken);
        if (stream is null)
        {
            return false;
        }

        await StopAsync(host, repository, token => CoordinatorStop.RequestAsync(stream, token), cancellationToken);
        return true;
    }

    private static async Task StopAsync(CliHost host, RepositoryLocation repository, Func<CancellationToken, Task> ask, CancellationToken cancellationToken)
    {
        var processId = host.Coordinators.ProcessIdOf(repository);
        await ask(cancellationToken);
        if (processId is not { } process)
        {
            return;
        }

        using var patience = new CancellationTokenSource(Patience, host.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await ChildProcess.WaitForEndAsync(process, either.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new AgentRequestException(
                string.Create(CultureInfo.InvariantCulture, $"The coordinator, process {process}, was told to end and still runs after {Patience.TotalSeconds} s."),
                new AgentError("coordinatorRuns", $"End it yourself (kill {process}); its tasks go on from their last stored step.", ExitCodes.Failed),
                exception);
        }
    }
}
