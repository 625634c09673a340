using System.Globalization;
using System.Text;
using Agent.Ide.Protocol;
using Agent.Ide.Protocol.Lsp;
using Agent.Ide.Protocol.Tasks;
using Agent.Ide.Coordinator.Storage;

namespace Agent.Ide.Coordinator.Tasks;

/// <summary>What a prompt with a place in a file becomes: the words, then where, then what stands there and what is wrong with it.</summary>
public static class SelectionPrompt
{
    /// <summary>Longer selections are named by their lines only: the agent reads what it needs, and a small context stays free.</summary>
    public const int MaxTextCharacters = 8_000;

    private const int MaxDiagnostics = 20;

    /// <param name="prompt">What the person wants.</param>
    /// <param name="selection">Where.</param>
    /// <param name="checkoutRoot">Real path; the selection's file has to lie in it.</param>
    /// <exception cref="RequestFailedException">The file is not one of the checkout.</exception>
    public static string Of(string prompt, TaskSelection selection, string checkoutRoot)
    {
        var path = CheckoutFile.PathOf(checkoutRoot, selection.TextDocument.Uri) ?? throw new RequestFailedException(
            "foreignFile",
            $"{selection.TextDocument.Uri} is no file of {checkoutRoot}.",
            "Save it in the repository, or delegate without a selection.",
            ExitCodes.Usage);
        var first = selection.Range.Start.Line + 1;

        // A range that ends where a line begins ends with the line before.
        var last = Math.Max(first, selection.Range.End.Character == 0 ? selection.Range.End.Line : selection.Range.End.Line + 1);
        var text = new StringBuilder(prompt.TrimEnd()).Append("\n\n");
        text.Append(CultureInfo.InvariantCulture, $"This is about {path}, {(first == last ? $"line {first}" : $"lines {first} to {last}")}");
        if (selection.Text is { Length: > 0 and <= MaxTextCharacters } content)
        {
            var fence = Fence(content);
            text.Append(", which in the editor are:\n").Append(fence).Append(OneWord(selection.LanguageId)).Append('\n').Append(content);
            text.Append(content.EndsWith('\n') ? string.Empty : "\n").Append(fence);
        }
        else
        {
            text.Append('.');
        }

        AppendDiagnostics(text, path, selection.Diagnostics ?? []);
        return text.ToString();
    }

    /// <summary>The file as a title names it.</summary>
    public static string FileName(TaskSelection selection) =>
        Uri.TryCreate(selection.TextDocument.Uri, UriKind.Absolute, out var uri) ? Path.GetFileName(uri.LocalPath) : string.Empty;

    private static void AppendDiagnostics(StringBuilder text, string path, IReadOnlyList<Diagnostic> diagnostics)
    {
        if (diagnostics.Count == 0)
        {
            return;
        }

        text.Append("\n\nReported there:");
        foreach (var diagnostic in diagnostics.Take(MaxDiagnostics))
        {
            var source = diagnostic.Source is { Length: > 0 } ? $" ({diagnostic.Source})" : string.Empty;
            text.Append(CultureInfo.InvariantCulture, $"\n- {path}:{diagnostic.Range.Start.Line + 1}: {diagnostic.Message.ReplaceLineEndings(" ")}{source}");
        }

        if (diagnostics.Count > MaxDiagnostics)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n- and {diagnostics.Count - MaxDiagnostics} more");
        }
    }

    /// <summary>Longer than any run of backticks inside, so that the text cannot end its own quotation.</summary>
    private static string Fence(string content)
    {
        int longest = 0, run = 0;
        foreach (var letter in content)
        {
            run = letter == '`' ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }

        return new string('`', Math.Max(3, longest + 1));
    }

    private static string OneWord(string? language) =>
        language is { Length: > 0 and < 40 } && language.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '+' or '#' or '.') ? language : string.Empty;
}
