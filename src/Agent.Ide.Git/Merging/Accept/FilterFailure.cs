using System.Text.RegularExpressions;

namespace Agent.Ide.Git.Merging.Accept;

/// <summary>A filter that must succeed and did not, in git's words: <c>fatal: big.bin: smudge filter lfs failed</c>, the name quoted by newer versions.</summary>
/// <param name="Path">The file it was for; git stops at the first.</param>
/// <param name="Filter">Its name in git's configuration.</param>
/// <param name="Reason">What happened and what to do, for a person.</param>
internal sealed partial record FilterFailure(string Path, string Filter, string Reason)
{
    /// <returns>Null where git did not stop at a filter.</returns>
    public static FilterFailure? Find(IReadOnlyList<string> arguments, GitOutput output)
    {
        if (output.ExitCode is 0 or 1 || Pattern().Match(output.Error) is not { Success: true } match)
        {
            return null;
        }

        return new FilterFailure(match.Groups["path"].Value, match.Groups["filter"].Value, GitCommand.Failure(arguments, output).Message);
    }

    [GeneratedRegex(@"^fatal: (?<path>.*): (?:clean|smudge) filter (?<quote>'?)(?<filter>[^\n]*)\k<quote> failed$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
