using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Agent.Ide.Protocol.Endpoint;

/// <summary>
/// Where the one coordinator of a repository is found: its lock and endpoint beneath the common git directory, its socket in a
/// folder that only the user can enter. Coordinator and clients compute the same paths from the same directory.
/// </summary>
public sealed class CoordinatorLocation
{
    /// <summary>Longest path of a unix socket in bytes, its final zero not counted (Linux: <c>sun_path</c> has 108).</summary>
    private const int MaxSocketPathBytes = 107;

    private const int MaxEndpointBytes = 64 * 1024;

    private CoordinatorLocation(string commonDirectory, string socketDirectory, string socketName)
    {
        CommonDirectory = commonDirectory;
        StateDirectory = Path.Combine(commonDirectory, "agent-ide");
        LockFile = Path.Combine(StateDirectory, "coordinator.lock");
        EndpointFile = Path.Combine(StateDirectory, "coordinator.json");
        SocketDirectory = socketDirectory;
        SocketPath = Path.Combine(socketDirectory, socketName);
    }

    /// <summary>The common git directory, links resolved.</summary>
    public string CommonDirectory { get; }

    /// <summary>The state of the product in this repository, mode 0700.</summary>
    public string StateDirectory { get; }

    /// <summary>Held locked (<c>flock</c>) by the coordinator for as long as it lives.</summary>
    public string LockFile { get; }

    /// <summary>Holds a <see cref="CoordinatorEndpoint"/>.</summary>
    public string EndpointFile { get; }

    /// <summary><c>agent-ide-UID</c> in the runtime folder.</summary>
    public string SocketDirectory { get; }

    /// <summary>Named by the first 16 hexadecimal digits of the SHA-256 of <see cref="CommonDirectory"/> in UTF-8.</summary>
    public string SocketPath { get; }

    /// <summary>The location for a repository, with the runtime folder of this process's environment.</summary>
    /// <param name="commonDirectory">The common git directory, absolute.</param>
    public static CoordinatorLocation For(string commonDirectory) =>
        For(commonDirectory, Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR"));

    /// <summary>The location for a repository.</summary>
    /// <param name="commonDirectory">The common git directory, absolute.</param>
    /// <param name="runtimeDirectory">
    /// The user's runtime folder. <c>/tmp</c> is taken instead where it is null, not absolute, missing, not the user's own, or so
    /// long that the socket's path would not fit into an address.
    /// </param>
    public static CoordinatorLocation For(string commonDirectory, string? runtimeDirectory)
    {
        var realPath = RealPath.Of(commonDirectory);
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(realPath));
        var socketName = Convert.ToHexStringLower(hash.AsSpan(0, 8)) + ".sock";
        var folderName = $"agent-ide-{PrivateFolder.UserId}";
        foreach (var runtime in new[] { runtimeDirectory, "/tmp" })
        {
            if (runtime is not null && IsUsable(runtime))
            {
                var folder = Path.Combine(Path.GetFullPath(runtime), folderName);
                if (Encoding.UTF8.GetByteCount(Path.Combine(folder, socketName)) <= MaxSocketPathBytes)
                {
                    return new CoordinatorLocation(realPath, folder, socketName);
                }
            }
        }

        throw new CoordinatorLocationException("There is neither a usable XDG_RUNTIME_DIR nor /tmp for the coordinator's socket.");

        static bool IsUsable(string folder) => folder == "/tmp"
            ? Directory.Exists(folder)
            : Path.IsPathFullyQualified(folder) && Directory.Exists(folder) && PrivateFolder.IsOwn(RealPath.Of(folder));
    }

    /// <summary>
    /// Creates the socket's folder with mode 0700 where it is missing. Whoever can enter it can speak for the user, so one that
    /// is a link, somebody else's, or open to others is refused rather than repaired.
    /// </summary>
    /// <exception cref="CoordinatorLocationException">It is refused or cannot be created.</exception>
    public void PrepareSocketDirectory() => PrivateFolder.Prepare(SocketDirectory);

    /// <summary>
    /// Makes the socket, once it is bound and before it listens, the user's alone (mode 0600), whatever the process's mask is. The folder
    /// keeps others out already; this holds where somebody opens it.
    /// </summary>
    /// <exception cref="CoordinatorLocationException">What is at its path is not this user's.</exception>
    public void ProtectSocket()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        PrivateFolder.Prepare(SocketDirectory);
        if (new FileInfo(SocketPath).LinkTarget is not null || !PrivateFolder.IsOwn(SocketPath))
        {
            throw new CoordinatorLocationException($"{SocketPath} is not the socket that was made there. Remove it and try again.");
        }

        File.SetUnixFileMode(SocketPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>Creates the state folder with mode 0700 where it is missing.</summary>
    public void PrepareStateDirectory()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(StateDirectory);
        }
        else
        {
            Directory.CreateDirectory(StateDirectory, PrivateFolder.Mode);
        }
    }

    /// <summary>
    /// What the last coordinator wrote; null where none did or it cannot be read. The process may be long gone, and one started
    /// with another runtime folder has another socket than <see cref="SocketPath"/>.
    /// </summary>
    public CoordinatorEndpoint? ReadEndpoint()
    {
        try
        {
            using var file = new FileStream(EndpointFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return file.Length <= MaxEndpointBytes ? JsonSerializer.Deserialize(file, EndpointJson.Default.CoordinatorEndpoint) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            // A file nobody can read says as much as none: the socket decides.
            return null;
        }
    }

    /// <summary>Replaces the endpoint file in one step, mode 0600. Only the holder of the lock may.</summary>
    public void WriteEndpoint(CoordinatorEndpoint endpoint)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var temporary = $"{EndpointFile}.{Environment.ProcessId}.tmp";
        using (var file = new FileStream(temporary, options))
        {
            JsonSerializer.Serialize(file, endpoint, EndpointJson.Default.CoordinatorEndpoint);
        }

        File.Move(temporary, EndpointFile, overwrite: true);
    }

    /// <summary>Whether a socket named by an endpoint can be this repository's: right name, and in a folder that is the user's alone.</summary>
    public bool IsOwnSocket(string socketPath) =>
        Path.IsPathFullyQualified(socketPath)
        && Encoding.UTF8.GetByteCount(socketPath) <= MaxSocketPathBytes
        && Path.GetFileName(socketPath) == Path.GetFileName(SocketPath)
        && PrivateFolder.FindFault(Path.GetDirectoryName(socketPath)!) is null;
}
