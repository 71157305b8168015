using Agent.Runtime.Actor;
using Agent.Runtime.Cluster.Sharding;

namespace Agent.Runtime.Hosting;

/// <summary>Where it is written which member owns which shard; the port to a consistent store.</summary>
/// <remarks>An operation that fails may have had its effect or may have it later. In a simulation tasks complete on the
/// world's thread.</remarks>
public interface IShardRecords
{
    /// <summary>The record of a shard, or null where it never had an owner.</summary>
    Task<ShardRecord?> ReadAsync(string typeName, string shardId);

    /// <summary>Writes a record if the one that stands there has this epoch; 0 for none.</summary>
    /// <returns>Whether it was written.</returns>
    Task<bool> TryWriteAsync(ShardRecord record, long expectedEpoch);
}

/// <summary>Who owns a shard. The owner may act for it as long as it holds its membership lease in this incarnation;
/// the record needs no renewal.</summary>
/// <param name="TypeName">The type of the entities.</param>
/// <param name="ShardId">The shard.</param>
/// <param name="Owner">The owner's address, or empty where it was given back.</param>
/// <param name="Incarnation">The owner's incarnation; each membership of a node is another.</param>
/// <param name="Epoch">Rises with every change, so with every start of the shard. It stands in what the shard's
/// entities write.</param>
public sealed record ShardRecord(string TypeName, string ShardId, string Owner, int Incarnation, long Epoch);

/// <summary>Which entities exist, as the cluster's resources say: their shards are started without waiting for a
/// message.</summary>
public interface IRememberedEntities
{
    /// <summary>The ids of all entities of a type.</summary>
    Task<IReadOnlyCollection<string>> ListAsync(string typeName);
}

/// <summary>The epochs in which this node acts for shards, for objects that entities write.</summary>
public static class ShardEpochs
{
    /// <summary>The epoch of the entity's shard; null where this node does not, or may not, act for it now. Safe from
    /// any thread.</summary>
    /// <param name="system">The system that the entity lives in.</param>
    /// <param name="typeName">The type it was started under.</param>
    /// <param name="entityId">The entity.</param>
    public static long? Of(ActorSystem system, string typeName, string entityId) =>
        ClusterSharding.Get(system).EpochOf(typeName, entityId);
}
