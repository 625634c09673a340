using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Agent.Ide.Coordinator.Models.Editors;
using Agent.Ide.JsonRpc;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Models;
using Agent.Ide.Protocol.Tasks;

namespace Agent.Ide.LanguageServer.Sessions;

/// <summary>The language models of the editor at the other end of a connection.</summary>
public sealed class EditorLanguageModels(RpcConnection connection, string name) : IEditorModelSource
{
    private readonly ConcurrentDictionary<string, Action> _underWay = new(StringComparer.Ordinal);
    private int _turns;

    public string Name => name;

    public Task<EditorModelsResult> ListAsync(CancellationToken cancellationToken) => connection.InvokeAsync(
        AgentMethods.EditorModels, new EmptyParams(), AgentJson.Default.EmptyParams, AgentJson.Default.EditorModelsResult, cancellationToken);

    public async Task<ModelChatResult> ChatAsync(ModelChatParams request, Action onPart, CancellationToken cancellationToken)
    {
        var token = string.Create(CultureInfo.InvariantCulture, $"agent-model-{Interlocked.Increment(ref _turns)}");
        _underWay[token] = onPart;
        try
        {
            return await connection.InvokeAsync(
                AgentMethods.EditorChat,
                request with { PartialResultToken = token },
                AgentJson.Default.ModelChatParams,
                AgentJson.Default.ModelChatResult,
                cancellationToken);
        }
        finally
        {
            _underWay.TryRemove(token, out _);
        }
    }

    /// <summary>A piece of an answer came; one of a turn that is over is late, and of no interest.</summary>
    public void Progress(ModelProgressParams progress)
    {
        if (progress.Token.ValueKind == JsonValueKind.String && _underWay.TryGetValue(progress.Token.GetString()!, out var onPart))
        {
            onPart();
        }
    }
}
