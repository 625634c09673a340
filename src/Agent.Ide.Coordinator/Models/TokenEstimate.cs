namespace Agent.Ide.Coordinator.Models;

/// <summary>What the gateway reports where a server counts no tokens. The loop's own, calibrated estimate does not depend on it.</summary>
internal static class TokenEstimate
{
    // OpenAI's rule of thumb for English text; code has a little less, which makes the estimate err on the low side by some percent.
    private const int CharactersPerToken = 4;

    public static int FromCharacters(int characters) => (characters + CharactersPerToken - 1) / CharactersPerToken;
}
