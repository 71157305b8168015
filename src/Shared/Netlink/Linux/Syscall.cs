using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace Agent.Netlink.Linux;

/// <summary>The system calls that .NET does not offer, as they are; every one sets errno.</summary>
internal static partial class Syscall
{
    internal const int FamilyNetlink = 16;
    internal const int RawCloseOnExec = 3 | 0x80000;
    internal const int CloneNewNet = 0x4000_0000;
    internal const int OpenReadCloseOnExec = 0x80000;
    internal const int MountBind = 4096;
    internal const int UnmountDetach = 2;
    internal const nuint NamespaceTypeRequest = 0xB703;
    internal const int SocketLevel = 1;
    internal const int ReceiveTimeout = 20;
    internal const int AttachFilter = 26;
    internal const int ReceiveBufferForce = 33;
    internal const int NetlinkLevel = 270;
    internal const int AddMembership = 1;
    internal const int CapAcknowledgement = 10;
    internal const int ExtendedAcknowledgement = 11;
    internal const int StrictCheck = 12;

    /// <summary><c>struct sockaddr_nl</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct NetlinkAddress
    {
        internal ushort Family;
        internal ushort Padding;
        internal uint Port;
        internal uint Groups;
    }

    /// <summary><c>struct timeval</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct TimeValue
    {
        internal long Seconds;
        internal long Microseconds;
    }

    /// <summary><c>struct sock_filter</c>: one instruction of a socket filter.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal readonly struct FilterStep(ushort code, byte ifTrue, byte ifFalse, uint operand)
    {
        internal readonly ushort Code = code;
        internal readonly byte IfTrue = ifTrue;
        internal readonly byte IfFalse = ifFalse;
        internal readonly uint Operand = operand;
    }

    /// <summary><c>struct sock_fprog</c>: a socket filter.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Filter
    {
        internal ushort Length;
        internal nint Steps;
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    internal static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    internal static partial int Bind(int socket, in NetlinkAddress address, int length);

    [LibraryImport("libc", EntryPoint = "getsockname", SetLastError = true)]
    internal static partial int GetSocketName(int socket, ref NetlinkAddress address, ref int length);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    internal static partial int SetSocketOption(int socket, int level, int name, in int value, int length);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    internal static partial int SetSocketTimeout(
        int socket, int level, int name, in TimeValue value, int length);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    internal static partial int SetSocketFilter(int socket, int level, int name, in Filter value, int length);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    internal static partial nint Send(SafeHandle socket, ReadOnlySpan<byte> buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    internal static partial nint Receive(SafeHandle socket, Span<byte> buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int Ioctl(int descriptor, nuint request);

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    internal static partial int SetNamespace(SafeHandle descriptor, int type);

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    internal static partial int Unshare(int flags);

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Mount(string source, string target, string type, nuint flags, nint data);

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Unmount(string target, int flags);

    /// <summary>The exception for the system call that just failed.</summary>
    internal static NetlinkException Failure(string operation) =>
        new(operation, new KernelError(Marshal.GetLastPInvokeError()));
}
