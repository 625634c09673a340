using Agent.Ide.Coordinator.Storage;

namespace Agent.Ide.Coordinator.Hosting;

/// <summary>Makes a coordinator the only one of its repository. The system releases it when the process ends, however it ends.</summary>
public sealed class CoordinatorLock : IDisposable
{
    private readonly FileStream _file;

    private CoordinatorLock(FileStream file) => _file = file;

    /// <returns>Null when another coordinator holds it.</returns>
    /// <exception cref="UnauthorizedAccessException">The file cannot be made (read-only repository).</exception>
    public static CoordinatorLock? TryTake(StateFolder folder)
    {
        var path = Path.Combine(folder.Root, "coordinator.lock");
        try
        {
            return new CoordinatorLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
    }

    public void Dispose() => _file.Dispose();
}
