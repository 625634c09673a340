using System.Collections.Immutable;
using Agent.Ide.JsonRpc;
using Agent.Ide.Protocol.Models;

namespace Agent.Ide.Coordinator.Models.Editors;

/// <summary>An attached editor that has language models of its own.</summary>
public interface IEditorModelSource
{
    /// <summary>For people: <c>Visual Studio Code</c>.</summary>
    string Name { get; }

    /// <exception cref="RpcErrorException">The editor refuses.</exception>
    /// <exception cref="ConnectionClosedException">It is gone.</exception>
    Task<EditorModelsResult> ListAsync(CancellationToken cancellationToken);

    /// <param name="request">One turn.</param>
    /// <param name="onPart">Called whenever a piece of the answer arrives.</param>
    /// <param name="cancellationToken">Cancels the turn in the editor as well.</param>
    /// <exception cref="RpcErrorException">The editor refuses.</exception>
    /// <exception cref="ConnectionClosedException">It is gone.</exception>
    Task<ModelChatResult> ChatAsync(ModelChatParams request, Action onPart, CancellationToken cancellationToken);
}

/// <summary>The editors that offer models now. Whoever attached last is asked first: that is where the person is.</summary>
public sealed class EditorModels
{
    private readonly Lock _gate = new();
    private ImmutableList<IEditorModelSource> _sources = [];

    /// <returns>Disposing it takes the editor away again.</returns>
    public IDisposable Add(IEditorModelSource source)
    {
        lock (_gate)
        {
            _sources = _sources.Insert(0, source);
        }

        return new Removal(this, source);
    }

    /// <param name="model">Id of the model that is meant; null: the first one that is offered.</param>
    /// <param name="cancellationToken">Ends the search; what was not found by then is not there.</param>
    /// <returns>Null when no attached editor offers it.</returns>
    public async Task<(IEditorModelSource Source, EditorModel Model)?> FindAsync(string? model, CancellationToken cancellationToken)
    {
        foreach (var source in Volatile.Read(ref _sources))
        {
            try
            {
                var offered = (await source.ListAsync(cancellationToken)).Models;
                if (offered.FirstOrDefault(candidate => model is null || candidate.Id == model) is { } found)
                {
                    return (source, found);
                }
            }
            catch (Exception e) when (e is RpcErrorException or RpcMalformedResponseException or ConnectionClosedException or OperationCanceledException)
            {
                // One that has gone, hangs or refuses offers nothing; the next one counts.
            }
        }

        return null;
    }

    private sealed class Removal(EditorModels models, IEditorModelSource source) : IDisposable
    {
        public void Dispose()
        {
            lock (models._gate)
            {
                models._sources = models._sources.Remove(source);
            }
        }
    }
}
