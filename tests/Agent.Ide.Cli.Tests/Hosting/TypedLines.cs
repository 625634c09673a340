using System.Collections.Concurrent;

namespace Agent.Ide.Cli.Tests.Hosting;

/// <summary>A keyboard: reading waits until a line is typed or the input is closed.</summary>
internal sealed class TypedLines : TextReader
{
    private readonly BlockingCollection<string> _lines = [];

    public void Type(string line) => _lines.Add(line);

    public void End() => _lines.CompleteAdding();

    public override string? ReadLine() => _lines.TryTake(out var line, Timeout.Infinite) ? line : null;

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _lines.CompleteAdding();
        }

        base.Dispose(disposing);
    }
}
