using System.Security.Cryptography;
using System.Text;

namespace Agent.Ide.Coordinator.Sandboxing;

/// <summary>
/// A copy of a git configuration for sandboxes: only what git needs to read the repository and what is harmless to know.
/// Credentials (<c>extraheader</c>, <c>credential.*</c>, user information in URLs), includes and everything that names a
/// program are left out because they are not on the list.
/// </summary>
internal static class FilteredGitConfig
{
    private static readonly HashSet<string> s_kept = new(StringComparer.Ordinal)
    {
        "core.repositoryformatversion", "core.filemode", "core.symlinks", "core.ignorecase", "core.precomposeunicode",
        "core.bare", "core.autocrlf", "core.eol", "core.safecrlf", "core.quotepath", "core.abbrev", "core.compression",
        "core.sparsecheckout", "core.sparsecheckoutcone", "core.whitespace", "core.commitgraph", "core.multipackindex",
        "core.protecthfs", "core.protectntfs", "core.logallrefupdates",
        "index.sparse", "user.name", "user.email", "init.defaultbranch",
        "diff.renames", "diff.renamelimit", "diff.algorithm", "merge.conflictstyle", "merge.renames",
        "status.showuntrackedfiles", "log.date",
    };

    /// <summary>Writes the copy once per content and returns its path.</summary>
    public static string Write(string config, string folder)
    {
        var text = Filter(File.ReadAllText(config));
        var bytes = Encoding.UTF8.GetBytes(text);
        var name = "config-" + Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8));
        var path = Path.Combine(folder, name);
        if (File.Exists(path))
        {
            return path;
        }

        // Named by its content and moved into place: launches at the same time write the same bytes.
        Directory.CreateDirectory(folder);
        var temporary = $"{path}.{Guid.NewGuid():N}";
        File.WriteAllBytes(temporary, bytes);
        File.Move(temporary, path, overwrite: true);
        return path;
    }

    /// <summary>The kept settings of a git configuration, in their order.</summary>
    internal static string Filter(string text)
    {
        var result = new StringBuilder();
        string? header = null;
        string? written = null;
        foreach (var (section, key, value) in GitConfigReader.Read(text))
        {
            if (section.Length == 0 || !IsKept(section, key) || value.AsSpan().ContainsAny('\0', '\n'))
            {
                continue;
            }

            header = $"[{section}]";
            if (header != written)
            {
                result.Append(header).Append('\n');
                written = header;
            }

            result.Append('\t').Append(key).Append(" = \"")
                .Append(value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal))
                .Append("\"\n");
        }

        return result.ToString();
    }

    // Every extension has to be kept: git refuses a repository whose format it was not told of.
    private static bool IsKept(string section, string key) => section == "extensions" || s_kept.Contains($"{section}.{key}");
}
