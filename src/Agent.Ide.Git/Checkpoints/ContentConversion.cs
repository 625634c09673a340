using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Agent.Ide.Git;

/// <summary>
/// Line endings and clean filters. Most files need none, and then their bytes are their blob; where the base commit's attributes or the
/// user's settings may change them, git converts a copy in a stand-in worktree that holds the base's attribute files alone.
/// </summary>
internal sealed class ContentConversion
{
    /// <summary>Attributes that can change a file whatever is in it; all others change nothing but line endings.</summary>
    private static readonly string[] WordsThatConvert = ["filter", "ident", "working-tree-encoding"];

    private readonly GitStore _store;
    private readonly Dictionary<string, string> _attributes = new(StringComparer.Ordinal);

    public ContentConversion(GitStore store)
    {
        _store = store;
    }

    /// <summary>
    /// Whether git has to look at the file. Sound, not exact: without those attributes the way into a commit can only turn CR LF into
    /// LF, so a file without a CR stays as it is.
    /// </summary>
    public async Task<bool> IsNeededAsync(
        RepositorySettings.Snapshot settings, BaseRules rules, string path, SafeFileHandle content, CancellationToken cancellationToken)
    {
        // The stand-in would obey an attribute file that is converted in it, and it cannot hold names that are not text.
        if (path == BaseRules.AttributesFile || path.EndsWith("/" + BaseRules.AttributesFile, StringComparison.Ordinal)
            || !IsText(path))
        {
            return false;
        }

        var attributes = await AttributesForAsync(settings, rules, path, cancellationToken);
        if (WordsThatConvert.Any(word => attributes.Contains(word, StringComparison.Ordinal)))
        {
            return true;
        }

        return (attributes.Length > 0 || settings.ConvertsLineEndings) && ContainsCarriageReturn(content, cancellationToken);
    }

    /// <summary>Converts files and writes their blobs, durably.</summary>
    /// <param name="rules">Of the task's base.</param>
    /// <param name="staging">Holds the copies.</param>
    /// <param name="staged">Their paths, each with the blob the branch has there now; that blob decides whether CR LF is kept.</param>
    /// <param name="cancellationToken">Kills what runs.</param>
    /// <returns>The hash of each blob.</returns>
    public async Task<IReadOnlyDictionary<string, string>> ConvertAsync(
        BaseRules rules, StagingFolder staging, IReadOnlyDictionary<string, TreeEntry?> staged, CancellationToken cancellationToken)
    {
        foreach (var folder in staged.Keys.SelectMany(BaseRules.FoldersOf).Distinct(StringComparer.Ordinal))
        {
            if (await rules.ReadAsync(folder, BaseRules.AttributesFile, cancellationToken) is { } content)
            {
                staging.Write(BaseRules.PathIn(folder, BaseRules.AttributesFile), content);
            }
        }

        var command = GitCommand.OnCheckout(_store.Repository.Program, _store.Repository.CommonDirectory, staging.Tree)
            .WithIndex(staging.IndexFile)
            .WithSetting("core.fsync", "loose-object")
            .WithSetting("core.safecrlf", "false")
            .WithSetting("core.sparseCheckout", "false");
        var known = new StringBuilder();
        foreach (var (path, entry) in staged)
        {
            if (entry is { IsFolder: false, IsSubmodule: false, IsLink: false })
            {
                known.Append(entry.Value.Mode).Append(' ').Append(entry.Value.Hash).Append('\t').Append(path).Append('\0');
            }
        }

        if (known.Length > 0)
        {
            await command.RunAsync(["update-index", "-z", "--index-info"], Encoding.UTF8.GetBytes(known.ToString()), cancellationToken);
        }

        await command.RunAsync(["update-index", "--add", "-z", "--stdin"], GitPath.EncodeNulTerminated(staged.Keys), cancellationToken);
        var listed = await command.RunAsync(["ls-files", "--stage", "-z"], default, cancellationToken);
        var hashes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in listed.NulTerminated)
        {
            // "<mode> <hash> <stage>\t<path>"
            var tab = line.IndexOf('\t', StringComparison.Ordinal);
            hashes[line[(tab + 1)..]] = line[..tab].Split(' ')[1];
        }

        return hashes;
    }

    private async Task<string> AttributesForAsync(
        RepositorySettings.Snapshot settings, BaseRules rules, string path, CancellationToken cancellationToken)
    {
        var slash = path.LastIndexOf('/');
        var inFolder = slash < 0 ? string.Empty : path[..slash];
        if (!_attributes.TryGetValue(inFolder, out var text))
        {
            var all = new StringBuilder(settings.GlobalAttributes);
            foreach (var folder in BaseRules.FoldersOf(path))
            {
                if (await rules.ReadAsync(folder, BaseRules.AttributesFile, cancellationToken) is { } content)
                {
                    all.Append(Encoding.Latin1.GetString(content)).Append('\n');
                }
            }

            _attributes[inFolder] = text = all.ToString();
        }

        return text;
    }

    private static bool IsText(string path)
    {
        var rest = path.AsSpan();
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(rest, out _, out var consumed) != System.Buffers.OperationStatus.Done)
            {
                return false;
            }

            rest = rest[consumed..];
        }

        return true;
    }

    private static bool ContainsCarriageReturn(SafeFileHandle content, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        long position = 0;
        int read;
        while ((read = RandomAccess.Read(content, buffer, position)) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (buffer.AsSpan(0, read).Contains((byte)'\r'))
            {
                return true;
            }

            position += read;
        }

        return false;
    }
}
