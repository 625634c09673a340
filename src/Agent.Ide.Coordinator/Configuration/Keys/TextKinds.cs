using System.Buffers;
using Agent.Ide.Coordinator.Configuration.Yaml;

namespace Agent.Ide.Coordinator.Configuration.Keys;

/// <summary>A text with rules of its own.</summary>
/// <param name="rule">Says what is wrong with a text, or returns null; may bring it into its normal form.</param>
internal sealed class Text(string allowed, Text.Rule rule) : ValueKind<string>
{
    /// <param name="text">Replaced by its normal form.</param>
    /// <returns>What is wrong; null when nothing is.</returns>
    public delegate string? Rule(ref string text);

    public override string Allowed => allowed;

    public override bool IsText => true;

    public override bool TryRead(YamlNode node, out string value, out string problem)
    {
        value = string.Empty;
        problem = Found(node);
        if (node is not YamlScalar { IsNull: false } scalar)
        {
            return false;
        }

        if (scalar.IsPlain && IsOtherType(scalar.Text))
        {
            problem = $"{Found(node)}, which is no text; write it in quotes to use it as one";
            return false;
        }

        value = scalar.Text;
        if (rule(ref value) is { } wrong)
        {
            problem = $"{Found(node)}, {wrong}";
            return false;
        }

        return true;
    }

    public override string Format(string value) => Printable.WholeText(value);

    /// <summary>Whether YAML 1.2 sees a number or a truth value in a plain scalar.</summary>
    private static bool IsOtherType(string text) =>
        text is "true" or "True" or "TRUE" or "false" or "False" or "FALSE"
        || (text.Length > 0 && (char.IsAsciiDigit(text[^1]) || text[^1] == '.')
            && double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out _));
}

/// <summary>A text, or null.</summary>
internal sealed class OptionalText(string allowed, Text.Rule rule) : ValueKind<string?>
{
    private readonly Text _text = new(allowed, rule);

    public override string Allowed => $"null, or {allowed}";

    public override bool IsText => true;

    public override bool TryRead(YamlNode node, out string? value, out string problem)
    {
        value = null;
        problem = string.Empty;
        if (node is YamlScalar { IsNull: true })
        {
            return true;
        }

        var valid = _text.TryRead(node, out var text, out problem);
        value = text;
        return valid;
    }

    public override string Format(string? value) => value is null ? "null" : _text.Format(value);
}

/// <summary>The rules of the texts in use.</summary>
internal static class TextRules
{
    private const int MaxName = 200;
    private const int MaxUrl = 2048;
    private const int MaxFile = 1024;

    /// <summary>What git forbids in a ref (git-check-ref-format) beside control characters.</summary>
    private static readonly SearchValues<char> ForbiddenInRefs = SearchValues.Create(" ~^:?*[\\");

    /// <summary>What Windows forbids in a name, and what has a meaning in an exclude pattern of git.</summary>
    private static readonly SearchValues<char> ForbiddenInFolders = SearchValues.Create("\\:*?\"<>|[]!#");

    public static string? Model(ref string text) => Line(text, MaxName);

    public static string? File(ref string text) => Line(text, MaxFile);

    /// <summary>Absolute, http or https, and without anything that could be a secret: keys never hold secrets.</summary>
    public static string? BaseUrl(ref string text)
    {
        if (Line(text, MaxUrl) is { } wrong)
        {
            return wrong;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri)
            || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps)
            || uri.Host.Length == 0)
        {
            return "which is no absolute http or https address";
        }

        return uri.UserInfo.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0
            ? "which holds more than a server and a path; keys belong in the environment"
            : null;
    }

    /// <summary>Inside the repository, not in <c>.git</c>, and usable as it is on every system and in git's exclude file.</summary>
    public static string? WorktreeFolder(ref string text)
    {
        if (Line(text, MaxName) is { } wrong)
        {
            return wrong;
        }

        if (text[0] is '/' or '~' || text.AsSpan().IndexOfAny(ForbiddenInFolders) >= 0)
        {
            return "which is no plain relative folder";
        }

        var names = new List<string>();
        foreach (var name in text.Split('/'))
        {
            if (name is "" or ".")
            {
                continue;
            }

            if (name == "..")
            {
                return "which leaves the repository";
            }

            if (name[^1] is '.' or ' ' || name[0] == ' ')
            {
                return "which ends or starts with a character that not every system keeps";
            }

            // git~1 is what Windows calls .git where short names are on.
            if (name.Equals(".git", StringComparison.OrdinalIgnoreCase) || name.Equals("git~1", StringComparison.OrdinalIgnoreCase))
            {
                return "which is git's own folder";
            }

            names.Add(name);
        }

        if (names.Count == 0)
        {
            return "which is the repository itself";
        }

        text = string.Join('/', names);
        return null;
    }

    /// <summary>The rules of git-check-ref-format for each part between slashes.</summary>
    public static string? BranchPrefix(ref string text)
    {
        if (Line(text, MaxName) is { } wrong)
        {
            return wrong;
        }

        foreach (var part in text.Split('/'))
        {
            if (part.Length == 0 || part[0] is '.' or '-' || part[^1] == '.' || part == "@"
                || part.EndsWith(".lock", StringComparison.OrdinalIgnoreCase)
                || part.Contains("..", StringComparison.Ordinal)
                || part.Contains("@{", StringComparison.Ordinal)
                || part.AsSpan().IndexOfAny(ForbiddenInRefs) >= 0)
            {
                return "which git does not take as a part of a branch name";
            }
        }

        return null;
    }

    private static string? Line(string text, int maxLength)
    {
        if (text.Length == 0 || text.Length != text.Trim().Length)
        {
            return text.Length == 0 ? "which is empty" : "which starts or ends with a space";
        }

        if (text.Length > maxLength)
        {
            return $"which is longer than {maxLength} characters";
        }

        foreach (var c in text)
        {
            if (char.IsControl(c))
            {
                return "which holds a control character";
            }
        }

        return null;
    }
}
