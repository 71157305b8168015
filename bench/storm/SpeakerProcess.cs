using System.Globalization;

namespace Agent.Bench.Storm;

/// <summary>What the process under measurement has used, as the kernel counts it.</summary>
internal sealed class SpeakerProcess(int pid)
{
    /// <summary>The processor time of all its threads, those that have ended left out.</summary>
    public TimeSpan Processor()
    {
        long nanoseconds = 0;
        foreach (var thread in Directory.EnumerateDirectories($"/proc/{pid}/task"))
        {
            try
            {
                nanoseconds += long.Parse(File.ReadAllText(thread + "/schedstat").Split(' ')[0], CultureInfo.InvariantCulture);
            }
            catch (IOException)
            {
                // The thread has ended meanwhile.
            }
        }

        return TimeSpan.FromMicroseconds(nanoseconds / 1000.0);
    }

    /// <summary>The most memory it ever had, in MiB.</summary>
    public double PeakMegabytes()
    {
        var line = File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }
}
