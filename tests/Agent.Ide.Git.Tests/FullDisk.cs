using Agent.Ide.Testing.Repositories;

namespace Agent.Ide.Git.Tests;

/// <summary>
/// Makes a repository's objects folder refuse new files: as root by a small file system laid over it, otherwise by its permissions.
/// </summary>
internal sealed class FullDisk : IAsyncDisposable
{
    private readonly Func<ValueTask> _undo;
    private bool _undone;

    private FullDisk(Func<ValueTask> undo)
    {
        _undo = undo;
    }

    public static async Task<FullDisk> OverObjectsAsync(string commonDirectory)
    {
        var objects = Path.Combine(commonDirectory, "objects");
        if (!Environment.IsPrivilegedProcess)
        {
            await Shell.RunAsync("/", $"chmod -R a-w '{objects}'");
            return new FullDisk(async () => await Shell.RunAsync("/", $"chmod -R u+w '{objects}'"));
        }

        // What is there is readable through the small file system; what is left of it is filled to the last byte.
        var mounted = await Mounted.SmallDiskAsync(objects, "1m");
        await Shell.RunAsync("/", $"cat /dev/zero > '{objects}/fill' 2>/dev/null; true");
        return new FullDisk(() => mounted.DisposeAsync());
    }

    public async ValueTask DisposeAsync()
    {
        if (!_undone)
        {
            _undone = true;
            await _undo();
        }
    }
}
