using System.Globalization;
using Agent.Datastore;
using Agent.Host.Cluster;
using Agent.Host.Logging;
using Agent.Host.Settings;
using Agent.Runtime.Hosting;

namespace Agent.Host.Tests.Cluster;

/// <summary>The clock by which a node measures its leases goes on while the host sleeps.</summary>
public sealed class BootTimeTests
{
    [Fact]
    public void It_is_what_the_kernel_counts_as_time_since_boot()
    {
        // The first number of /proc/uptime is CLOCK_BOOTTIME, cut off to hundredths.
        var before = Uptime();
        var now = BootTime.Instance.GetElapsedTime(0);
        var after = Uptime() + TimeSpan.FromMilliseconds(10);

        Assert.InRange(now, before, after);
    }

    [Fact]
    public void It_never_goes_back()
    {
        var readings = Enumerable.Range(0, 1000).Select(_ => BootTime.Instance.GetTimestamp()).ToList();

        Assert.Equal(readings.Order(), readings);
    }

    [Fact]
    public void The_wall_clock_and_the_timers_are_the_systems()
    {
        using var fired = new ManualResetEventSlim();
        var before = TimeProvider.System.GetUtcNow();
        using var timer = BootTime.Instance.CreateTimer(_ => fired.Set(), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);

        Assert.True(fired.Wait(TimeSpan.FromMinutes(1)));
        Assert.InRange(BootTime.Instance.GetUtcNow(), before, TimeProvider.System.GetUtcNow());
    }

    [Fact]
    public void The_agents_actors_and_their_leases_run_by_it()
    {
        using var logs = new AgentLog(new AgentSettings { NodeName = "node" });
        var leases = new InMemoryDatastore(TimeProvider.System, new Random(1));

        var setup = AgentProcess.SetupOf(
            new PersistenceSetup(new InMemoryJournal(), new InMemorySnapshotStore()),
            new ClusterSetup(new DatastoreLeases(leases.Leases), new DatastoreShardRecords(leases)), logs);

        Assert.Same(BootTime.Instance, setup.Time);
    }

    private static TimeSpan Uptime() =>
        TimeSpan.FromSeconds(double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture));
}
