using Agent.Datastore;

namespace Agent.Actors.Cluster;

/// <summary>The sharded type whose entities decide which blocks of a pool nodes get; started alike on every
/// node.</summary>
public static class BlockAffinityRegion
{
    /// <summary>The type's name.</summary>
    public const string TypeName = "block-affinity";

    /// <summary>How many shards there are: ten for each of the usual five coordinators. It must never change in a
    /// running cluster.</summary>
    public const int Shards = 50;

    /// <summary>Starts the type on this node. Entities are those that the runtime remembers, one for each pool; on a
    /// node that does not coordinate the region only passes on.</summary>
    /// <param name="system">The node's system.</param>
    /// <param name="ports">What the entities are made from.</param>
    /// <returns>The region: ask it <see cref="BlockProtocol.Next"/>.</returns>
    public static IActorRef Start(ActorSystem system, BlockAffinityPorts ports) => ClusterSharding.Get(system).Start(
        TypeName, pool => Props.Create(() => new BlockAffinityActor(pool, ports)),
        ClusterShardingSettings.Create(system).WithRememberEntities(true), new Extractor());

    private sealed class Extractor() : HashCodeMessageExtractor(Shards)
    {
        public override string? EntityId(object message) => (message as BlockProtocol.IMessage)?.Pool;
    }
}

/// <summary>What the entities of blocks are made from.</summary>
/// <param name="Datastore">The cluster's resources.</param>
/// <param name="Epochs">The epochs of this node's shards.</param>
/// <param name="Time">The clock, of which only the monotonic part counts.</param>
public sealed record BlockAffinityPorts(IDatastore Datastore, IShardEpochs Epochs, TimeProvider Time);

/// <summary>The epochs in which this node acts for shards. An object that an entity has written, or had written, bears
/// its epoch; a write with a lower one than an object bears is not made.</summary>
public interface IShardEpochs
{
    /// <summary>The epoch of an entity's shard; null where this node may not act for it now.</summary>
    long? Of(string typeName, string entityId);
}
