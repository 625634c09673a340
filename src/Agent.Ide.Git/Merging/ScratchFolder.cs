namespace Agent.Ide.Git.Merging;

/// <summary>
/// A folder below <c>agent-ide/scratch</c> of the common git directory, gone on disposal. With <see cref="Isolate"/> git writes the
/// objects of a trial there too, so that looking for conflicts all day leaves nothing in the user's object store.
/// </summary>
internal sealed class ScratchFolder : IDisposable
{
    private ScratchFolder(string path) => FullPath = path;

    public string FullPath { get; }

    public static ScratchFolder Create(string commonDirectory)
    {
        var path = Path.Combine(commonDirectory, "agent-ide", "scratch", Path.GetRandomFileName());
        Directory.CreateDirectory(path);
        return new ScratchFolder(path);
    }

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
            // It is garbage: whoever tidies the scratch folder next takes it.
        }
        catch (UnauthorizedAccessException)
        {
            // As above.
        }
    }
}
