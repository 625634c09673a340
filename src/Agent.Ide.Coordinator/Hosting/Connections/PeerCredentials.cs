using System.Net.Sockets;
using Agent.Ide.Protocol.Endpoint;

namespace Agent.Ide.Coordinator.Hosting.Connections;

/// <summary>Who is at the other end of a unix socket, as the kernel recorded it when the connection was made.</summary>
/// <param name="UserId">Effective user id.</param>
/// <param name="ProcessId">0 where the system does not say.</param>
public readonly record struct PeerCredentials(uint UserId, int ProcessId)
{
    /// <summary>
    /// Only the user: not even root speaks for them here, whose settings and trust are root's own. (Root can become the user.)
    /// </summary>
    public bool IsOwnUser => UserId == PrivateFolder.UserId;

    /// <summary>Null on systems that do not tell; there the folder of the socket alone decides who can connect.</summary>
    /// <exception cref="SocketException">The peer is gone.</exception>
    public static PeerCredentials? Of(Socket socket)
    {
        if (OperatingSystem.IsLinux())
        {
            // SOL_SOCKET, SO_PEERCRED: struct ucred { pid_t pid; uid_t uid; gid_t gid; }
            Span<byte> credentials = stackalloc byte[12];
            socket.GetRawSocketOption(1, 17, credentials);
            return new PeerCredentials(BitConverter.ToUInt32(credentials[4..]), BitConverter.ToInt32(credentials));
        }

        if (OperatingSystem.IsMacOS())
        {
            // SOL_LOCAL, LOCAL_PEERCRED: struct xucred { u_int version; uid_t uid; short ngroups; gid_t groups[16]; }
            Span<byte> credentials = stackalloc byte[76];
            socket.GetRawSocketOption(0, 1, credentials);
            return new PeerCredentials(BitConverter.ToUInt32(credentials[4..]), 0);
        }

        return null;
    }
}
