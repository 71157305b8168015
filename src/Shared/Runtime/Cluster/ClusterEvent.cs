using System.Collections.Immutable;
using Agent.Runtime.Actor;
using Agent.Runtime.Dispatch;

namespace Agent.Runtime.Cluster;

/// <summary>What subscribers of <see cref="Cluster"/> are told: first the state as it is, then each change.</summary>
public class ClusterEvent
{
    private ClusterEvent()
    {
    }

    /// <summary>The state comes as one <see cref="CurrentClusterState"/>.</summary>
    public static readonly SubscriptionInitialStateMode InitialStateAsSnapshot =
        SubscriptionInitialStateMode.InitialStateAsSnapshot;

    /// <summary>The state comes as the events that led to it.</summary>
    public static readonly SubscriptionInitialStateMode InitialStateAsEvents =
        SubscriptionInitialStateMode.InitialStateAsEvents;

    /// <summary>How a new subscriber gets the state.</summary>
    public enum SubscriptionInitialStateMode
    {
        /// <summary>As one <see cref="CurrentClusterState"/>.</summary>
        InitialStateAsSnapshot,

        /// <summary>As the events that led to it.</summary>
        InitialStateAsEvents,
    }

    /// <summary>A change in the cluster.</summary>
    public interface IClusterDomainEvent;

    /// <summary>A change of a member's status.</summary>
    public interface IMemberEvent : IClusterDomainEvent
    {
        /// <summary>The member, in its new status.</summary>
        Member Member { get; }
    }

    /// <summary>The members that this node knows, as of one moment.</summary>
    public sealed class CurrentClusterState
    {
        private static readonly ImmutableSortedSet<Member> NoMembers = [];

        /// <summary>No members.</summary>
        public CurrentClusterState() : this(NoMembers, [], [], null!, ImmutableDictionary<string, Address>.Empty)
        {
        }

        /// <summary>A state of these parts.</summary>
        public CurrentClusterState(ImmutableSortedSet<Member> members, ImmutableHashSet<Member> unreachable,
            ImmutableHashSet<Address> seenBy, Address leader, ImmutableDictionary<string, Address> roleLeaderMap)
        {
            Members = members;
            Unreachable = unreachable;
            SeenBy = seenBy;
            Leader = leader;
            RoleLeaders = roleLeaderMap;
        }

        /// <summary>All members, in order of their addresses.</summary>
        public ImmutableSortedSet<Member> Members { get; }

        /// <summary>Members whose leases were not renewed when they should have been.</summary>
        public ImmutableHashSet<Member> Unreachable { get; }

        /// <summary>Empty: on leases nobody passes on what it has seen.</summary>
        public ImmutableHashSet<Address> SeenBy { get; }

        /// <summary>The first member that is up; null where there is none. It has no duties on leases.</summary>
        public Address Leader { get; }

        /// <summary>The roles of all members.</summary>
        public ImmutableHashSet<string> AllRoles => [.. Members.SelectMany(m => m.Roles)];

        private ImmutableDictionary<string, Address> RoleLeaders { get; }

        /// <summary>The first member that is up with this role, or null.</summary>
        public Address RoleLeader(string role) => RoleLeaders.GetValueOrDefault(role)!;
    }

    /// <summary>A member's status has changed.</summary>
    public abstract class MemberStatusChange : IMemberEvent, IDeadLetterSuppression
    {
        private protected MemberStatusChange(Member member) => Member = member;

        /// <inheritdoc/>
        public Member Member { get; }

        /// <inheritdoc/>
        public override bool Equals(object? obj) =>
            obj is MemberStatusChange other && other.GetType() == GetType() && Member.Equals(other.Member)
            && Member.Status == other.Member.Status;

        /// <inheritdoc/>
        public override int GetHashCode() => Member.GetHashCode();

        /// <inheritdoc/>
        public override string ToString() => $"{GetType().Name}({Member})";
    }

    /// <summary>A member holds its lease.</summary>
    public sealed class MemberUp(Member member) : MemberStatusChange(member);

    /// <summary>A member, this node itself, begins to leave.</summary>
    public sealed class MemberLeft(Member member) : MemberStatusChange(member);

    /// <summary>A member, this node itself, has handed over its shards.</summary>
    public sealed class MemberExited(Member member) : MemberStatusChange(member);

    /// <summary>A member has gone: its lease was given back or taken over, or it has begun anew.</summary>
    public sealed class MemberRemoved(Member member, MemberStatus previousStatus) : MemberStatusChange(member)
    {
        /// <summary><see cref="MemberStatus.Exiting"/> where the lease was given back, <see cref="MemberStatus.Down"/>
        /// where it was taken over.</summary>
        public MemberStatus PreviousStatus { get; } = previousStatus;
    }

    /// <summary>Another member leads; null where none is up.</summary>
    public sealed class LeaderChanged(Address leader) : IClusterDomainEvent, IDeadLetterSuppression
    {
        /// <summary>The first member that is up.</summary>
        public Address Leader { get; } = leader;

        /// <inheritdoc/>
        public override bool Equals(object? obj) => obj is LeaderChanged other && Leader == other.Leader;

        /// <inheritdoc/>
        public override int GetHashCode() => Leader?.GetHashCode() ?? 0;

        /// <inheritdoc/>
        public override string ToString() => $"LeaderChanged({Leader})";
    }

    /// <summary>A member renews its lease, or does so no more.</summary>
    public abstract class ReachabilityEvent : IClusterDomainEvent, IDeadLetterSuppression
    {
        private protected ReachabilityEvent(Member member) => Member = member;

        /// <summary>The member.</summary>
        public Member Member { get; }

        /// <inheritdoc/>
        public override bool Equals(object? obj) =>
            obj is ReachabilityEvent other && other.GetType() == GetType() && Member.Equals(other.Member);

        /// <inheritdoc/>
        public override int GetHashCode() => Member.GetHashCode();

        /// <inheritdoc/>
        public override string ToString() => $"{GetType().Name}({Member})";
    }

    /// <summary>A member that was unreachable renews its lease again.</summary>
    public sealed class ReachableMember(Member member) : ReachabilityEvent(member);

    /// <summary>A member has not renewed its lease when it should have; it may yet.</summary>
    public sealed class UnreachableMember(Member member) : ReachabilityEvent(member);
}
