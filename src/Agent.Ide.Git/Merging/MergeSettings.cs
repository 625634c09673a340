using System.Globalization;

namespace Agent.Ide.Git.Merging;

/// <summary>
/// What git is told before it merges in memory: no program that configuration or attributes name may run. A merge driver that is
/// a program is replaced by git's own line merge; the built-in drivers (<c>text</c>, <c>binary</c>, <c>union</c>) do as the
/// attributes of the base commit say, which no agent wrote.
/// </summary>
internal static class MergeSettings
{
    /// <summary>Given to <c>sh</c> by git with the names of three temporary files it made itself.</summary>
    private const string LineMerge = "git merge-file --quiet --marker-size=%L %A %O %B";

    public static async Task<GitCommand> ApplyAsync(GitCommand git, CancellationToken cancellationToken)
    {
        git = git.WithSetting("merge.renormalize", "false");
        var drivers = await git.TryRunAsync(
            ["config", "-z", "--name-only", "--get-regexp", @"^merge\..*\.driver$"], default, cancellationToken);
        if (drivers.ExitCode != 0)
        {
            return git;
        }

        // Not -c: a driver's name may hold an equals sign.
        var names = drivers.NulTerminated.Distinct(StringComparer.Ordinal).ToList();
        git = git.WithVariable("GIT_CONFIG_COUNT", names.Count.ToString(CultureInfo.InvariantCulture));
        for (var i = 0; i < names.Count; i++)
        {
            git = git
                .WithVariable(string.Create(CultureInfo.InvariantCulture, $"GIT_CONFIG_KEY_{i}"), names[i])
                .WithVariable(string.Create(CultureInfo.InvariantCulture, $"GIT_CONFIG_VALUE_{i}"), LineMerge);
        }

        return git;
    }
}
