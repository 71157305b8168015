using System.Globalization;
using Agent.Primitives;

namespace Agent.Ipam;

/// <summary>What to do about the release of one address.</summary>
public abstract record ReleaseDecision
{
    private ReleaseDecision() { }

    /// <summary>Journal this event; then the address is free.</summary>
    public sealed record Release(BlockEvent.Released Event) : ReleaseDecision;

    /// <summary>The address is free already: not an error, and nothing to do.</summary>
    public sealed record NotAssigned(IpAddr Address) : ReleaseDecision;

    /// <summary>The address lies in no block of this node: its owner must be told.</summary>
    public sealed record NotOwned(IpAddr Address) : ReleaseDecision;

    /// <summary>The address is assigned, but not as the caller thinks: nothing changes.</summary>
    public sealed record Conflict(string Error) : ReleaseDecision;
}

/// <summary>Decides about releases in the blocks of one node; pure, like <see cref="AssignmentPlan"/>.</summary>
public static class ReleasePlan
{
    /// <summary>Releases everything that a handle has in this node's blocks, in the order
    /// of assignment; nothing is no error.</summary>
    /// <param name="state">The node's blocks.</param>
    /// <param name="handle">Whose addresses.</param>
    /// <param name="sequence">Only those of this sequence number; null for all.</param>
    public static IReadOnlyList<BlockEvent.Released> ByHandle(NodeBlocks state, string handle, ulong? sequence = null)
    {
        ArgumentNullException.ThrowIfNull(state);
        var released = new List<BlockEvent.Released>();
        foreach (var address in state.AddressesOf(handle))
            if (sequence is null || state.AllocationOf(address)!.Sequence == sequence)
                released.Add(new BlockEvent.Released(state.Find(address)!.Cidr, address));
        return released;
    }

    /// <summary>Releases one address, if it is still the assignment that the caller means.</summary>
    /// <param name="state">The node's blocks.</param>
    /// <param name="address">The address.</param>
    /// <param name="handle">Who must have it; null for anybody.</param>
    /// <param name="sequence">The sequence number that the assignment must have; null for any.</param>
    public static ReleaseDecision ByAddress(NodeBlocks state, IpAddr address, string? handle = null,
        ulong? sequence = null)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.Find(address) is not { } owned) return new ReleaseDecision.NotOwned(address);
        if (state.AllocationOf(address) is not { } allocation) return new ReleaseDecision.NotAssigned(address);
        if (sequence is { } given && given != allocation.Sequence)
            return new ReleaseDecision.Conflict(string.Create(CultureInfo.InvariantCulture,
                $"the given sequence number ({given}) does not match ({allocation.Sequence}) when attempting to "
                + $"release IP"));
        if (handle is not null && handle != allocation.Handle)
            return new ReleaseDecision.Conflict(
                $"the given handle ({handle}) does not match ({allocation.Handle ?? "none"}) when attempting to "
                + $"release IP {address}");
        return new ReleaseDecision.Release(new BlockEvent.Released(owned.Cidr, address));
    }
}
