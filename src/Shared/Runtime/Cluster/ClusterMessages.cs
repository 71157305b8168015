using System.Collections.Immutable;
using Agent.Runtime.Actor;
using Agent.Runtime.Dispatch;
using Agent.Runtime.Hosting;

namespace Agent.Runtime.Cluster;

/// <summary>What the cluster daemon is asked, and what it tells itself about the work of the store.</summary>
internal static class ClusterMessages
{
    /// <summary>Become a member, or an observer where the set-up says so; answered once that is so.</summary>
    public sealed record Join;

    /// <summary>Hand over shards and give the lease back; answered when done.</summary>
    public sealed record Leave;

    /// <summary>Look at the members now; also said by one node to another.</summary>
    public sealed record Refresh : IDeadLetterSuppression;

    public sealed record Tick;

    public sealed record Subscribe(IActorRef Subscriber, ClusterEvent.SubscriptionInitialStateMode Mode,
        ImmutableArray<Type> To);

    /// <summary>End a subscription; to one type, or null for all.</summary>
    public sealed record Unsubscribe(IActorRef Subscriber, Type? To);

    public sealed record SendState(IActorRef Receiver);

    /// <summary>Run once this node is up, or once it has been removed.</summary>
    public sealed record RunAt(MemberStatus Status, Action Callback);

    /// <summary>A region to be told of every <see cref="ClusterView"/>, and asked to hand over before the node
    /// leaves.</summary>
    public sealed record RegisterRegion(IActorRef Region);

    /// <summary>Stop all shards, and own no more.</summary>
    public sealed record HandOver;

    /// <summary>No shard of the region runs any more.</summary>
    public sealed record HandedOver;

    public sealed record Acquired(int Uid, long Sent, ClusterLeaseResult? Result, Exception? Cause);

    public sealed record Renewed(int Uid, long Sent, ClusterLeaseResult? Result, Exception? Cause);

    public sealed record Listed(TimeSpan Asked, IReadOnlyList<ClusterLease>? Leases, Exception? Cause);

    public sealed record TookOver(string Name);

    public sealed record Released(Exception? Cause);
}

/// <summary>The members as regions see them.</summary>
/// <param name="Members">All members that are known, this node among them as long as it is one.</param>
/// <param name="Uid">The incarnation in which this node may own shards; 0 where it may not.</param>
internal sealed record ClusterView(ImmutableArray<KnownMember> Members, int Uid) : IDeadLetterSuppression
{
    public static readonly ClusterView Empty = new([], 0);
}
