using Agent.Ipam;
using Agent.Primitives;
using Agent.Runtime.Hosting;

namespace Agent.Actors.Tests;

/// <summary>The history of a node's blocks does not grow for ever: after every 500 events it is summed up, and what the sum contains goes,
/// older sums too.</summary>
public sealed class JournalSummaryTests
{
    private const string Id = "ipam-a";

    [Fact]
    public void After_every_500_events_one_snapshot_stands_for_all_before_it()
    {
        var cluster = SimulatedCluster.Of(1);
        var node = cluster["a"];
        var addresses = new List<string> { node.Added("pod-0").ToString() };
        for (var summary = 500; summary <= 1500; summary += 500)
        {
            node.Kill();
            FillUpTo(node.Journal, summary - 2, cluster);
            node.Start();
            node.Added($"other-{summary}");
            addresses.Add(node.Added($"pod-{summary}").ToString());
            cluster.Advance(5);

            Assert.Empty(node.Journal.Events(Id));
            Assert.Equal(summary, Snapshot(SnapshotSelectionCriteria.Latest));
            Assert.Null(Snapshot(new SnapshotSelectionCriteria(summary - 1)));
        }

        node.Kill();
        node.Start();
        Assert.Equal(addresses, new[] { "pod-0", "pod-500", "pod-1000", "pod-1500" }.Select(pod => node.Added(pod).ToString()));
        Assert.DoesNotContain(node.Log, line => line.Contains("deleted", StringComparison.Ordinal));

        long? Snapshot(SnapshotSelectionCriteria criteria) => node.Snapshots.LoadAsync(Id, criteria).Result?.Metadata.SequenceNr;
    }

    /// <summary>Writes events that change nothing, in pairs, while the node is down.</summary>
    private static void FillUpTo(InMemoryJournal journal, int last, SimulatedCluster cluster)
    {
        var block = IpPrefix.Parse(cluster.Blocks().Single().Split(' ')[1]);
        for (var next = journal.HighestSequenceNrAsync(Id).Result + 1; next < last; next += 2)
            Assert.Equal([null], journal.WriteAsync([new AtomicWrite(Id, next, [new BlockEvent.Sealed(block), new BlockEvent.Reopened(block)])]).Result);
        Assert.Equal(last, journal.HighestSequenceNrAsync(Id).Result);
    }
}
