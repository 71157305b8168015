using Agent.Runtime.Actor;

namespace Agent.Runtime.Cluster.Sharding;

/// <summary>What the region of a type, and its shards, are made from.</summary>
/// <param name="Cluster">The node.</param>
/// <param name="Sharding">The terms and the budget that all types share.</param>
/// <param name="TypeName">The type.</param>
/// <param name="EntityProps">Makes an entity's props from its id.</param>
/// <param name="Settings">How entities are kept.</param>
/// <param name="Extractor">Which message is for which entity.</param>
/// <param name="IsProxy">Whether this node owns no shard of the type, whatever its role.</param>
internal sealed record ShardRegionSetup(
    Cluster Cluster, ClusterSharding Sharding, string TypeName, Func<string, Props> EntityProps,
    ClusterShardingSettings Settings,
    IMessageExtractor Extractor, bool IsProxy);
