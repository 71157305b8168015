using System.Collections.Immutable;
using Agent.Actors.Routing;
using Agent.Ipam;
using Agent.Primitives;

namespace Agent.Actors.Ipam;

/// <summary>What the owner of a node's blocks hears and says.</summary>
public static class IpamProtocol
{
    /// <summary>Give this handle one address; the same handle gets the same address of a family. Answered with
    /// <see cref="Assigned"/> or <see cref="Refused"/>.</summary>
    /// <param name="Handle">Who wants it: <c>network.containerId</c>.</param>
    /// <param name="Attributes">What is noted about the owner.</param>
    /// <param name="Pools">The pools from which it may come, in order; all of the family.</param>
    /// <param name="Family">The family.</param>
    public sealed record Assign(
        string Handle, OwnerAttributes Attributes, ImmutableArray<Pool> Pools, IpFamily Family = IpFamily.V4);

    /// <summary>The handle has this address; the journal says so, durably.</summary>
    public sealed record Assigned(string Handle, IpAddr Address, OwnerAttributes Attributes);

    /// <summary>There is no address, in Calico's words why; nothing has changed.</summary>
    public sealed record Refused(string Handle, string Error);

    /// <summary>Free everything that these handles have. Answered with <see cref="Released"/>.</summary>
    public sealed record Release(ImmutableArray<string> Handles);

    /// <summary>These addresses are free; none is no error.</summary>
    public sealed record Released(ImmutableArray<string> Handles, ImmutableArray<IpAddr> Addresses);

    /// <summary>From the planner: what addresses are given out by. Answered with <see cref="OwnBlocks"/>.</summary>
    /// <param name="Pools">The pools that exist, and whether each selects this node.</param>
    /// <param name="Reservations">Addresses that are not given out.</param>
    /// <param name="Configuration">The cluster's rules.</param>
    public sealed record SetPools(ImmutableArray<Pool> Pools, AddressSet Reservations, IpamConfiguration Configuration);

    /// <summary>The answer to <see cref="SetPools"/>, and told when a block is claimed: the blocks that the journal
    /// says are this node's, those that are being given up left out.</summary>
    public sealed record OwnBlocks(ImmutableArray<IpPrefix> Blocks);

    /// <summary>From the owner of the blocks to the planner: this block is about to be given back, and is announced no
    /// more until <see cref="OwnBlocks"/> names it again. Answered with <see cref="RouteProtocol.Settled"/> once that
    /// stands in the kernel: only then may another node have the block.</summary>
    public sealed record Withdraw(IpPrefix Block);

    /// <summary>From the workloads: what is assigned on this node? Answered with <see cref="Allocations"/>, once the
    /// journal is read.</summary>
    public sealed record GetAllocations
    {
        /// <summary>The question.</summary>
        public static GetAllocations Instance { get; } = new();
    }

    /// <summary>Everything that is assigned on this node.</summary>
    public sealed record Allocations(ImmutableArray<Assigned> Items);

    /// <summary>The answer to <c>Describe</c>.</summary>
    /// <param name="Blocks">The node's blocks as text: network, use, whether sealed.</param>
    /// <param name="Claiming">The pool in which a block is being claimed.</param>
    /// <param name="Waiting">How many requests wait for that.</param>
    /// <param name="Foreign">Blocks of this node that another journal claimed; nothing is assigned from them.</param>
    public sealed record Description(
        ImmutableArray<string> Blocks, string? Claiming, int Waiting, ImmutableArray<IpPrefix> Foreign);

    internal sealed record ClaimDone(Pool Pool, ClaimOutcome Outcome);

    internal sealed record Consulted(Pool Pool, ImmutableArray<IpPrefix> Except, object Answer);

    internal sealed record ConsultedInVain(Pool Pool);

    internal sealed record ProposalLost(Pool Pool, ImmutableArray<IpPrefix> Except);

    internal sealed record SilenceOver
    {
        public static SilenceOver Instance { get; } = new();
    }

    internal sealed record RowsRead(ImmutableArray<AffinityRow> Rows, ImmutableArray<IpAddr> Pods);

    internal sealed record RowsFailed(Exception Cause);

    internal sealed record Published(IpPrefix Block, long Version, bool IsOurs);

    internal sealed record PublishFailed(IpPrefix Block, Exception Cause);

    internal sealed record PublishDue(IpPrefix Block);

    internal sealed record Withdrawn(IpPrefix Block);

    internal sealed record GraceOver(IpPrefix Block);

    internal sealed record UseKnown(IpPrefix Block, bool IsInUse);

    internal sealed record RowsConfirmed
    {
        public static RowsConfirmed Instance { get; } = new();
    }

    internal sealed record GivenUp(IpPrefix Block);

    internal sealed record GiveUpFailed(IpPrefix Block, Exception Cause);

    internal sealed record GiveUp(IpPrefix Block);

    internal sealed record ReadRows
    {
        public static ReadRows Instance { get; } = new();
    }
}
