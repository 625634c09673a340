using System.Globalization;

namespace Agent.Ide.Git;

/// <summary>A name and an e-mail address as they stand in a commit.</summary>
public sealed record GitIdentity(string Name, string Email)
{
    /// <summary>Author and committer of every checkpoint.</summary>
    public static readonly GitIdentity Agent = new("Agent.Ide", "agent@agent-ide.invalid");

    /// <summary>Git's own form of a time: seconds since 1970 and the offset, <c>1700000000 +0100</c>.</summary>
    public static string FormatDate(DateTimeOffset when)
    {
        var offset = when.Offset;
        var sign = offset < TimeSpan.Zero ? '-' : '+';
        return string.Create(
            CultureInfo.InvariantCulture, $"{when.ToUnixTimeSeconds()} {sign}{Math.Abs(offset.Hours):00}{Math.Abs(offset.Minutes):00}");
    }
}
