using System.Text;
using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Core.Budget;

/// <summary>Makes the repository's own instructions for agents (<c>AGENTS.md</c>) fit their share of the context.</summary>
public static class AgentInstructions
{
    /// <summary>Share of the limit that instructions may take: they are sent with every request.</summary>
    private const int ShareOfLimit = 8;
    private const int MaxCharacters = 16_000;

    /// <summary>Room for the line that says that something was cut.</summary>
    private const int NoticeCharacters = 80;

    /// <param name="candidates">Repository-relative paths with their texts, outermost first.</param>
    /// <param name="limitTokens">The task's hard limit of prompt plus output, in tokens.</param>
    /// <returns>Null when there is nothing to say. A text that does not fit is cut at a line's end, and says so.</returns>
    public static InstructionsLoaded? Load(IReadOnlyList<(string Path, string Text)> candidates, int limitTokens)
    {
        var files = candidates.Where(file => !string.IsNullOrWhiteSpace(file.Text)).ToList();
        if (files.Count == 0)
        {
            return null;
        }

        var left = Math.Min((int)(limitTokens / ShareOfLimit / TokenEstimator.DefaultTokensPerByte), MaxCharacters);
        var parts = new string[files.Count];
        // Innermost first: the file nearest to the work knows best; what it leaves is for the outer ones.
        for (var i = files.Count - 1; i >= 0; i--)
        {
            parts[i] = Cut(files[i].Path, files[i].Text.ReplaceLineEndings("\n").Trim(), left / (i + 1));
            left -= Encoding.UTF8.GetByteCount(parts[i]);
        }

        return new InstructionsLoaded { Paths = [.. files.Select(file => file.Path)], Text = string.Join("\n\n", parts) };
    }

    private static string Cut(string path, string text, int bytes)
    {
        var header = $"# {path}\n";
        var room = bytes - Encoding.UTF8.GetByteCount(header);
        if (Encoding.UTF8.GetByteCount(text) <= room)
        {
            return header + text;
        }

        var end = Utf8Text.PrefixLength(text, Math.Max(0, room - NoticeCharacters));
        var line = end > 0 ? text.LastIndexOf('\n', end - 1) : -1;
        var kept = text[..(line > 0 ? line : end)];
        return $"{header}{kept}\n[{text.Length - kept.Length:N0} more characters; read_file {path}]";
    }
}
