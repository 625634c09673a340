using Agent.Ide.Git.Merging;
using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Git.Tests.Merging;

/// <summary>Shorthand for tests that compare two lines of work.</summary>
internal static class MergeFixture
{
    public const string TenLines = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n";

    public static async Task<GitRepository> OpenAsync(this TempRepository temp) =>
        await GitRepository.OpenAsync(await GitProgram.LocateAsync(), temp.Path);

    /// <summary>Makes a commit on a branch that starts at a revision, then returns to <c>main</c>.</summary>
    public static async Task<string> CommitOnAsync(this TempRepository temp, string branch, string start, Action<TempRepository> change)
    {
        await temp.BranchAsync(branch, start);
        change(temp);
        var hash = await temp.CommitAsync($"Work on {branch}");
        await temp.CheckoutAsync("main");
        return hash;
    }

    public static string Line(this string text, int number, string content)
    {
        var lines = text.Split('\n');
        lines[number - 1] = content;
        return string.Join('\n', lines);
    }

    public static async Task<MergeResult> MergeAsync(this TempRepository temp, Action<TempRepository> ours, Action<TempRepository> theirs)
    {
        var start = await temp.HashAsync("HEAD");
        var left = await temp.CommitOnAsync("ours", start, ours);
        var right = await temp.CommitOnAsync("theirs", start, theirs);
        return await new ThreeWayMerge(await temp.OpenAsync()).MergeAsync(start, left, right);
    }
}
