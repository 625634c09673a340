using System.Collections.Concurrent;
using Agent.Ide.Coordinator.Models.Editors;
using Agent.Ide.Coordinator.Secrets;
using Agent.Ide.Core.Scripting;
using Agent.Ide.Core.Tasks;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace Agent.Ide.Coordinator.Models;

/// <summary>
/// The models of tasks. Each task speaks with the key of whoever made it, held in memory only; tasks with the same key share
/// a gateway, and with it the limit on requests under way. After a restart the key is that of whoever started the coordinator.
/// </summary>
public sealed class TaskModels : IDisposable
{
    private readonly ConcurrentDictionary<(string? Key, int PoolSize), Lazy<ModelGateway>> _gateways = new();
    private readonly ConcurrentDictionary<string, IReadOnlyDictionary<string, string>> _environments = new(StringComparer.Ordinal);
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly Func<ModelScript>? _defaultScript;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SecretRedactor _secrets;

    /// <param name="environment">Of the coordinator.</param>
    /// <param name="defaultScript">What the scripted model says where no script is named; null: then one has to be named.</param>
    /// <param name="time">Measures waits and timeouts.</param>
    /// <param name="logger">Gets a line per retry; never a key.</param>
    /// <param name="secrets">Learns the keys, and takes them out of what servers say.</param>
    public TaskModels(
        IReadOnlyDictionary<string, string> environment, Func<ModelScript>? defaultScript, TimeProvider time, ILogger logger, SecretRedactor? secrets = null)
    {
        _secrets = secrets ?? new SecretRedactor();
        _environment = environment;
        _defaultScript = defaultScript;
        _time = time;
        _logger = logger;
    }

    /// <summary>Decides which model answers a task, before anything of the task exists.</summary>
    /// <exception cref="Core.Loop.ModelRequestException">There is none, or the settings cannot work.</exception>
    public Task<ModelChoice> ChooseAsync(
        TaskSettings settings, string? model, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken) =>
        Gateway(settings, environment).CheckAsync(settings, model, cancellationToken);

    /// <summary>The models of the editors that are attached.</summary>
    public EditorModels Editors { get; } = new();

    /// <summary>Keeps, for as long as this process lives, whose key a task speaks with.</summary>
    public void Remember(string task, IReadOnlyDictionary<string, string> environment) => _environments[task] = environment;

    /// <exception cref="Core.Loop.ModelRequestException">The model is not there any more.</exception>
    public Task<IChatClient> ClientOfAsync(TaskCreated task, CancellationToken cancellationToken) =>
        Gateway(task.Settings, _environments.GetValueOrDefault(task.Id, _environment)).ForTaskAsync(task.Settings, task.Model, cancellationToken);

    public void Dispose()
    {
        foreach (var gateway in _gateways.Values.Where(gateway => gateway.IsValueCreated))
        {
            gateway.Value.Dispose();
        }
    }

    private ModelGateway Gateway(TaskSettings settings, IReadOnlyDictionary<string, string> environment)
    {
        var key = environment.GetValueOrDefault(ModelGateway.KeyVariable);
        _secrets.LearnSent(key);
        return _gateways.GetOrAdd(
            (key, settings.RequestPlaces),
            chosen => new Lazy<ModelGateway>(() => new ModelGateway( // Lazy: two callers at once must not make two limits.
                new ModelGatewayOptions { MaxConcurrentRequests = chosen.PoolSize, DefaultScript = _defaultScript, Secrets = _secrets, Editors = Editors },
                name => name == ModelGateway.KeyVariable ? chosen.Key : null,
                _time,
                _logger))).Value;
    }
}
