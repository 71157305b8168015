using Agent.Primitives;

namespace Agent.Ipam;

/// <summary>One thing that happened to the blocks of a node: what the block owner journals, and the
/// only way in which its state changes.</summary>
/// <remarks>
/// How an event stands in the journal is in <see cref="IpamJson"/>. A member that is added later must
/// have a default, so that old entries still read.
/// </remarks>
public abstract record BlockEvent
{
    private BlockEvent(IpPrefix block) => Block = block;

    /// <summary>The block that it happened to.</summary>
    public IpPrefix Block { get; init; }

    /// <summary>The node became the owner of a block without assigned addresses.</summary>
    /// <param name="Block">The block.</param>
    /// <param name="Pool">The name of the pool in which it lies.</param>
    /// <param name="ClaimId">Names this ownership; the affinity resource carries it too.</param>
    /// <param name="Sequence">Where the block's sequence numbers start, above those of any earlier incarnation.</param>
    /// <param name="At">When the affinity was taken.</param>
    public sealed record Claimed(IpPrefix Block, string Pool, string ClaimId, ulong Sequence, DateTimeOffset At)
        : BlockEvent(Block);

    /// <summary>The block stands as published: from a snapshot of the journal, or
    /// taken over after the journal was lost.</summary>
    /// <param name="Block">The block, the same as that of <paramref name="Published"/>.</param>
    /// <param name="Pool">The name of the pool in which it lies.</param>
    /// <param name="ClaimId">Names this ownership.</param>
    /// <param name="Published">The block's state.</param>
    /// <param name="IsSealed">True keeps the free addresses back, since after a
    /// lost journal some of them may be in use.</param>
    /// <param name="IsRestored">True where pods may have addresses of the block that nobody knows of: it was taken over
    /// from its publication.</param>
    public sealed record Restored(
        IpPrefix Block, string Pool, string ClaimId, PublishedBlock Published, bool IsSealed, bool IsRestored = false)
        : BlockEvent(Block);

    /// <summary>Nothing is assigned from the block any more; releases go on. The first step of giving it up.</summary>
    public sealed record Sealed(IpPrefix Block) : BlockEvent(Block);

    /// <summary>A sealed block is used again: it was not given up after all, or its quarantine is over.</summary>
    public sealed record Reopened(IpPrefix Block) : BlockEvent(Block);

    /// <summary>A sealed block is no longer this node's; what is assigned in
    /// it is now the business of the pool.</summary>
    public sealed record Unclaimed(IpPrefix Block) : BlockEvent(Block);

    /// <summary>An address was given to a handle.</summary>
    public sealed record Assigned(IpPrefix Block, IpAddr Address, string Handle, OwnerAttributes Attributes)
        : BlockEvent(Block);

    /// <summary>An address was given back.</summary>
    public sealed record Released(IpPrefix Block, IpAddr Address) : BlockEvent(Block);
}
