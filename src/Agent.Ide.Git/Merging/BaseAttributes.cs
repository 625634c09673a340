namespace Agent.Ide.Git.Merging;

/// <summary>
/// Lays out the <c>.gitattributes</c> of a commit in an otherwise empty folder, for a merge that has no checkout: git's merge reads
/// attributes from files only. Only those are looked for that can apply to given paths, so the cost does not grow with the repository.
/// </summary>
internal static class BaseAttributes
{
    public static async Task WriteAsync(
        GitCommand objects, string commit, IEnumerable<string> paths, string folder, CancellationToken cancellationToken)
    {
        var candidates = CandidatesFor(paths);
        var question = GitPath.EncodeNulTerminated(candidates.Select(path => $"{commit}:{path}"));
        var answer = await objects.RunAsync(["cat-file", "--batch-check=%(objecttype) %(objectname)", "-z"], question, cancellationToken);
        var lines = answer.Line.Split('\n');
        for (var i = 0; i < candidates.Count && i < lines.Length; i++)
        {
            if (lines[i].StartsWith("blob ", StringComparison.Ordinal))
            {
                var content = await objects.RunAsync(["cat-file", "blob", lines[i]["blob ".Length..]], default, cancellationToken);
                var file = Path.Combine(folder, candidates[i]);
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                await File.WriteAllBytesAsync(file, content.Bytes, cancellationToken);
            }
        }
    }

    private static List<string> CandidatesFor(IEnumerable<string> paths)
    {
        var folders = new SortedSet<string>(StringComparer.Ordinal) { string.Empty };
        foreach (var path in paths)
        {
            foreach (var folder in ChangedPaths.FoldersOf(path))
            {
                // A line feed would split the answer, and bytes that are not UTF-8 cannot name a file here: such a folder's own attributes are left out.
                if (!folder.Contains('\n') && !folder.Any(char.IsSurrogate) && !folders.Add(folder))
                {
                    break;
                }
            }
        }

        return [.. folders.Select(folder => folder.Length == 0 ? ".gitattributes" : folder + "/.gitattributes")];
    }
}
