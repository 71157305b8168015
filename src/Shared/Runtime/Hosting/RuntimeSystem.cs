using Agent.Runtime.Actor;
using Agent.Runtime.Cells;
using Agent.Runtime.Dispatch;

namespace Agent.Runtime.Hosting;

/// <summary>Starts actor systems on the thread pool. For systems that are simulated see
/// <see cref="SeededWorld"/>.</summary>
public static class RuntimeSystem
{
    /// <summary>Starts a system.</summary>
    /// <param name="name">ASCII letters and digits, and within the name also - and _.</param>
    /// <param name="setup">What the system is given.</param>
    /// <exception cref="ArgumentException">The name is not of that form, or the throughput is below 1.</exception>
    public static ActorSystem Create(string name, RuntimeSetup setup)
    {
        ArgumentNullException.ThrowIfNull(setup);
        ArgumentOutOfRangeException.ThrowIfLessThan(setup.Throughput, 1);
        return new ActorSystemImpl(name, setup, new ThreadPoolDispatcher(setup.Throughput));
    }
}
