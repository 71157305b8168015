using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Agent.Ipc;

/// <summary>Who is at the other end of a Unix socket, as the kernel saw it when it connected (SO_PEERCRED).</summary>
/// <param name="ProcessId">The process.</param>
/// <param name="UserId">Its effective user.</param>
/// <param name="GroupId">Its effective group.</param>
public readonly partial record struct PeerCredentials(int ProcessId, uint UserId, uint GroupId)
{
    private const int SolSocket = 1;
    private const int SoPeerCred = 17;

    /// <summary>True for root and for the user that this process runs as: those may use the local API.</summary>
    public bool IsAdmitted => UserId == 0 || UserId == EffectiveUser();

    /// <summary>Asks the kernel.</summary>
    internal static PeerCredentials Of(Socket connection)
    {
        Span<int> ucred = stackalloc int[3];                        // struct ucred { pid_t pid; uid_t uid; gid_t gid; }
        connection.GetRawSocketOption(SolSocket, SoPeerCred, MemoryMarshal.AsBytes(ucred));
        return new PeerCredentials(ucred[0], (uint)ucred[1], (uint)ucred[2]);
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();
}
