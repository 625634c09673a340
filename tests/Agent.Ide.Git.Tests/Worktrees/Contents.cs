using System.Text;

namespace Agent.Ide.Git.Tests;

/// <summary>Everything in a folder as programs other than ours see it: kinds, link targets, executable bits and contents. Names are Latin-1.</summary>
internal static class Contents
{
    private const string Script = """
        find . -path ./.git -prune -o -mindepth 1 -printf '%y %l\t%P\0'
        find . -path ./.git -prune -o -type f -perm -u+x -printf 'x\t%P\0'
        find . -path ./.git -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha1sum -z
        """;

    public static async Task<SortedSet<string>> ReadAsync(string folder)
    {
        var result = await Shell.TryAsync(folder, Script);
        result.ExitCode.ShouldBe(0, result.Error);
        return new SortedSet<string>(Encoding.Latin1.GetString(result.Output).Split('\0', StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal);
    }
}
