using System.Globalization;

namespace Agent.Runtime.Cluster.Sharding;

/// <summary>Tells which entity a message is for, what of it the entity gets, and which shard the entity is
/// in.</summary>
/// <remarks>Pure, the same on every node, and called from several actors at once.</remarks>
public interface IMessageExtractor
{
    /// <summary>The id of the entity that a message is for; null or empty for none.</summary>
    string? EntityId(object message);

    /// <summary>What the entity gets of a message.</summary>
    object EntityMessage(object message);

    /// <summary>The shard that an entity is in.</summary>
    string ShardId(string entityId, object? messageHint = null);
}

/// <summary>Spreads entities over a fixed number of shards by a stable hash of their ids. The number must be the same
/// on every node and must not change while the cluster runs.</summary>
public abstract class HashCodeMessageExtractor : IMessageExtractor
{
    /// <summary>An extractor for so many shards.</summary>
    /// <param name="maxNumberOfShards">At least 1; ten times the coordinators is a good number.</param>
    protected HashCodeMessageExtractor(int maxNumberOfShards)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxNumberOfShards, 1);
        MaxNumberOfShards = maxNumberOfShards;
    }

    /// <summary>How many shards there are.</summary>
    public readonly int MaxNumberOfShards;

    /// <summary>An extractor made of functions.</summary>
    public static HashCodeMessageExtractor Create(
        int maxNumberOfShards,
        Func<object, string?> entityIdExtractor, Func<object, object>? messageExtractor = null) =>
        new Functions(maxNumberOfShards, entityIdExtractor, messageExtractor);

    /// <inheritdoc/>
    public abstract string? EntityId(object message);

    /// <inheritdoc/>
    public virtual object EntityMessage(object message) => message;

    /// <inheritdoc/>
    public virtual string ShardId(string entityId, object? messageHint = null) =>
        (StableHash.Of(entityId) % (ulong)MaxNumberOfShards).ToString(CultureInfo.InvariantCulture);

    private sealed class Functions(int shards, Func<object, string?> id, Func<object, object>? content)
        : HashCodeMessageExtractor(shards)
    {
        public override string? EntityId(object message) => id(message);

        public override object EntityMessage(object message) => content is null ? message : content(message);
    }
}
