// Everything that is configured differently from runtime to runtime, for the embedded one: the base classes of the specs that
// need more than a bare TestKit.
using Agent.Runtime.Hosting;

namespace Semantics;

/// <summary>A test kit whose scheduler moves only when the test says so.</summary>
public abstract class VirtualTimeSpec : TestKit
{
    protected VirtualTimeSpec() : base(TestSystem.WithVirtualTime())
    {
    }

    /// <summary>Moves virtual time forward; whatever is due by then has been sent when the call returns.</summary>
    protected void Advance(TimeSpan by) => ((TestScheduler)Sys.Scheduler).Advance(by);

    protected void Advance(double seconds) => Advance(TimeSpan.FromSeconds(seconds));
}

/// <summary>A test kit with a journal and a snapshot store in memory. They are shared by all tests, each of which has a
/// persistence id of its own.</summary>
public abstract class PersistenceSpec : TestKit
{
    private static readonly InMemoryJournal Journal = new();
    private static readonly InMemorySnapshotStore Snapshots = new();

    protected PersistenceSpec() : base(TestSystem.WithPersistence(new PersistenceSetup(Journal, Snapshots)))
    {
    }

    /// <summary>A persistence id that no other test uses.</summary>
    protected string Id { get; } = "p-" + Guid.NewGuid().ToString("N");

    /// <summary>The next write for this id is not carried out: the journal breaks.</summary>
    protected static void FailNextWrite(string persistenceId) => Journal.FailNextWrite(persistenceId);

    /// <summary>The next write for this id is refused by a healthy journal (as if it could not be serialized).</summary>
    protected static void RejectNextWrite(string persistenceId) => Journal.RejectNextWrite(persistenceId);

    /// <summary>The next replay for this id, which has events in the journal, breaks.</summary>
    protected static void FailNextReplay(string persistenceId) => Journal.FailNextReplay(persistenceId);
}

#if WITH_CLUSTER
/// <summary>A test kit that is one node of a cluster of its own, not yet joined.</summary>
public abstract class ClusterSpec : TestKit
{
    protected ClusterSpec() : base(RuntimeSystem.Create("test", new RuntimeSetup { Cluster = ClusterSetup.InMemory() }))
    {
    }

    /// <summary>Makes this node a cluster of one and waits until it is up.</summary>
    protected void JoinSelf()
    {
        var cluster = Cluster.Get(Sys);
        cluster.Join(cluster.SelfAddress);
        AwaitAssert(() => Assert.Equal(MemberStatus.Up, cluster.SelfMember.Status), TimeSpan.FromSeconds(60));
    }
}
#endif
