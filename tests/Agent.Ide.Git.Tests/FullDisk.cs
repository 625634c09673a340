namespace Agent.Ide.Git.Tests;

/// <summary>
/// Makes a repository's objects folder refuse new files: as root by a small file system laid over it, otherwise by its permissions.
/// </summary>
internal sealed class FullDisk : IAsyncDisposable
{
    private readonly string _undo;
    private bool _undone;

    private FullDisk(string undo)
    {
        _undo = undo;
    }

    /// <summary>Null where neither way is open.</summary>
    public static async Task<FullDisk?> OverObjectsAsync(string commonDirectory)
    {
        var objects = Path.Combine(commonDirectory, "objects");
        if (!Environment.IsPrivilegedProcess)
        {
            await Shell.RunAsync("/", $"chmod -R a-w '{objects}'");
            return new FullDisk($"chmod -R u+w '{objects}'");
        }

        // The copy makes what is there readable through the small file system; what is left of it is filled to the last byte.
        var copy = objects + ".copy";
        var mounted = await Shell.TryAsync(
            "/", $"cp -a '{objects}' '{copy}' && mount -t tmpfs -o size=1m none '{objects}' && cp -a '{copy}/.' '{objects}' && (cat /dev/zero > '{objects}/fill' 2>/dev/null; true)");
        return mounted.ExitCode == 0 ? new FullDisk($"umount '{objects}' && rm -rf '{copy}'") : null;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_undone)
        {
            _undone = true;
            await Shell.RunAsync("/", _undo);
        }
    }
}
