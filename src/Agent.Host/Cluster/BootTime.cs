using System.Runtime.InteropServices;

namespace Agent.Host.Cluster;

/// <summary>The host's time since boot, the time in which it was suspended included (<c>CLOCK_BOOTTIME</c>).</summary>
/// <remarks>The monotonic clock of <see cref="TimeProvider.System"/> stands still while the host sleeps: a coordinator
/// that wakes up would believe in a lease that others have long taken over. By this one it is over at once. The wall
/// clock and timers are the system's; a timer may be late by what is left of it at the time of the sleep.</remarks>
public sealed partial class BootTime : TimeProvider
{
    private const int ClockBootTime = 7;
    private const long NanosecondsOfSecond = 1_000_000_000;

    private BootTime()
    {
    }

    /// <summary>The one instance.</summary>
    public static BootTime Instance { get; } = new();

    /// <inheritdoc/>
    public override long TimestampFrequency => NanosecondsOfSecond;

    /// <inheritdoc/>
    /// <exception cref="PlatformNotSupportedException">The kernel has no such clock.</exception>
    public override long GetTimestamp()
    {
        Span<nint> time = stackalloc nint[2];
        return GetTime(ClockBootTime, time) == 0
            ? (time[0] * NanosecondsOfSecond) + time[1]
            : throw new PlatformNotSupportedException("The kernel has no CLOCK_BOOTTIME: the agent needs Linux.");
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [SuppressGCTransition]
    private static partial int GetTime(int clock, Span<nint> time);
}
