using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Agent.Ide.Git;

/// <summary>
/// The files of a worktree that came from the user's checkout because <c>.worktreeinclude</c> names them: secrets, as a rule. No commit of the
/// product ever holds them, whatever an agent does to them or to the ignore rules. The list lies in git's metadata of the worktree, where
/// no agent writes, and goes with it.
/// </summary>
/// <remarks>
/// A file is known by its path, by its identity (which a rename keeps) and by each content it was seen with (which a copy keeps). What an agent
/// writes into other files by itself is not recognised.
/// </remarks>
public sealed class IncludedFiles
{
    private const string FileName = "agent-ide-included";

    /// <summary>Records of the list: a letter, then the value, then NUL.</summary>
    private const char PathRecord = 'p';
    private const char IdentityRecord = 'i';
    private const char ContentRecord = 'c';

    /// <summary>Larger contents are not compared; such files are known by path and identity.</summary>
    private const long MaxComparedBytes = 4L * 1024 * 1024;

    /// <summary>Shorter contents (an empty file, <c>{}</c>) are anybody's.</summary>
    private const long MinComparedBytes = 8;

    private readonly string _file;
    private readonly HashSet<string> _paths = new(StringComparer.Ordinal);
    private readonly HashSet<string> _identities = new(StringComparer.Ordinal);
    private readonly HashSet<string> _contents = new(StringComparer.Ordinal);
    private readonly HashSet<long> _sizes = [];
    private readonly List<string> _unwritten = [];

    private IncludedFiles(string gitDirectory)
    {
        _file = Path.Combine(gitDirectory, FileName);
    }

    public bool IsEmpty => _paths.Count == 0;

    /// <summary>Relative to the worktree, with <c>/</c> (<see cref="GitPath"/>): those that were copied, and what copies of them were found as.</summary>
    public IReadOnlyCollection<string> Paths => _paths;

    /// <summary>Reads the list of a worktree; an empty one where nothing was included.</summary>
    /// <param name="gitDirectory">The worktree's metadata folder.</param>
    public static IncludedFiles Read(string gitDirectory)
    {
        var result = new IncludedFiles(gitDirectory);
        if (!File.Exists(result._file))
        {
            return result;
        }

        // What follows the last NUL was cut off by the death of whoever wrote it.
        var records = GitPath.Decode(File.ReadAllBytes(result._file)).Split('\0');
        foreach (var record in records.AsSpan(0, records.Length - 1))
        {
            result.Take(record);
        }

        return result;
    }

    public bool Contains(string path) => _paths.Contains(path);

    /// <summary>Adds a path; stored by <see cref="Save"/>.</summary>
    public void Add(string path) => Note(PathRecord, path);

    /// <summary>Whether a file is one of those by another name, or a copy; a copy is known by its own identity from then on.</summary>
    internal bool Recognises(WorktreeFiles files, string path)
    {
        using var handle = files.OpenFile(path);
        if (handle is null)
        {
            return false;
        }

        var identity = files.IdentityOf(handle);
        if (identity is not null && _identities.Contains(identity))
        {
            return true;
        }

        if (!_sizes.Contains(RandomAccess.GetLength(handle)) || ContentOf(handle) is not { } content || !_contents.Contains(content))
        {
            return false;
        }

        if (identity is not null)
        {
            Note(IdentityRecord, identity);
        }

        return true;
    }

    /// <summary>Remembers what the files look like now, so that they are known again under another name.</summary>
    /// <param name="files">The worktree.</param>
    /// <param name="paths">Only these; null: all of the list.</param>
    /// <param name="isPublic">Whether the repository itself holds a content, by its blob; then it is no secret.</param>
    internal async Task LearnAsync(WorktreeFiles files, IReadOnlyCollection<string>? paths, Func<SafeFileHandle, Task<bool>> isPublic)
    {
        foreach (var path in paths?.Where(_paths.Contains) ?? [.. _paths])
        {
            using var handle = files.OpenFile(path);
            if (handle is null)
            {
                continue;
            }

            if (files.IdentityOf(handle) is { } identity)
            {
                Note(IdentityRecord, identity);
            }

            if (ContentOf(handle) is { } content && !_contents.Contains(content) && !await isPublic(handle))
            {
                Note(ContentRecord, content);
            }
        }

        Save();
    }

    /// <summary>Writes what is new; whole when it returns, however the process ends later.</summary>
    public void Save()
    {
        if (_unwritten.Count == 0)
        {
            return;
        }

        var text = GitPath.EncodeNulTerminated(_unwritten);
        using var file = File.OpenHandle(_file, FileMode.OpenOrCreate, FileAccess.ReadWrite);
        var length = RandomAccess.GetLength(file);
        var last = new byte[1];
        if (length > 0 && RandomAccess.Read(file, last, length - 1) == 1 && last[0] != 0)
        {
            // Ends a record that was cut off, so that it does not run into the next.
            RandomAccess.Write(file, [0], length++);
        }

        RandomAccess.Write(file, text, length);
        RandomAccess.FlushToDisk(file);
        _unwritten.Clear();
    }

    private void Note(char kind, string value)
    {
        if (Take(kind + value))
        {
            _unwritten.Add(kind + value);
        }
    }

    private bool Take(string record)
    {
        var value = record.Length == 0 ? string.Empty : record[1..];
        switch (record.Length == 0 ? default : record[0])
        {
            case PathRecord:
                return _paths.Add(value);
            case IdentityRecord:
                return _identities.Add(value);
            case ContentRecord:
                if (long.TryParse(value.AsSpan(0, Math.Max(value.IndexOf('.', StringComparison.Ordinal), 0)), NumberStyles.None, CultureInfo.InvariantCulture, out var size))
                {
                    _sizes.Add(size);
                }

                return _contents.Add(value);
            default:
                return false;
        }
    }

    private static string? ContentOf(SafeFileHandle handle)
    {
        var size = RandomAccess.GetLength(handle);
        if (size is < MinComparedBytes or > MaxComparedBytes)
        {
            return null;
        }

        var bytes = new byte[size];
        var length = 0;
        int read;
        while (length < bytes.Length && (read = RandomAccess.Read(handle, bytes.AsSpan(length), length)) > 0)
        {
            length += read;
        }

        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{length}.");
        return text.Append(Convert.ToHexStringLower(SHA256.HashData(bytes.AsSpan(0, length)))).ToString();
    }
}
