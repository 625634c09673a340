namespace Agent.Ide.Coordinator.Models.Wire;

/// <summary>
/// What a server was found not to understand. Learned from its refusals, once for all tasks that use it; only ever gets simpler,
/// so tasks that learn the same at once do no harm.
/// </summary>
internal sealed class ServerDialect(bool usesMaxCompletionTokens)
{
    private volatile bool _streams = true;
    private volatile bool _knowsStreamOptions = true;
    private volatile bool _usesMaxCompletionTokens = usesMaxCompletionTokens;

    public bool Streams => _streams;

    public bool KnowsStreamOptions => _knowsStreamOptions;

    /// <summary>OpenAI's newer models refuse <c>max_tokens</c>; no other server knows its replacement.</summary>
    public bool UsesMaxCompletionTokens => _usesMaxCompletionTokens;

    /// <returns>True when the refusal names something that can be left out: the request is worth sending again.</returns>
    public bool TryLearn(int status, ServerError error)
    {
        if (status is not (400 or 422 or 501))
        {
            return false;
        }

        if (!_usesMaxCompletionTokens && error.Mentions("max_completion_tokens"))
        {
            _usesMaxCompletionTokens = true;
            return true;
        }

        if (_streams && _knowsStreamOptions && error.Mentions("stream_options"))
        {
            _knowsStreamOptions = false;
            return true;
        }

        if (_streams && error.Mentions("stream"))
        {
            _streams = false;
            return true;
        }

        return false;
    }
}
