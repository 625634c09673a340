namespace Agent.Ide.JsonRpc;

/// <summary>
/// A request's id as the peer wrote it, as JSON text: answers echo it byte for byte, and 1 and "1" stay different ids.
/// </summary>
internal readonly record struct RequestId(string Json)
{
    /// <summary>Longest id accepted, in bytes of JSON; ids are kept while a request runs.</summary>
    public const int MaxBytes = 256;

    /// <summary>For answers to what has no readable id.</summary>
    public static RequestId Null { get; } = new("null");
}
