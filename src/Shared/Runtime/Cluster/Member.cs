using System.Collections.Immutable;
using Agent.Runtime.Actor;

namespace Agent.Runtime.Cluster;

/// <summary>What a member is doing. On leases a member is up as long as it holds its lease; the other values name the
/// steps of its going.</summary>
public enum MemberStatus
{
    /// <summary>It waits for its lease.</summary>
    Joining,

    /// <summary>It holds its lease.</summary>
    Up,

    /// <summary>It hands over its shards.</summary>
    Leaving,

    /// <summary>It gives its lease back.</summary>
    Exiting,

    /// <summary>Its lease was taken over, as it did not renew it in time.</summary>
    Down,

    /// <summary>It is no member.</summary>
    Removed,

    /// <summary>Never the case on leases.</summary>
    WeaklyUp,
}

/// <summary>A node as a member of the cluster. Members are equal when address and incarnation are.</summary>
public class Member : IComparable, IComparable<Member>
{
    internal Member(UniqueAddress uniqueAddress, MemberStatus status, ImmutableHashSet<string> roles)
    {
        UniqueAddress = uniqueAddress;
        Status = status;
        Roles = roles;
    }

    /// <summary>Where the node is, and which incarnation.</summary>
    public UniqueAddress UniqueAddress { get; }

    /// <summary>Where the node is.</summary>
    public Address Address => UniqueAddress.Address;

    /// <summary>What it is doing.</summary>
    public MemberStatus Status { get; }

    /// <summary>What it was started to be.</summary>
    public ImmutableHashSet<string> Roles { get; }

    /// <summary>Whether it was started to be this.</summary>
    public bool HasRole(string role) => Roles.Contains(role);

    /// <summary>The same member in another status.</summary>
    public Member Copy(MemberStatus status) => new(UniqueAddress, status, Roles);

    /// <inheritdoc/>
    public int CompareTo(Member? other) => other is null ? 1 : UniqueAddress.CompareTo(other.UniqueAddress);

    /// <inheritdoc/>
    public int CompareTo(object? obj) => CompareTo(obj as Member);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Member other && UniqueAddress.Equals(other.UniqueAddress);

    /// <inheritdoc/>
    public override int GetHashCode() => UniqueAddress.GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => $"Member(address = {Address}, Uid={UniqueAddress.Uid} status = {Status})";
}
