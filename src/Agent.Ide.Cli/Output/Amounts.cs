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

    /// <summary>812 B, 4.1 KB, 230 MB.</summary>
    public static string Bytes(long count) => count switch
    {
        < 1_000 => string.Create(CultureInfo.InvariantCulture, $"{count} B"),
        < 999_500 => string.Create(CultureInfo.InvariantCulture, $"{count / 1e3:0.#} KB"),
        < 999_500_000 => string.Create(CultureInfo.InvariantCulture, $"{count / 1e6:0.#} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{count / 1e9:0.#} GB"),
    };

    /// <summary>How long ago, in the largest unit that fits: 40 s, 5 min, 3 h, 12 d.</summary>
    public static string Age(TimeSpan age) => age switch
    {
        { TotalMinutes: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, age.TotalSeconds):0} s"),
        { TotalHours: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{age.TotalMinutes:0} min"),
        { TotalDays: < 2 } => string.Create(CultureInfo.InvariantCulture, $"{age.TotalHours:0} h"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{age.TotalDays:0} d"),
    };

    /// <summary>The day in the zone of whoever reads it.</summary>
    public static string Day(DateTimeOffset time) => time.LocalDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static string Cost(decimal usd) => string.Create(CultureInfo.InvariantCulture, $"${usd:0.00##}");

    public static string Count(int count, string one) => count == 1 ? $"1 {one}" : string.Create(CultureInfo.InvariantCulture, $"{count} {one}s");

    public static string Hash(string hash) => hash.Length > 7 ? hash[..7] : hash;
}
