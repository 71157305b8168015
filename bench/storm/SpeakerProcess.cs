using System.Globalization;
using System.Runtime.InteropServices;

namespace Agent.Bench.Storm;

/// <summary>What the process under measurement has used, as the kernel counts it.</summary>
internal sealed partial class SpeakerProcess(int pid)
{
    private const int AllThreads = 2;

    /// <summary>The processor time of all its threads, those that have ended too.</summary>
    public TimeSpan Processor()
    {
        // The clock of another process, as clock_getcpuclockid(3) names it.
        if (Read(~pid << 3 | AllThreads, out var used) == 0)
            return TimeSpan.FromSeconds(used.Seconds) + TimeSpan.FromMicroseconds(used.Nanoseconds / 1000.0);
        throw new InvalidOperationException($"process {pid} has no clock: it has ended");
    }

    /// <summary>The most memory it ever had, in MiB.</summary>
    public double PeakMegabytes()
    {
        var line = File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int Read(int clock, out Time time);

    /// <summary><c>struct timespec</c>.</summary>
    private struct Time
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
