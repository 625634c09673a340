using System.Text;
using Agent.Ide.Core.Tasks;

namespace Agent.Ide.Core.Budget;

/// <summary>
/// Estimates tokens from the length of text in UTF-8, calibrated by what the provider counted for this task's last
/// request. It errs on the high side: a context that is believed fuller than it is costs a little, the opposite an error.
/// </summary>
public sealed class TokenEstimator
{
    /// <summary>Tokens per byte before a provider told better: English prose has about 0.22, source code 0.25 to 0.3.</summary>
    public const double DefaultTokensPerByte = 0.27;

    /// <summary>What chat templates put around each message, in tokens: role, delimiters.</summary>
    public const int TokensPerMessage = 6;

    private const double Margin = 1.05;

    // Outside of these a usage figure is a joke of the server, not a measurement.
    private const double Least = 0.15;
    private const double Most = 1.5;

    private readonly double _tokensPerByte;

    public TokenEstimator(ContextUsage usage) => _tokensPerByte = usage.TokensPerCharacter is { } measured
        ? Math.Clamp(measured * Margin, Least, Most)
        : DefaultTokensPerByte;

    /// <param name="bytes">Length of all text in UTF-8.</param>
    /// <param name="messages">Number of messages it is spread over.</param>
    public int Estimate(int bytes, int messages = 0) => (int)Math.Ceiling(bytes * _tokensPerByte) + (messages * TokensPerMessage);

    public int Estimate(string text) => Estimate(Encoding.UTF8.GetByteCount(text));

    /// <summary>The length of text, in bytes of UTF-8, that is estimated at so many tokens.</summary>
    public int Bytes(int tokens) => (int)(tokens / _tokensPerByte);
}
