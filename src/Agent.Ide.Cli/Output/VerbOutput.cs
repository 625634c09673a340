using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Agent.Ide.Cli.Hosting;

namespace Agent.Ide.Cli.Output;

/// <summary>
/// Where a verb writes. Results go to standard output, as text or, with <c>--json</c>, as JSON and nothing else; notes for a
/// person go to standard error. Lines given here are already safe (<see cref="TerminalText"/>).
/// </summary>
internal sealed class VerbOutput(CliHost host, bool isJson)
{
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);

    public bool IsJson { get; } = isJson;

    public bool Colour => host.Colour && !IsJson;

    public int Width => host.Width;

    /// <summary>A line of the result for a person; with <c>--json</c> it is only a note.</summary>
    public void Line(string text = "") => (IsJson ? host.Error : host.Out).WriteLine(text);

    /// <summary>A line beside the result.</summary>
    public void Note(string text)
    {
        try
        {
            host.Out.Flush();
        }
        catch (IOException)
        {
            // The end of the verb flushes again and fails for it; what is said here must not be lost for that.
        }

        host.Error.WriteLine(text);
        host.Error.Flush();
    }

    /// <summary>A line beside the result that says the same however often: a notice, or a failure that a notice has announced.</summary>
    public void NoteOnce(string text)
    {
        if (_told.Add(text))
        {
            Note(text);
        }
    }

    /// <summary>Text as it is, for a program (a patch).</summary>
    public void Raw(string text) => host.Out.Write(text);

    /// <summary>One document on one line, flushed: a reader of a stream has it at once.</summary>
    public void Json<T>(T value, JsonTypeInfo<T> type)
    {
        host.Out.WriteLine(JsonSerializer.Serialize(value, type));
        host.Out.Flush();
    }

    public string Paint(string text, Tone tone) => Colour && text.Length > 0 && Code(tone) is { } code ? $"\u001b[{code}m{text}\u001b[0m" : text;

    private static string? Code(Tone tone) => tone switch
    {
        Tone.Good => "32",
        Tone.Bad => "31",
        Tone.Attention => "33",
        Tone.Active => "36",
        Tone.Faint => "2",
        Tone.Strong => "1",
        _ => null,
    };
}
