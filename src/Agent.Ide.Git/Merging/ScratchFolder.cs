namespace Agent.Ide.Git.Merging;

/// <summary>
/// A folder below <c>agent-ide/scratch</c> of the common git directory, gone on disposal. With <see cref="Isolate"/> git writes the
/// objects of a trial there too, so that looking for conflicts all day leaves nothing in the user's object store.
/// </summary>
internal sealed class ScratchFolder : IDisposable
{
    private const string Name = "scratch";

    private ScratchFolder(string path) => FullPath = path;

    public string FullPath { get; }

    public static ScratchFolder Create(string commonDirectory)
    {
        var path = Path.Combine(Parent(commonDirectory), Path.GetRandomFileName());
        Directory.CreateDirectory(path);
        return new ScratchFolder(path);
    }

    /// <summary>Removes what a crash left; only while nothing is being merged.</summary>
    public static void Clear(string commonDirectory)
    {
        if (Directory.Exists(Parent(commonDirectory)))
        {
            Directory.Delete(Parent(commonDirectory), recursive: true);
        }
    }

    private static string Parent(string commonDirectory) => Path.Combine(commonDirectory, "agent-ide", Name);

    public string File(string name) => Path.Combine(FullPath, name);

    public string Folder(string name) => Directory.CreateDirectory(File(name)).FullName;

    /// <summary>New objects go to this folder; the repository's own stay readable.</summary>
    public GitCommand Isolate(GitCommand git, string commonDirectory)
    {
        var objects = Folder("objects");
        var real = Path.Combine(commonDirectory, "objects");
        var quoted = '"' + real.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + '"';
        return git.WithVariable("GIT_OBJECT_DIRECTORY", objects).WithVariable("GIT_ALTERNATE_OBJECT_DIRECTORIES", quoted);
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(FullPath, recursive: true);
        }
        catch (IOException)
        {
            // It is garbage, and the next start clears it away.
        }
        catch (UnauthorizedAccessException)
        {
            // As above.
        }
    }
}
