using System.Globalization;

namespace Agent.Ide.Git;

/// <summary>
/// The time that goes into commits: with <c>SOURCE_DATE_EPOCH</c> set it stands still, so that the same steps on the same base give the
/// same hashes (https://reproducible-builds.org/specs/source-date-epoch/).
/// </summary>
public sealed class GitClock
{
    private readonly TimeProvider _time;
    private readonly DateTimeOffset? _fixed;

    /// <param name="time">Used while no fixed time is set.</param>
    /// <param name="sourceDateEpoch">Seconds since 1970, as the variable has it; null or empty: the time runs.</param>
    /// <exception cref="FormatException">The value is not a number of seconds.</exception>
    public GitClock(TimeProvider time, string? sourceDateEpoch)
    {
        _time = time;
        if (string.IsNullOrEmpty(sourceDateEpoch))
        {
            return;
        }

        if (!long.TryParse(sourceDateEpoch, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds > 253402300799)
        {
            throw new FormatException($"SOURCE_DATE_EPOCH is '{sourceDateEpoch}'; it must be a number of seconds since 1970.");
        }

        _fixed = DateTimeOffset.FromUnixTimeSeconds(seconds);
    }

    /// <summary>The system's time, or what <c>SOURCE_DATE_EPOCH</c> of this process says.</summary>
    public static GitClock FromEnvironment() =>
        new(TimeProvider.System, Environment.GetEnvironmentVariable("SOURCE_DATE_EPOCH"));

    /// <summary>What <c>SOURCE_DATE_EPOCH</c> fixed the time to; null while it runs.</summary>
    public DateTimeOffset? Fixed => _fixed;

    /// <summary>The time that runs, UTC, also where that of commits stands still: what is kept for so many days is counted by it.</summary>
    public DateTimeOffset Running => _time.GetUtcNow();

    /// <summary>UTC, so that a commit does not tell where a machine stands.</summary>
    public DateTimeOffset Now => _fixed ?? _time.GetUtcNow();
}
