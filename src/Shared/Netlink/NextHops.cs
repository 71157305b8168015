using System.Collections;
using Agent.Primitives;

namespace Agent.Netlink;

/// <summary>One way out of a route: a gateway over an interface, or the interface alone.</summary>
/// <param name="Gateway">The neighbour to send to; unset when the destination is on the link itself.</param>
/// <param name="Interface">The index of the interface; 0 leaves it to the kernel, which finds it by the
/// gateway.</param>
/// <param name="Weight">The share of flows among several next hops, 1 to 256.</param>
/// <param name="OnLink">True to take the gateway as a neighbour although no connected network contains it.</param>
public readonly record struct NextHop(IpAddr Gateway, int Interface, int Weight = 1, bool OnLink = false)
    : IComparable<NextHop>
{
    /// <summary>A next hop that is the link itself, as pods' routes have.</summary>
    public static NextHop Device(int index) => new(default, index);

    /// <summary>Order by gateway, interface, weight, onlink: the canonical order within
    /// <see cref="NextHops"/>.</summary>
    public int CompareTo(NextHop other)
    {
        var order = Gateway.CompareTo(other.Gateway);
        if (order == 0) order = Interface.CompareTo(other.Interface);
        if (order == 0) order = Weight.CompareTo(other.Weight);
        return order != 0 ? order : OnLink.CompareTo(other.OnLink);
    }

    /// <summary>Canonical order.</summary>
    public static bool operator <(NextHop left, NextHop right) => left.CompareTo(right) < 0;

    /// <summary>Canonical order.</summary>
    public static bool operator >(NextHop left, NextHop right) => left.CompareTo(right) > 0;

    /// <summary>Canonical order.</summary>
    public static bool operator <=(NextHop left, NextHop right) => left.CompareTo(right) <= 0;

    /// <summary>Canonical order.</summary>
    public static bool operator >=(NextHop left, NextHop right) => left.CompareTo(right) >= 0;

    /// <summary>As iproute2 writes it, with the index for the name: <c>via 10.0.0.10 dev 2</c>.</summary>
    public override string ToString()
    {
        var via = Gateway.IsDefault ? "" : $"via {Gateway}";
        var dev = Interface == 0 ? "" : $" dev {Interface}";
        var weight = Weight == 1 ? "" : $" weight {Weight}";
        return $"{via}{dev}{weight}{(OnLink ? " onlink" : "")}".TrimStart();
    }
}

/// <summary>The next hops of a route: immutable, in canonical order, equal when their members are.</summary>
/// <remarks>
/// It is one reference, so a million routes through a few next hops share a few arrays: build it once per set, not once
/// per route. <c>default</c> is the empty set, which blackhole and unreachable routes have.
/// </remarks>
public readonly struct NextHops : IEquatable<NextHops>, IReadOnlyList<NextHop>
{
    /// <summary>How many next hops one route may have.</summary>
    public const int Limit = 256;

    private readonly NextHop[]? _sorted;

    private NextHops(NextHop[] sorted) => _sorted = sorted;

    /// <summary>No next hop.</summary>
    public static NextHops None => default;

    /// <inheritdoc/>
    public int Count => _sorted?.Length ?? 0;

    /// <summary>The member at that place of the canonical order.</summary>
    public NextHop this[int index] => AsSpan()[index];

    /// <summary>The set of one.</summary>
    public static NextHops Of(NextHop only) => new([only]);

    /// <summary>The set of these, whatever order they come in; the same next hop twice is kept twice, as the kernel
    /// does.</summary>
    /// <exception cref="ArgumentException">More than <see cref="Limit"/>, or a weight outside 1 to 256.</exception>
    public static NextHops Of(params ReadOnlySpan<NextHop> members)
    {
        if (members.Length > Limit)
            throw new ArgumentException($"a route has at most {Limit} next hops, not {members.Length}",
                nameof(members));
        foreach (var member in members)
        {
            if (member.Weight is < 1 or > 256)
                throw new ArgumentException($"the weight of '{member}' is not 1 to 256", nameof(members));
        }

        if (members.IsEmpty) return default;
        var sorted = members.ToArray();
        Array.Sort(sorted);
        return new NextHops(sorted);
    }

    /// <summary>The members in canonical order, without a copy.</summary>
    public ReadOnlySpan<NextHop> AsSpan() => _sorted;

    /// <inheritdoc/>
    public bool Equals(NextHops other) =>
        ReferenceEquals(_sorted, other._sorted) || AsSpan().SequenceEqual(other.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is NextHops other && Equals(other);

    /// <summary>A hash that is the same in every process.</summary>
    public override int GetHashCode()
    {
        var hash = Count;
        foreach (var hop in AsSpan()) hash = hash * 31 + hop.Gateway.GetHashCode() + hop.Interface * 7 + hop.Weight;
        return hash;
    }

    /// <inheritdoc/>
    public IEnumerator<NextHop> GetEnumerator() => ((IEnumerable<NextHop>)(_sorted ?? [])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", this);

    /// <summary>Value equality.</summary>
    public static bool operator ==(NextHops left, NextHops right) => left.Equals(right);

    /// <summary>Value inequality.</summary>
    public static bool operator !=(NextHops left, NextHops right) => !left.Equals(right);
}
