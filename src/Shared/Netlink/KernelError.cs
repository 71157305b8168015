namespace Agent.Netlink;

/// <summary>Why the kernel refused: an error number and, where it gave one, its own words.</summary>
/// <param name="Number">The positive errno; see <see cref="Errno"/>.</param>
/// <param name="Detail">The kernel's extended acknowledgement, such as "Nexthop has invalid gateway", or what the agent
/// adds.</param>
public readonly record struct KernelError(int Number, string? Detail = null)
{
    /// <summary>The symbolic name, such as <c>ENETUNREACH</c>.</summary>
    public string Name => Errno.Name(Number);

    /// <summary>The name, then the detail: <c>ENETUNREACH: Nexthop has invalid gateway</c>.</summary>
    public override string ToString() => Detail is null ? Name : $"{Name}: {Detail}";
}

/// <summary>The conversation with the kernel itself failed, so that it is not known what was done: lost I/O,
/// resync.</summary>
/// <remarks>A refusal of a single route or step is never this exception; it is a <see cref="KernelError"/> in a
/// result.</remarks>
public sealed class NetlinkException(string operation, KernelError error) : IOException($"{operation}: {error}")
{
    /// <summary>What the kernel answered.</summary>
    public KernelError Error { get; } = error;
}

/// <summary>The one place where error numbers of Linux get their names (errno(3), numbers of asm-generic).</summary>
public static class Errno
{
    /// <summary>The process lacks CAP_NET_ADMIN.</summary>
    public const int NotPermitted = 1;

    /// <summary>No such file, namespace or routing table.</summary>
    public const int NoEntry = 2;

    /// <summary>No such route: what a deletion answers when there is nothing to delete.</summary>
    public const int NoSuchRoute = 3;

    /// <summary>A system call was interrupted by a signal.</summary>
    public const int Interrupted = 4;

    /// <summary>Nothing arrived in time.</summary>
    public const int TryAgain = 11;

    /// <summary>The process may not write it.</summary>
    public const int AccessDenied = 13;

    /// <summary>The route, link or address is already there.</summary>
    public const int Exists = 17;

    /// <summary>No such link.</summary>
    public const int NoDevice = 19;

    /// <summary>The request makes no sense to the kernel.</summary>
    public const int InvalidArgument = 22;

    /// <summary>The kernel was built without what is asked for.</summary>
    public const int NotSupported = 95;

    /// <summary>The kernel was built without the address family.</summary>
    public const int FamilyNotSupported = 97;

    /// <summary>EADDRNOTAVAIL: the link does not have the address.</summary>
    public const int AddressNotAvailable = 99;

    /// <summary>The link that the route goes through is down.</summary>
    public const int NetworkDown = 100;

    /// <summary>The gateway is not reachable over a connected network.</summary>
    public const int NetworkUnreachable = 101;

    /// <summary>A receive buffer overflowed, so that messages were lost.</summary>
    public const int NoBufferSpace = 105;

    /// <summary>The symbolic name of an error number; a number that is not in the table answers <c>errno
    /// N</c>.</summary>
    public static string Name(int number) => number switch
    {
        1 => "EPERM",
        2 => "ENOENT",
        3 => "ESRCH",
        4 => "EINTR",
        5 => "EIO",
        6 => "ENXIO",
        7 => "E2BIG",
        9 => "EBADF",
        11 => "EAGAIN",
        12 => "ENOMEM",
        13 => "EACCES",
        16 => "EBUSY",
        17 => "EEXIST",
        19 => "ENODEV",
        22 => "EINVAL",
        24 => "EMFILE",
        28 => "ENOSPC",
        30 => "EROFS",
        34 => "ERANGE",
        90 => "EMSGSIZE",
        93 => "EPROTONOSUPPORT",
        95 => "EOPNOTSUPP",
        97 => "EAFNOSUPPORT",
        98 => "EADDRINUSE",
        99 => "EADDRNOTAVAIL",
        100 => "ENETDOWN",
        101 => "ENETUNREACH",
        105 => "ENOBUFS",
        110 => "ETIMEDOUT",
        113 => "EHOSTUNREACH",
        _ => $"errno {number}",
    };
}
