using System.Globalization;

namespace Agent.Ide.Cli.Output;

/// <summary>Numbers as people read them; always with a point, whatever the locale.</summary>
internal static class Amounts
{
    /// <summary>812, 4.1k, 128k, 1.2M.</summary>
    public static string Tokens(long count) => count switch
    {
        < 1_000 => count.ToString(CultureInfo.InvariantCulture),
        < 9_950 => (count / 1_000.0).ToString("0.0", CultureInfo.InvariantCulture) + "k",
        < 999_500 => (count / 1_000.0).ToString("0", CultureInfo.InvariantCulture) + "k",
        _ => (count / 1_000_000.0).ToString("0.0", CultureInfo.InvariantCulture) + "M",
    };

    public static string Duration(long milliseconds) => milliseconds switch
    {
        < 1_000 => string.Create(CultureInfo.InvariantCulture, $"{milliseconds} ms"),
        < 60_000 => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000.0:0.0} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 60_000} min {milliseconds / 1000 % 60} s"),
    };

    public static string Cost(decimal usd) => string.Create(CultureInfo.InvariantCulture, $"${usd:0.00##}");

    public static string Count(int count, string one) => count == 1 ? $"1 {one}" : string.Create(CultureInfo.InvariantCulture, $"{count} {one}s");

    public static string Hash(string hash) => hash.Length > 7 ? hash[..7] : hash;
}
