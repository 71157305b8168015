using Agent.Runtime.Actor;

namespace Agent.Runtime.Cluster.Sharding;

/// <summary>Where a shard is, as a region knows it.</summary>
internal enum Place
{
    /// <summary>To be found out.</summary>
    Unknown,

    /// <summary>Being found out; a store operation is under way.</summary>
    Resolving,

    /// <summary>At another node.</summary>
    Remote,

    /// <summary>Here.</summary>
    Owned,

    /// <summary>Was here; its actors are stopping.</summary>
    Stopping,

    /// <summary>Was here; its actors are gone and its record is being given back.</summary>
    Releasing,
}

/// <summary>Why the actors of a shard are stopping.</summary>
internal enum StopReason
{
    /// <summary>A better owner waits.</summary>
    Move,

    /// <summary>The node leaves; its lease, given back, frees the record.</summary>
    Leave,

    /// <summary>The node's right to act has ended.</summary>
    Lapse,
}

/// <summary>What a region knows of one shard, and the messages that wait for it.</summary>
internal sealed class ShardEntry(string id)
{
    public string Id { get; } = id;

    public Place Place { get; set; }

    /// <summary>The node, where <see cref="Place.Remote"/>; the better owner, where it moves.</summary>
    public Address? Home { get; set; }

    /// <summary>The shard's actor, where it is owned or stopping.</summary>
    public IActorRef? Actor { get; set; }

    /// <summary>The stay, where it is owned, stopping or releasing.</summary>
    public ShardTerm? Term { get; set; }

    public StopReason Reason { get; set; }

    /// <summary>The number of the operation whose outcome counts.</summary>
    public long Request { get; set; }

    public Queue<Waiting> Buffer { get; } = new();

    /// <summary>A message that waits until the shard's place is known.</summary>
    internal readonly record struct Waiting(object Message, IActorRef? Sender, int Hops, string Origin);
}
