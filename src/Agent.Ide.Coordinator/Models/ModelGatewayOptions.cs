using Agent.Ide.Coordinator.Models.Editors;
using Agent.Ide.Coordinator.Secrets;
using Agent.Ide.Core.Scripting;

namespace Agent.Ide.Coordinator.Models;

/// <summary>Bounds of the gateway. The defaults are for people waiting in front of local and hosted models.</summary>
public sealed record ModelGatewayOptions
{
    /// <summary><c>inference.async_pool_size</c>: requests under way at once, all tasks together.</summary>
    public int MaxConcurrentRequests { get; init; } = 4;

    /// <summary>Attempts at one request, the first included.</summary>
    public int MaxAttempts { get; init; } = 6;

    /// <summary>Wait before the second attempt; doubled for each later one.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Bound of any wait, one that the server asks for included.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>No attempt begins later than this after the first.</summary>
    public TimeSpan MaxRetryTime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The same where nothing answers at all. With <see cref="ConnectTimeout"/> on top it stays below the 5 s after which a person
    /// is told that there is no model.
    /// </summary>
    public TimeSpan MaxUnreachableTime { get; init; } = TimeSpan.FromSeconds(2);

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(2.5);

    /// <summary>Until an answer begins: a local server may load the model first and then read a long prompt.</summary>
    public TimeSpan FirstByteTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Between two pieces of a stream.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>For the check of a server before a task is made.</summary>
    public TimeSpan CheckTimeout { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>Characters of text and arguments of one answer. The longest answers of today's models have about 500,000.</summary>
    public int MaxAnswerCharacters { get; init; } = 4_000_000;

    /// <summary>Where <c>auto</c> looks, in order of preference.</summary>
    public IReadOnlyList<LocalServer> LocalServers { get; init; } = LocalServer.Usual;

    /// <summary>Takes keys out of what servers say.</summary>
    public SecretRedactor Secrets { get; init; } = new();

    /// <summary>The models of the editors that are attached.</summary>
    public EditorModels Editors { get; init; } = new();

    /// <summary>What the <c>scripted</c> provider says where no script is named; null: then one has to be named.</summary>
    public Func<ModelScript>? DefaultScript { get; init; }
}
