using System.Collections.Immutable;
using Agent.Runtime.Actor;

namespace Agent.Runtime.Hosting;

/// <summary>What a system needs to be a node of a cluster: a store of leases, a store of shard records, and a way to
/// the other nodes.</summary>
/// <remarks>Every node of a cluster must be given the same <see cref="TimeToLive"/>.</remarks>
/// <param name="Leases">Who is a member, and until when.</param>
/// <param name="Shards">Which member owns which shard.</param>
public sealed record ClusterSetup(IClusterLeases Leases, IShardRecords Shards)
{
    /// <summary>The role of the members that own shards.</summary>
    public const string Coordinator = "coordinator";

    /// <summary>A cluster of one process, its stores in memory.</summary>
    public static ClusterSetup InMemory()
    {
        var store = new InMemoryClusterStore();
        return new ClusterSetup(store, store);
    }

    /// <summary>Where others reach this node. It is the node's identity: no two nodes may have the same. Null for the
    /// system's local address, which nobody else can reach.</summary>
    public Address? Address { get; init; }

    /// <summary>The way to other nodes; null for a node that has none.</summary>
    public IRemoteLink? Link { get; init; }

    /// <summary>What others may know this member to be. A member with <see cref="Coordinator"/> owns shards.</summary>
    public ImmutableHashSet<string> Roles { get; init; } = [Coordinator];

    /// <summary>Whether the node holds a membership lease, so that all others see it come and go. An ordinary node does
    /// not: it only observes, and sends to shards through proxies.</summary>
    public bool HoldsLease { get; init; } = true;

    /// <summary>How long a membership lease holds without renewal; at least 1 s. It is renewed three times in that
    /// time.</summary>
    public TimeSpan TimeToLive { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long before its lease may be taken over a holder stops acting: what clocks may differ by within
    /// <see cref="TimeToLive"/>, and the time of the longest message.</summary>
    public TimeSpan Margin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often a node without a lease looks who is a member.</summary>
    public TimeSpan ObserveInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a better owner must have been there before a shard moves to it.</summary>
    public TimeSpan StableAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many shards this node hands to better owners in a minute, all types together. Shards without an
    /// owner are taken at once, however many.</summary>
    public int MovesPerMinute { get; init; } = 10;

    /// <summary>How long the entities of a shard may take to stop when it moves; then they are stopped where they
    /// stand.</summary>
    public TimeSpan HandOverTimeout { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>After how long a shard whose owner could not be found out is tried again.</summary>
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How many messages a region keeps for shards on the move; what is more becomes dead letters.</summary>
    public int BufferSize { get; init; } = 10_000;

    /// <summary>Which entities exist, for types whose settings say that they are remembered; null for none.</summary>
    public IRememberedEntities? RememberedEntities { get; init; }

    /// <summary>After how long an operation of a store is given up, its outcome unknown.</summary>
    internal TimeSpan OperationTimeout => TimeToLive / 2;

    /// <summary>Refuses what would not be safe.</summary>
    /// <exception cref="ArgumentException">A time or a number is out of its range.</exception>
    internal void Validate()
    {
        if (!HoldsLease && Roles.Contains(Coordinator))
            throw new ArgumentException(
                $"A {Coordinator} must hold a membership lease: set {nameof(HoldsLease)}, or leave the role out.");
        ArgumentOutOfRangeException.ThrowIfLessThan(TimeToLive, TimeSpan.FromSeconds(1), nameof(TimeToLive));
        ArgumentOutOfRangeException.ThrowIfLessThan(Margin, TimeSpan.Zero, nameof(Margin));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(Margin, TimeToLive * 2 / 3, nameof(Margin));
        ArgumentOutOfRangeException.ThrowIfLessThan(MovesPerMinute, 0, nameof(MovesPerMinute));
        ArgumentOutOfRangeException.ThrowIfLessThan(BufferSize, 1, nameof(BufferSize));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ObserveInterval, TimeSpan.Zero, nameof(ObserveInterval));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(RetryInterval, TimeSpan.Zero, nameof(RetryInterval));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(HandOverTimeout, TimeSpan.Zero, nameof(HandOverTimeout));
    }
}
