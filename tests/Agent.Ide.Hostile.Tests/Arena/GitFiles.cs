using System.Security.Cryptography;

namespace Agent.Ide.Hostile.Tests.Arena;

/// <summary>The files of a git directory that decide what git does: whoever changes one of them runs programs as the user.</summary>
internal sealed class GitFiles
{
    private static readonly string[] s_folders = ["hooks", "info", "modules", "logs"];

    private readonly string _directory;
    private readonly SortedDictionary<string, string> _files;

    private GitFiles(string directory, SortedDictionary<string, string> files)
    {
        _directory = directory;
        _files = files;
    }

    public static GitFiles Take(string directory) => new(directory, Read(directory));

    public void ShouldBeUntouched()
    {
        foreach (var (path, hash) in Read(_directory))
        {
            _files.GetValueOrDefault(path).ShouldBe(hash, $"{path} is new or was changed.");
        }

        Read(_directory).Keys.ShouldBe(_files.Keys);
    }

    private static SortedDictionary<string, string> Read(string directory)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in new DirectoryInfo(directory).EnumerateFiles())
        {
            Add(file);
        }

        foreach (var folder in s_folders.Select(name => new DirectoryInfo(Path.Combine(directory, name))).Where(folder => folder.Exists))
        {
            foreach (var file in folder.EnumerateFiles("*", SearchOption.AllDirectories))
            {
                // The user's own reflogs are theirs; tasks have none.
                Add(file);
            }
        }

        return files;

        void Add(FileInfo file) => files[file.FullName] = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file.FullName)));
    }
}
