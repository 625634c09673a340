using System.Collections.Immutable;

namespace Agent.Ide.Core.Scripting;

/// <summary>
/// What a scripted model says: a list of steps per marker. A conversation follows the first marker found in its messages. Immutable;
/// shared by the client that is built in and by the server that speaks the wire, so that both say the same.
/// </summary>
/// <remarks>
/// The place in the script is the number of answers the conversation holds. A step that is no answer (<see cref="ScriptStep.IsAnswer"/>)
/// fails one request and is then passed, so <c>[{"status": 429}, {"text": "ok"}]</c> succeeds on the second try; at the very
/// end of a script there is nothing to pass on to and it fails every request.
/// </remarks>
public sealed class ModelScript
{
    private readonly ImmutableArray<(string Marker, ImmutableArray<ScriptStep> Steps)> _conversations;

    public ModelScript(IEnumerable<KeyValuePair<string, IReadOnlyList<ScriptStep>>> conversations)
    {
        _conversations = [.. conversations.Select(entry => (entry.Key, entry.Value.ToImmutableArray()))];
    }

    public IEnumerable<string> Markers => _conversations.Select(entry => entry.Marker);

    /// <param name="json">The script.</param>
    /// <param name="source">What an error names: a path as the user wrote it.</param>
    /// <exception cref="ModelScriptException">It is no script; file and line are named.</exception>
    public static ModelScript Parse(string json, string source) => new(ModelScriptReader.Read(json, source));

    /// <param name="path">Path of a UTF-8 file; errors name it as given.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="ModelScriptException">The file cannot be read, or is no script.</exception>
    public static async Task<ModelScript> LoadAsync(string path, CancellationToken cancellationToken)
    {
        string json;
        try
        {
            json = await File.ReadAllTextAsync(path, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelScriptException($"{path}: {e.Message}", path, null, e);
        }

        return Parse(json, path);
    }

    /// <summary>
    /// The marker that occurs in the earliest text; in one text the one that begins first, then the longest. The empty marker stands
    /// for conversations without any other.
    /// </summary>
    /// <param name="texts">
    /// The messages in their order, those of the user before the system prompt, which may happen to contain a marker.
    /// </param>
    /// <returns>Null when none occurs: such a conversation gets <see cref="ScriptStep.Done"/>.</returns>
    public string? FindMarker(IEnumerable<string> texts)
    {
        string? fallback = null;
        foreach (var text in texts)
        {
            string? found = null;
            var foundAt = int.MaxValue;
            foreach (var (marker, _) in _conversations)
            {
                if (marker.Length == 0)
                {
                    fallback = marker;
                    continue;
                }

                var at = text.IndexOf(marker, StringComparison.Ordinal);
                if (at >= 0 && (at < foundAt || (at == foundAt && marker.Length > found!.Length)))
                {
                    (found, foundAt) = (marker, at);
                }
            }

            if (found is not null)
            {
                return found;
            }
        }

        return fallback;
    }

    /// <param name="marker">From <see cref="FindMarker"/>.</param>
    /// <param name="answers">Number of answers the conversation holds.</param>
    /// <param name="failures">Number of requests that failed by the script since the last answer.</param>
    public ScriptStep StepAt(string? marker, int answers, int failures)
    {
        var steps = ImmutableArray<ScriptStep>.Empty;
        foreach (var entry in _conversations)
        {
            if (entry.Marker == marker)
            {
                steps = entry.Steps;
                break;
            }
        }

        var index = 0;
        for (var passed = 0; passed < answers && index < steps.Length; index++)
        {
            passed += steps[index].IsAnswer ? 1 : 0;
        }

        for (var failed = 0; failed < failures && index < steps.Length - 1 && !steps[index].IsAnswer; failed++)
        {
            index++;
        }

        return index < steps.Length ? steps[index] : ScriptStep.Done;
    }
}
