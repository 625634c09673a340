using Agent.Ide.Core.Tools;
using Agent.Ide.Worker.Files;

namespace Agent.Ide.Worker.Ignoring;

/// <summary>
/// A glob as models write them: <c>*.cs</c> at any depth, <c>src/**/*.ts</c>, <c>**/*.{js,ts}</c>, or a folder's name for
/// everything below it.
/// </summary>
internal sealed class ToolGlob
{
    private const int MaxAlternatives = 64;
    private readonly List<PathGlob> _globs = [];

    /// <exception cref="ToolFailureException">It leaves the worktree or has too many alternatives.</exception>
    public ToolGlob(string pattern)
    {
        var trimmed = pattern.StartsWith("./", StringComparison.Ordinal) ? pattern[2..] : pattern;
        if (trimmed.StartsWith('/') || trimmed.Split('/').Contains(".."))
        {
            throw WorktreePath.Outside(pattern);
        }

        foreach (var alternative in Expand(trimmed))
        {
            Add(alternative);
        }
    }

    public bool IsMatch(string path)
    {
        foreach (var glob in _globs)
        {
            if (glob.IsMatch(path))
            {
                return true;
            }
        }

        return false;
    }

    private void Add(string pattern)
    {
        if (pattern.EndsWith('/'))
        {
            _globs.Add(PathGlob.Anchored(pattern + "**"));
            return;
        }

        _globs.Add(pattern.Contains('/', StringComparison.Ordinal) ? PathGlob.Anchored(pattern) : PathGlob.Floating(pattern));
        if (pattern.Length > 0 && pattern.AsSpan().IndexOfAny("*?[") < 0)
        {
            _globs.Add(PathGlob.Anchored(pattern + "/**"));
        }
    }

    private static List<string> Expand(string pattern)
    {
        var done = new List<string>();
        var pending = new Stack<string>([pattern]);
        while (pending.TryPop(out var next))
        {
            var (open, close) = InnermostBraces(next);
            if (open < 0)
            {
                done.Add(next);
            }
            else
            {
                foreach (var choice in next[(open + 1)..close].Split(','))
                {
                    pending.Push(string.Concat(next.AsSpan(0, open), choice, next.AsSpan(close + 1)));
                }
            }

            if (done.Count + pending.Count > MaxAlternatives)
            {
                throw new ToolFailureException(ToolErrors.InvalidArguments, $"The glob has more than {MaxAlternatives} alternatives; use a simpler one.");
            }
        }

        return done;
    }

    private static (int Open, int Close) InnermostBraces(string pattern)
    {
        var close = pattern.IndexOf('}', StringComparison.Ordinal);
        var open = close < 0 ? -1 : pattern.LastIndexOf('{', close);
        return (open, close);
    }
}
