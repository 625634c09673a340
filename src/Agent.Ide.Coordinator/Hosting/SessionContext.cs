using System.Text.Json;
using Agent.Ide.Coordinator.Configuration;
using Agent.Ide.Coordinator.Tasks;
using Agent.Ide.Git;
using Agent.Ide.JsonRpc;
using Agent.Ide.Protocol;
using Microsoft.Extensions.Logging;

namespace Agent.Ide.Coordinator.Hosting;

/// <summary>
/// What the parts of one connection share: the connection itself, the services, and for whom it speaks, once that was said.
/// </summary>
public sealed class SessionContext
{
    private readonly TaskCompletionSource _closing = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RpcConnection? _connection;
    private ClientContext? _client;

    internal SessionContext(CoordinatorServices services, ILogger logger)
    {
        Services = services;
        Logger = logger;
    }

    public CoordinatorServices Services { get; }

    public ILogger Logger { get; }

    public RpcConnection Connection => _connection ?? throw new InvalidOperationException("Parts use the connection after they were registered.");

    /// <summary>For whom the connection speaks.</summary>
    /// <exception cref="RpcErrorException">Nobody has said it yet.</exception>
    public ClientContext Client => Volatile.Read(ref _client) ?? throw new RpcErrorException(
        RpcErrorCodes.ServerNotInitialized, "The first request of a connection is agent/attach or initialize.");

    public bool IsBound => Volatile.Read(ref _client) is not null;

    /// <summary>Ends when a part wants the connection closed; a handler cannot do so itself.</summary>
    internal Task Closing => _closing.Task;

    /// <exception cref="RpcErrorException">It was said already, for another checkout.</exception>
    public void Bind(ClientContext client)
    {
        var before = Interlocked.CompareExchange(ref _client, client, null);
        if (before is not null && before.Checkout != client.Checkout)
        {
            throw new RpcErrorException(RpcErrorCodes.InvalidRequest, $"This connection speaks for {before.Checkout.Root} already.");
        }

        Connection.MaxIncomingBytes = Services.Options.Connections.MaxMessageBytes;
    }

    /// <summary>From now on new tasks of this connection are like this where they do not say so themselves.</summary>
    public void Prefer(TaskDefaults defaults) => Volatile.Write(ref _client, Client with { Defaults = defaults });

    /// <summary>Closes the connection once the answer to the current request is on its way.</summary>
    public void Close() => _closing.TrySetResult();

    /// <summary>Turns what the services throw into errors a front end can show.</summary>
    public Func<TParams, CancellationToken, Task<TResult>> Guard<TParams, TResult>(Func<TParams, CancellationToken, Task<TResult>> handler) =>
        async (parameters, cancellationToken) =>
        {
            try
            {
                return await handler(parameters, cancellationToken);
            }
            catch (RequestFailedException e)
            {
                throw Error(e.Message, e.Error, e);
            }
            catch (ConfigurationException e)
            {
                throw Error(e.Message, new AgentError("configuration", null, ExitCodes.Usage), e);
            }
            catch (GitException e)
            {
                throw Error(e.Message, new AgentError(JsonNamingPolicy.CamelCase.ConvertName(e.Problem.ToString()), null, GitExitCode(e.Problem)), e);
            }
            catch (Core.Loop.ModelRequestException e)
            {
                throw Error(e.Message, new AgentError(e.Error.Code, e.Error.Hint, e.Error.ExitCode), e);
            }
            catch (TaskStoreException e)
            {
                throw Error(e.Message, new AgentError("storeFailed", "Free some space and try again.", ExitCodes.Environment), e);
            }
            catch (Exception e) when (e is not (OperationCanceledException or RpcErrorException))
            {
                // What nobody foresaw is told as well, but not by whoever does not know what must not be told.
                Logger.LogError(e, "A request failed.");
                throw Error(
                    $"Something in Agent.Ide itself went wrong: {e.Message.ReplaceLineEndings(" ")}",
                    new AgentError("internalError", "The coordinator's log has the details.", ExitCodes.Failed),
                    e);
            }
        };

    private RpcErrorException Error(string message, AgentError error, Exception cause)
    {
        var secrets = Services.Options.Secrets;
        var told = error with { Hint = error.Hint is { } hint ? secrets.Redact(hint) : null };
        return new(AgentError.RpcCode, secrets.Redact(message), JsonSerializer.SerializeToElement(told, AgentJson.Default.AgentError), cause);
    }

    private static int GitExitCode(GitProblem problem) => problem switch
    {
        GitProblem.UnknownCommit => ExitCodes.Usage,
        GitProblem.CommandFailed or GitProblem.RefMoved or GitProblem.NotOurs or GitProblem.TooLarge or GitProblem.InUse => ExitCodes.Failed,
        _ => ExitCodes.Environment,
    };

    internal void Use(RpcConnection connection) => _connection = connection;
}

/// <summary>A set of methods that connections serve. One per connection; disposed of with it.</summary>
public interface ISessionPart : IAsyncDisposable
{
    void Register(RpcRouter router);
}
