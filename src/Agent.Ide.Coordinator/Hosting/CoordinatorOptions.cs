using Agent.Ide.Coordinator.Hosting.Connections;
using Agent.Ide.Coordinator.Secrets;
using Agent.Ide.Coordinator.Storage;
using Agent.Ide.Core.Scripting;

namespace Agent.Ide.Coordinator.Hosting;

/// <summary>What a coordinator is started with. Everything else it finds in the repository.</summary>
public sealed record CoordinatorOptions
{
    /// <summary>Absolute real path of the git common directory.</summary>
    public required string CommonDirectory { get; init; }

    /// <summary>
    /// Root of the checkout of whoever started it, where git itself knows of none: a git directory may be kept where nothing in it names its
    /// checkout. Null: none is known.
    /// </summary>
    public string? Checkout { get; init; }

    /// <summary>Version of the product, told to every client.</summary>
    public required string Version { get; init; }

    /// <summary>The command that starts a worker, without the worker's own arguments: program and leading arguments.</summary>
    public required IReadOnlyList<string> WorkerCommand { get; init; }

    /// <summary>The environment of whoever started it.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>What the scripted model says where no script is named.</summary>
    public Func<ModelScript>? DefaultScript { get; init; }

    /// <summary>What connections serve beside <c>agent/*</c>: makes one part per connection.</summary>
    public IReadOnlyList<Func<SessionContext, ISessionPart>> SessionParts { get; init; } = [];

    /// <summary>Opens, or makes, a task's log at a path.</summary>
    public Func<string, ITaskLogFile> OpenTaskLog { get; init; } = static path => new TaskLogFile(path);

    /// <summary>What connections may take.</summary>
    public ConnectionLimits Connections { get; init; } = new();

    /// <summary>Knows the keys that must not be written down or told.</summary>
    public SecretRedactor Secrets { get; init; } = new();

    /// <summary>How long it stays after the last client left and the last task ended.</summary>
    public TimeSpan IdleExit { get; init; } = TimeSpan.FromMinutes(5);
}
