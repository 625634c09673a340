using System.Text;

namespace Agent.Ide.Cli.Output;

/// <summary>Columns of text, as wide as their widest cell; the last one is not padded. Cells are safe already.</summary>
internal sealed class TextTable(params string[] headings)
{
    private readonly List<(string Text, Tone Tone)[]> _rows = [];

    public TextTable Add(params (string Text, Tone Tone)[] cells)
    {
        _rows.Add(cells);
        return this;
    }

    public void Write(VerbOutput output)
    {
        var widths = headings.Select(heading => heading.Length).ToArray();
        foreach (var row in _rows)
        {
            for (var column = 0; column < row.Length; column++)
            {
                widths[column] = Math.Max(widths[column], row[column].Text.Length);
            }
        }

        output.Line(Render(output, [.. headings.Select(heading => (heading, Tone.Faint))], widths));
        foreach (var row in _rows)
        {
            output.Line(Render(output, row, widths));
        }
    }

    private static string Render(VerbOutput output, (string Text, Tone Tone)[] cells, int[] widths)
    {
        var line = new StringBuilder();
        for (var column = 0; column < cells.Length; column++)
        {
            var (text, tone) = cells[column];
            line.Append(output.Paint(text, tone));
            if (column < cells.Length - 1)
            {
                line.Append(' ', widths[column] - text.Length + 2);
            }
        }

        return line.ToString().TrimEnd();
    }
}
