using System.Collections.Immutable;
using Agent.Primitives;

namespace Agent.Actors.Cluster;

/// <summary>What the sharded entity of one pool's blocks hears and says; the pool's name is the entity's key.</summary>
/// <remarks>The entity decides; the node that asks carries the decision out, by the same compare-and-swap by which it
/// would claim a block on its own.</remarks>
public static class BlockProtocol
{
    /// <summary>Every message for the entity names its pool.</summary>
    public interface IMessage
    {
        /// <summary>The IPPool's name.</summary>
        string Pool { get; }
    }

    /// <summary>Which block should this node claim? Answered with <see cref="Proposed"/>, <see cref="Exhausted"/> or
    /// <see cref="Unavailable"/>.</summary>
    /// <param name="Pool">The pool.</param>
    /// <param name="Node">The node's name.</param>
    /// <param name="Request">Names the request: the same one gets the same answer while the block is free.</param>
    /// <param name="Except">Blocks that were proposed and could not be had.</param>
    public sealed record Next(string Pool, string Node, string Request, ImmutableArray<IpPrefix> Except) : IMessage;

    /// <summary>Claim this block; for half a minute it is proposed to nobody else.</summary>
    /// <param name="Block">The block.</param>
    /// <param name="Epoch">The epoch of the entity's shard, which the claim bears.</param>
    public sealed record Proposed(IpPrefix Block, long Epoch);

    /// <summary>Every block of the pool has an owner or is spoken for.</summary>
    public sealed record Exhausted;

    /// <summary>The entity cannot decide.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record Unavailable(string Reason);
}
