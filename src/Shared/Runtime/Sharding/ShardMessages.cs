using Agent.Runtime.Actor;
using Agent.Runtime.Dispatch;

namespace Agent.Runtime.Cluster.Sharding;

/// <summary>What regions and shards say to each other; none of it concerns users.</summary>
internal static class ShardMessages
{
    /// <summary>A message on its way between the regions of two nodes.</summary>
    /// <param name="Message">As it was sent by the user.</param>
    /// <param name="Hops">How many regions it has left.</param>
    /// <param name="Origin">The path of the region that it came to first.</param>
    public sealed record Routed(object Message, int Hops, string Origin);

    /// <summary>Tells a region that had to be helped where a shard is.</summary>
    public sealed record HomeIs(string ShardId, Address Home) : IDeadLetterSuppression;

    /// <summary>A message for an entity of the shard, as it was sent by the user.</summary>
    public sealed record ToEntity(string EntityId, object Message);

    /// <summary>A message that the shard, which is stopping, can no longer give to its entity.</summary>
    public sealed record Returned(object Message);

    /// <summary>Start this entity, where it is not there.</summary>
    public sealed record StartEntity(string EntityId);

    /// <summary>Stop all entities, then yourself.</summary>
    public sealed record HandOff(object StopMessage, TimeSpan Timeout);

    /// <summary>Answered by a shard with its <see cref="ShardState"/>.</summary>
    public sealed record GetState;

    /// <summary>Answered by a region with its <see cref="ShardRegionStats"/>.</summary>
    public sealed record GetStats;
}
