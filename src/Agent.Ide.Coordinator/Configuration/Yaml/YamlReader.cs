using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Agent.Ide.Coordinator.Configuration.Yaml;

/// <summary>
/// Reads one small YAML document into nodes with positions. The text may come from a repository, so everything is
/// bounded: its size by the caller, its depth here. An alias is the same node again and never a copy, so that aliases of
/// aliases cost nothing; one to a node that is still open is an error.
/// </summary>
internal sealed class YamlReader
{
    private const int MaxDepth = 16;

    private readonly Parser _parser;
    private readonly Dictionary<string, YamlNode> _anchors = new(StringComparer.Ordinal);

    private YamlReader(Parser parser) => _parser = parser;

    /// <returns>The document's node; null where there is no document (an empty text, only comments).</returns>
    /// <exception cref="YamlProblemException">It is no YAML, or more than one document, or uses what is not supported.</exception>
    public static YamlNode? Read(string text)
    {
        var scanner = new Scanner(new StringReader(text));
        try
        {
            return new YamlReader(new Parser(scanner)).ReadStream();
        }
        catch (YamlException exception)
        {
            // For a tab in the indentation the exception names the enclosing key, the scanner the tab.
            var isTab = exception.Message.Contains("invalid tab", StringComparison.Ordinal);
            var at = isTab ? scanner.CurrentPosition : exception.Start;
            throw Invalid(at, isTab ? "tabs cannot indent, only spaces can" : exception.Message, exception);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidOperationException or OverflowException)
        {
            // The scanner lets a few of these through on hostile escapes and directives.
            throw Invalid(scanner.CurrentPosition, exception.Message, exception);
        }
    }

    private YamlNode? ReadStream()
    {
        Next<StreamStart>();
        if (_parser.Current is StreamEnd)
        {
            return null;
        }

        Next<DocumentStart>();
        var root = ReadNode(depth: 0);
        Next<DocumentEnd>();
        return _parser.Current is StreamEnd
            ? root
            : throw Problem(_parser.Current!, "has a second document here; one file holds one document");
    }

    private YamlNode ReadNode(int depth)
    {
        var current = _parser.Current!;
        if (depth > MaxDepth)
        {
            throw Problem(current, $"is nested deeper than {MaxDepth} levels");
        }

        if (current is AnchorAlias alias)
        {
            _parser.MoveNext();
            return _anchors.TryGetValue(alias.Value.Value, out var known)
                ? known
                : throw Problem(alias, $"refers to the anchor \"{Printable.Text(alias.Value.Value)}\", which is not complete before this place");
        }

        var node = (NodeEvent)current;
        if (!node.Tag.IsEmpty && node.Tag is not { IsNonSpecific: true })
        {
            throw Problem(node, "has a tag here; tags are not supported");
        }

        YamlNode result = node switch
        {
            Scalar scalar => ReadScalar(scalar),
            SequenceStart start => ReadSequence(start, depth),
            _ => ReadMapping((MappingStart)node, depth),
        };
        if (!node.Anchor.IsEmpty)
        {
            _anchors[node.Anchor.Value] = result;
        }

        return result;
    }

    private YamlScalar ReadScalar(Scalar scalar)
    {
        _parser.MoveNext();
        return new YamlScalar(scalar.Value, scalar.Style == ScalarStyle.Plain, (int)scalar.Start.Line, (int)scalar.Start.Column);
    }

    private YamlSequence ReadSequence(SequenceStart start, int depth)
    {
        _parser.MoveNext();
        var items = new List<YamlNode>();
        while (_parser.Current is not SequenceEnd)
        {
            items.Add(ReadNode(depth + 1));
        }

        _parser.MoveNext();
        return new YamlSequence(items, (int)start.Start.Line, (int)start.Start.Column);
    }

    private YamlMapping ReadMapping(MappingStart start, int depth)
    {
        _parser.MoveNext();
        var entries = new List<YamlEntry>();
        while (_parser.Current is not MappingEnd)
        {
            var position = _parser.Current!;
            if (ReadNode(depth + 1) is not YamlScalar key)
            {
                throw Problem(position, "has a list or mapping as a key here; keys are names");
            }

            entries.Add(new YamlEntry(key, ReadNode(depth + 1)));
        }

        _parser.MoveNext();
        return new YamlMapping(entries, (int)start.Start.Line, (int)start.Start.Column);
    }

    private void Next<T>()
        where T : ParsingEvent
    {
        if (_parser.Current is null)
        {
            _parser.MoveNext();
        }

        if (_parser.Current is not T)
        {
            throw new InvalidOperationException($"expected {typeof(T).Name}");
        }

        _parser.MoveNext();
    }

    private static YamlProblemException Invalid(Mark at, string message, Exception exception) =>
        new((int)at.Line, (int)at.Column, $"is not valid YAML: {Printable.Text(message)}", exception);

    private static YamlProblemException Problem(ParsingEvent at, string message) =>
        new((int)at.Start.Line, (int)at.Start.Column, message, inner: null);
}

/// <summary>A text is no YAML that can be used. The message continues a sentence that starts with the source.</summary>
internal sealed class YamlProblemException : Exception
{
    public YamlProblemException(int line, int column, string message, Exception? inner)
        : base(message, inner)
    {
        Line = line;
        Column = column;
    }

    public int Line { get; }

    public int Column { get; }
}
