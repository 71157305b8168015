using Agent.Runtime.Actor;

namespace Agent.Runtime.Cluster;

/// <summary>One incarnation of a node: each time it becomes a member it is another.</summary>
/// <param name="address">Where the node is.</param>
/// <param name="uid">Which incarnation.</param>
public class UniqueAddress(Address address, int uid)
    : IComparable<UniqueAddress>, IEquatable<UniqueAddress>, IComparable
{
    /// <summary>Where the node is.</summary>
    public Address Address { get; } = address;

    /// <summary>Which incarnation; 0 for a node that is no member.</summary>
    public int Uid { get; } = uid;

    /// <inheritdoc/>
    public int CompareTo(UniqueAddress? other) => other is null ? 1
        : Address.CompareTo(other.Address) is var order and not 0 ? order : Uid.CompareTo(other.Uid);

    /// <inheritdoc/>
    public int CompareTo(object? obj) => CompareTo(obj as UniqueAddress);

    /// <inheritdoc/>
    public bool Equals(UniqueAddress? other) => other is not null && Uid == other.Uid && Address.Equals(other.Address);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as UniqueAddress);

    /// <inheritdoc/>
    public override int GetHashCode() => Uid;

    /// <inheritdoc/>
    public override string ToString() => $"{Address}#{Uid}";
}
