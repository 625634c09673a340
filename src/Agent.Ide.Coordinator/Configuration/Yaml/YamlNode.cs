namespace Agent.Ide.Coordinator.Configuration.Yaml;

/// <summary>A parsed value that knows where it stands. Lines and columns are 1-based.</summary>
internal abstract record YamlNode(int Line, int Column);

/// <param name="Text">The value without quotes.</param>
/// <param name="IsPlain">Not quoted, so that it may be a number, a truth value or null.</param>
internal sealed record YamlScalar(string Text, bool IsPlain, int Line, int Column) : YamlNode(Line, Column)
{
    /// <summary>Null in the core schema of YAML 1.2.</summary>
    public bool IsNull => IsPlain && (Text is "" or "~" or "null" or "Null" or "NULL");
}

internal sealed record YamlSequence(IReadOnlyList<YamlNode> Items, int Line, int Column) : YamlNode(Line, Column);

internal sealed record YamlMapping(IReadOnlyList<YamlEntry> Entries, int Line, int Column) : YamlNode(Line, Column);

internal sealed record YamlEntry(YamlScalar Key, YamlNode Value);
