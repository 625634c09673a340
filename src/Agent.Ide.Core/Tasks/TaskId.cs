using System.Security.Cryptography;
using System.Text;

namespace Agent.Ide.Core.Tasks;

/// <summary>
/// A task's name everywhere: on the command line, as branch and as folder. Matches <c>[a-z0-9]+(-[a-z0-9]+)*</c>, is at
/// most 48 characters long, starts with a slug of the title and is no device name of Windows (contract, "Git").
/// </summary>
public static class TaskId
{
    public const int MaxLength = 48;

    private const int SuffixLength = 4;
    private const int MaxSlugLength = 32;
    private const string SuffixAlphabet = "abcdefghjkmnpqrstvwxyz23456789";

    private static readonly string[] DeviceNames = ["con", "prn", "aux", "nul"];

    /// <summary>A new id from a title; the random suffix keeps equal titles apart.</summary>
    public static string Create(string title) => $"{Slug(title)}-{RandomNumberGenerator.GetString(SuffixAlphabet, SuffixLength)}";

    /// <summary>The same id for the same title and seed each time.</summary>
    public static string CreateFrom(string title, string seed)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(seed));
        var suffix = string.Create(SuffixLength, hash, static (letters, bytes) =>
        {
            for (var index = 0; index < letters.Length; index++)
            {
                letters[index] = SuffixAlphabet[bytes[index] % SuffixAlphabet.Length];
            }
        });
        return $"{Slug(title)}-{suffix}";
    }

    public static bool IsValid(string id)
    {
        if (id.Length is 0 or > MaxLength || id[0] == '-' || id[^1] == '-' || id.Contains("--", StringComparison.Ordinal))
        {
            return false;
        }

        foreach (var c in id)
        {
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-')
            {
                return false;
            }
        }

        return !IsDeviceName(id);
    }

    private static string Slug(string title)
    {
        var slug = new StringBuilder(MaxSlugLength);
        foreach (var c in title.Normalize(NormalizationForm.FormD).ToLowerInvariant())
        {
            if (char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c))
            {
                slug.Append(c);
            }
            else if (slug.Length > 0 && slug[^1] != '-' && char.GetUnicodeCategory(c) != System.Globalization.UnicodeCategory.NonSpacingMark)
            {
                slug.Append('-');
            }

            if (slug.Length == MaxSlugLength)
            {
                break;
            }
        }

        var text = slug.ToString().Trim('-');
        return text.Length == 0 ? "task" : text;
    }

    private static bool IsDeviceName(string id) =>
        Array.IndexOf(DeviceNames, id) >= 0 ||
        (id.Length == 4 && char.IsAsciiDigit(id[3]) &&
            (id.StartsWith("com", StringComparison.Ordinal) || id.StartsWith("lpt", StringComparison.Ordinal)));
}
