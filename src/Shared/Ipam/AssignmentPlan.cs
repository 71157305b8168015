using Agent.Primitives;

namespace Agent.Ipam;

/// <summary>The cluster's rules for assignment (IPAMConfiguration).</summary>
public sealed record IpamConfiguration
{
    /// <summary>How many blocks a node may have where neither the
    /// configuration nor the request says; per family.</summary>
    public const int DefaultMaxBlocks = 20;

    /// <summary>True never borrows from other nodes' blocks.</summary>
    public bool StrictAffinity { get; init; }

    /// <summary>False never claims new blocks.</summary>
    public bool AutoAllocateBlocks { get; init; } = true;

    /// <summary>The most blocks that a node may have, per family; 0 means <see cref="DefaultMaxBlocks"/>.</summary>
    public int MaxBlocksPerHost { get; init; }
}

/// <summary>A wish for one address of one family.</summary>
public sealed record AssignmentRequest
{
    /// <summary>Who wants it; a handle has one address of a family, however often it asks.</summary>
    public required string Handle { get; init; }

    /// <summary>The family.</summary>
    public required IpFamily Family { get; init; }

    /// <summary>The pools from which it may come, in order.</summary>
    public required IReadOnlyList<Pool> Pools { get; init; }

    /// <summary>What is noted about the owner.</summary>
    public OwnerAttributes Attributes { get; init; } = OwnerAttributes.Empty;

    /// <summary>Addresses that are never given out unless asked for by themselves.</summary>
    public AddressSet Reservations { get; init; } = AddressSet.Empty;

    /// <summary>The cluster's rules.</summary>
    public IpamConfiguration Configuration { get; init; } = new();

    /// <summary>The names of pools that were asked for a block in the course of this request, and had none.</summary>
    public IReadOnlyList<string> PoolsWithoutBlocks { get; init; } = [];

    /// <summary>True when all other owners were asked in the course of this
    /// request, and none could lend an address.</summary>
    public bool NobodyLends { get; init; }
}

/// <summary>What to do about a wish for an address.</summary>
public abstract record AssignmentDecision
{
    private AssignmentDecision() { }

    /// <summary>The handle has this address already: answer the same.</summary>
    public sealed record Existing(IpAddr Address) : AssignmentDecision;

    /// <summary>Journal this event, then answer its address.</summary>
    public sealed record Assign(BlockEvent.Assigned Event) : AssignmentDecision;

    /// <summary>No own block has room: claim one of this pool, and decide again (with the pool among
    /// those without blocks if it had none).</summary>
    public sealed record ClaimNeeded(Pool Pool) : AssignmentDecision;

    /// <summary>No pool has a block left: ask the owners of other blocks in these pools, in order.</summary>
    public sealed record BorrowNeeded(IReadOnlyList<Pool> Pools) : AssignmentDecision;

    /// <summary>The address that was asked for lies in a block that is not this node's:
    /// claim that block, or ask its owner.</summary>
    public sealed record NotOwned(Pool Pool, IpPrefix Block) : AssignmentDecision;

    /// <summary>There is no address for this wish, in Calico's words why.</summary>
    public sealed record Refused(string Error) : AssignmentDecision;
}

/// <summary>Decides where the next address comes from: the handle's own, a
/// block with room, a new block, a loan.</summary>
/// <remarks>
/// Pure: the same state and request give the same decision, and nothing is changed. The block owner carries the
/// decision out, journals and applies the event, and asks again after a claim. Own blocks are used in the order in
/// which they were claimed; sealed ones and those outside the chosen pools are passed over.
/// </remarks>
public static class AssignmentPlan
{
    /// <summary>Decides about any address of the chosen pools.</summary>
    public static AssignmentDecision Decide(NodeBlocks state, AssignmentRequest request)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(request);
        foreach (var address in state.AddressesOf(request.Handle))
            if (address.Family == request.Family) return new AssignmentDecision.Existing(address);

        var owned = 0;
        foreach (var own in state.Blocks)
        {
            if (!request.Pools.Any(pool => pool.Cidr.Contains(own.Cidr))) continue;
            owned++;
            if (own.IsSealed || own.Block.NextFree(request.Reservations) is not { } ordinal) continue;
            return new AssignmentDecision.Assign(
                new BlockEvent.Assigned(own.Cidr, own.Block.AddressOf(ordinal), request.Handle, request.Attributes));
        }

        return WithoutRoom(request, owned);
    }

    /// <summary>Decides about one address that was asked for by itself, in the pool that holds it.</summary>
    public static AssignmentDecision DecideSpecific(
        NodeBlocks state, IpAddr address, Pool pool, string handle, OwnerAttributes attributes)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(pool);
        if (state.Find(address) is not { } own) return new AssignmentDecision.NotOwned(pool, pool.BlockOf(address));
        if (own.Block[own.Block.OrdinalOf(address)] is { } holder)
        {
            return holder.Handle == handle
                ? new AssignmentDecision.Existing(address)
                : new AssignmentDecision.Refused("Address already assigned in block");
        }

        return own.IsSealed
            ? new AssignmentDecision.Refused(
                $"Block {own.Cidr} of {address} is being given up or checked; ask again later")
            : new AssignmentDecision.Assign(new BlockEvent.Assigned(own.Cidr, address, handle, attributes));
    }

    private static AssignmentDecision WithoutRoom(AssignmentRequest request, int owned)
    {
        var rules = request.Configuration;
        var limit = rules.MaxBlocksPerHost > 0 ? rules.MaxBlocksPerHost : IpamConfiguration.DefaultMaxBlocks;
        if (!rules.AutoAllocateBlocks) return Refused(request, "failed to find or claim a block");
        if (request.Pools.FirstOrDefault(pool => !request.PoolsWithoutBlocks.Contains(pool.Name)) is { } next)
        {
            // At the limit Calico does not even borrow: the limit is there to be noticed.
            return owned < limit
                ? new AssignmentDecision.ClaimNeeded(next)
                : Refused(
                    request, $"Need to allocate an IPAM block but could not - limit of {limit} blocks reached for "
                    + "this node");
        }

        if (rules.StrictAffinity) return Refused(request, "No more free affine blocks and strict affinity enabled");
        return request.NobodyLends
            ? Refused(request,
                $"No IPs available in pools: [{string.Join(' ', request.Pools.Select(pool => pool.Cidr))}]")
            : new AssignmentDecision.BorrowNeeded(request.Pools);
    }

    private static AssignmentDecision.Refused Refused(AssignmentRequest request, string why) =>
        new($"Assigned 0 out of 1 requested IPv{(request.Family == IpFamily.V4 ? 4 : 6)} addresses; {why}");
}
