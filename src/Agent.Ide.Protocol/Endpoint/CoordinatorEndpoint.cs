using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Agent.Ide.Protocol.Endpoint;

/// <summary>What <c>coordinator.json</c> says about the process that serves a repository.</summary>
/// <param name="Pid">Its process id.</param>
/// <param name="Socket">Absolute path of its socket.</param>
/// <param name="Version">Version of the product it was started from.</param>
/// <param name="StartedAt">UTC.</param>
public sealed record EndpointRecord(int Pid, string Socket, string Version, DateTimeOffset StartedAt);

/// <summary>
/// Where the coordinator of a repository is found: its socket, below a folder only the user can enter, and the file in the
/// repository that tells who listens on it. Coordinators and clients share these rules.
/// </summary>
public sealed class CoordinatorEndpoint
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Characters of the repository's hash in the socket's name: enough to keep repositories apart, short enough for a socket's path.</summary>
    private const int HashCharacters = 16;

    private CoordinatorEndpoint(string socket, string record)
    {
        Socket = socket;
        RecordFile = record;
    }

    /// <summary>Absolute path of the socket. It has at most 107 bytes (unix(7)).</summary>
    public string Socket { get; }

    /// <summary>Absolute path of <c>coordinator.json</c>.</summary>
    public string RecordFile { get; }

    /// <summary>Finds the place, and makes and checks its folder.</summary>
    /// <param name="commonDirectory">Absolute real path of the git common directory.</param>
    /// <param name="runtimeFolder"><c>XDG_RUNTIME_DIR</c>; null, empty or relative: the system's temporary folder.</param>
    /// <exception cref="EndpointException">The folder belongs to somebody else, or others can enter it.</exception>
    public static CoordinatorEndpoint Prepare(string commonDirectory, string? runtimeFolder)
    {
        var folder = Folder(runtimeFolder);
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(folder);
            }
            else
            {
                Directory.CreateDirectory(folder, OwnerOnly);
                EnsurePrivate(folder);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EndpointException($"The folder of the coordinators' sockets, {folder}, cannot be made: {e.Message}", e);
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(commonDirectory)))[..HashCharacters];
        return new CoordinatorEndpoint(
            Path.Combine(folder, hash + ".sock"),
            Path.Combine(commonDirectory, "agent-ide", "coordinator.json"));
    }

    /// <summary>Who serves the repository; null when nobody does, or the file cannot be read.</summary>
    public EndpointRecord? ReadRecord()
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(RecordFile), EndpointJson.Default.EndpointRecord);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null; // Whether somebody listens is asked of the socket; the file only says who.
        }
    }

    /// <summary>Tells who serves. Called by the coordinator once clients can connect.</summary>
    public void Publish(string version, DateTimeOffset startedAt)
    {
        var record = new EndpointRecord(Environment.ProcessId, Socket, version, startedAt);
        var temporary = $"{RecordFile}.{Environment.ProcessId}";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerFile;
        }

        using (var stream = new FileStream(temporary, options))
        {
            JsonSerializer.Serialize(stream, record, EndpointJson.Default.EndpointRecord);
        }

        File.Move(temporary, RecordFile, overwrite: true);
    }

    /// <summary>Takes away what <see cref="Publish"/> wrote, and the socket. Called by the coordinator that holds the lock.</summary>
    public void Withdraw()
    {
        File.Delete(RecordFile);
        File.Delete(Socket);
    }

    private static string Folder(string? runtimeFolder)
    {
        var parent = !string.IsNullOrEmpty(runtimeFolder) && Path.IsPathFullyQualified(runtimeFolder) && Directory.Exists(runtimeFolder)
            ? runtimeFolder
            : OperatingSystem.IsWindows() ? Path.GetTempPath() : "/tmp";
        return Path.Combine(parent, OperatingSystem.IsWindows() ? $"agent-ide-{Environment.UserName}" : $"agent-ide-{UserId.Effective}");
    }

    private static void EnsurePrivate(string folder)
    {
        var entry = new DirectoryInfo(folder);
        if (entry.LinkTarget is not null)
        {
            throw new EndpointException($"{folder} is a symbolic link. Remove it: the coordinators' sockets must lie in a folder of your own.");
        }

        if (UserId.OwnerOf(folder) is { } owner && owner != UserId.Effective)
        {
            throw new EndpointException($"{folder} belongs to user {owner}, not to you. Remove it, or set XDG_RUNTIME_DIR to a folder of your own.");
        }

        if ((entry.UnixFileMode & ~OwnerOnly) != 0)
        {
            throw new EndpointException($"Others can enter {folder}. `chmod 700 {folder}` closes it.");
        }
    }
}

/// <summary>The place of the coordinators' sockets is not safe to use. The message says what to do.</summary>
public sealed class EndpointException : Exception
{
    public EndpointException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(EndpointRecord))]
internal sealed partial class EndpointJson : JsonSerializerContext;
