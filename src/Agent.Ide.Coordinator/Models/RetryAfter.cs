using System.Globalization;
using System.Net.Http.Headers;

namespace Agent.Ide.Coordinator.Models;

/// <summary>How long a server asks to be left alone: seconds or a date (RFC 9110, 10.2.3), or OpenAI's <c>retry-after-ms</c>.</summary>
internal static class RetryAfter
{
    /// <returns>Never negative; null where the server does not say.</returns>
    public static TimeSpan? Read(HttpResponseHeaders headers, TimeProvider time)
    {
        if (headers.TryGetValues("retry-after-ms", out var values)
            && double.TryParse(string.Concat(values), NumberStyles.Float, CultureInfo.InvariantCulture, out var milliseconds)
            && milliseconds is >= 0 and < int.MaxValue)
        {
            return TimeSpan.FromMilliseconds(milliseconds);
        }

        var wait = headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - time.GetUtcNow(),
            _ => (TimeSpan?)null,
        };
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }
}
