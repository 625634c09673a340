using System.Globalization;

namespace Agent.Ide.Git;

/// <summary>Pins commits that would otherwise be lost (undone steps, removed worktrees) and finds them again.</summary>
internal sealed class KeptWork
{
    private const int MaxAttempts = 100;

    private readonly GitStore _store;

    public KeptWork(GitStore store)
    {
        _store = store;
    }

    /// <summary>Pins a commit under the next number; durable when it returns.</summary>
    /// <returns>The ref.</returns>
    public async Task<string> PinAsync(string id, string commit, CancellationToken cancellationToken)
    {
        var number = (await NewestAsync(id, cancellationToken)).Number;
        for (var attempt = 1; ; attempt++)
        {
            var name = TaskRefs.Kept(id, number + attempt);
            try
            {
                await _store.UpdateRefsAsync([new RefUpdate(name, commit, null)], cancellationToken);
                return name;
            }
            catch (GitException exception) when (exception.Problem == GitProblem.RefMoved && attempt < MaxAttempts)
            {
                // Somebody took that number; the next one is as good.
            }
        }
    }

    /// <summary>The newest pinned commit of a task; number 0 and null when there is none.</summary>
    public async Task<(int Number, string? Commit)> NewestAsync(string id, CancellationToken cancellationToken)
    {
        var prefix = TaskRefs.KeptPrefix(id);
        var output = await _store.Repository.Objects.RunAsync(
            ["for-each-ref", "--format=%(refname) %(objectname)", prefix], default, cancellationToken);
        (int Number, string? Commit) newest = (0, null);
        foreach (var line in output.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            if (int.TryParse(line.AsSpan(prefix.Length, space - prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number > newest.Number)
            {
                newest = (number, line[(space + 1)..]);
            }
        }

        return newest;
    }
}
