using System.Collections.Immutable;
using Agent.Runtime.Actor;

namespace Agent.Runtime.Cluster.Sharding;

/// <summary>An entity tells its parent that it may be stopped. It is sent the stop message and has to stop by it; what
/// comes for it meanwhile waits for its next incarnation.</summary>
/// <param name="stopMessage">What the entity is sent, for instance <see cref="PoisonPill"/>.</param>
public sealed class Passivate(object stopMessage)
{
    /// <summary>What the entity is sent.</summary>
    public object StopMessage { get; } = stopMessage;
}

/// <summary>Asks a region which entities it has; answered with <see cref="CurrentShardRegionState"/>.</summary>
public sealed class GetShardRegionState
{
    /// <summary>The one instance.</summary>
    public static readonly GetShardRegionState Instance = new();

    private GetShardRegionState()
    {
    }
}

/// <summary>The shards of one region and their entities.</summary>
public sealed class CurrentShardRegionState : IEquatable<CurrentShardRegionState>
{
    /// <summary>A state in which every shard has answered.</summary>
    public CurrentShardRegionState(IImmutableSet<ShardState> shards) : this(shards, ImmutableHashSet<string>.Empty)
    {
    }

    /// <summary>A state with the shards that have not answered.</summary>
    public CurrentShardRegionState(IImmutableSet<ShardState> shards, IImmutableSet<string> failed) =>
        (Shards, Failed) = (shards, failed);

    /// <summary>The shards that have answered.</summary>
    public readonly IImmutableSet<ShardState> Shards;

    /// <summary>The ids of those that have not, in time.</summary>
    public readonly IImmutableSet<string> Failed;

    /// <inheritdoc/>
    public bool Equals(CurrentShardRegionState? other) =>
        other is not null && Shards.SetEquals(other.Shards) && Failed.SetEquals(other.Failed);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as CurrentShardRegionState);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Shards.Count, Failed.Count);
}

/// <summary>A shard and its entities.</summary>
public sealed class ShardState(string shardId, IImmutableSet<string> entityIds) : IEquatable<ShardState>
{
    /// <summary>The shard.</summary>
    public readonly string ShardId = shardId;

    /// <summary>Its entities that are alive.</summary>
    public readonly IImmutableSet<string> EntityIds = entityIds;

    /// <inheritdoc/>
    public bool Equals(ShardState? other) =>
        other is not null && ShardId == other.ShardId && EntityIds.SetEquals(other.EntityIds);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ShardState);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(ShardId, EntityIds.Count);

    /// <inheritdoc/>
    public override string ToString() => $"{ShardId}: {string.Join(", ", EntityIds.Order(StringComparer.Ordinal))}";
}

/// <summary>Asks a region how many entities every region of the cluster has; answered with
/// <see cref="ClusterShardingStats"/>.</summary>
/// <param name="timeout">How long to wait for the other regions.</param>
public sealed class GetClusterShardingStats(TimeSpan timeout) : IEquatable<GetClusterShardingStats>
{
    /// <summary>How long to wait for the other regions.</summary>
    public readonly TimeSpan Timeout = timeout;

    /// <inheritdoc/>
    public bool Equals(GetClusterShardingStats? other) => other is not null && Timeout == other.Timeout;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as GetClusterShardingStats);

    /// <inheritdoc/>
    public override int GetHashCode() => Timeout.GetHashCode();
}

/// <summary>The regions that have answered, by the addresses of their nodes.</summary>
public sealed class ClusterShardingStats(IImmutableDictionary<Address, ShardRegionStats> regions)
    : IEquatable<ClusterShardingStats>
{
    /// <summary>What each region has.</summary>
    public readonly IImmutableDictionary<Address, ShardRegionStats> Regions = regions;

    /// <inheritdoc/>
    public bool Equals(ClusterShardingStats? other) => other is not null && Regions.Count == other.Regions.Count
        && Regions.All(r => other.Regions.TryGetValue(r.Key, out var stats) && r.Value.Equals(stats));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ClusterShardingStats);

    /// <inheritdoc/>
    public override int GetHashCode() => Regions.Count;
}

/// <summary>How many entities each shard of a region has.</summary>
public sealed class ShardRegionStats : IEquatable<ShardRegionStats>
{
    /// <summary>Counts of which every shard has answered.</summary>
    public ShardRegionStats(IImmutableDictionary<string, int> stats) : this(stats, ImmutableHashSet<string>.Empty)
    {
    }

    /// <summary>Counts, with the shards that have not answered.</summary>
    public ShardRegionStats(IImmutableDictionary<string, int> stats, IImmutableSet<string> failed) =>
        (Stats, Failed) = (stats, failed);

    /// <summary>Entities by shard.</summary>
    public readonly IImmutableDictionary<string, int> Stats;

    /// <summary>The ids of the shards that have not answered, in time.</summary>
    public readonly IImmutableSet<string> Failed;

    /// <inheritdoc/>
    public bool Equals(ShardRegionStats? other) =>
        other is not null && Failed.SetEquals(other.Failed) && Stats.Count == other.Stats.Count
        && Stats.All(s => other.Stats.TryGetValue(s.Key, out var count) && s.Value == count);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ShardRegionStats);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Stats.Count, Failed.Count);
}
