namespace Agent.Ide.Core.Scripting;

/// <summary>A script cannot be used. The message is one line that names file and line.</summary>
public sealed class ModelScriptException : Exception
{
    public ModelScriptException(string message, string source, int? line, Exception? inner = null)
        : base(message, inner)
    {
        ScriptSource = source;
        Line = line;
    }

    /// <summary>The path as it was given.</summary>
    public string ScriptSource { get; }

    /// <summary>From 1; null when the file could not be read.</summary>
    public int? Line { get; }
}
