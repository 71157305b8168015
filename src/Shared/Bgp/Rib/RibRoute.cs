using System.Collections.Immutable;
using System.Globalization;
using Agent.Primitives;

namespace Agent.Bgp.Rib;

/// <summary>What a prefix should be in the kernel (spec 4.6).</summary>
public enum RibRouteKind : byte
{
    /// <summary>Nothing of ours.</summary>
    None,

    /// <summary>Packets are dropped: an own block, a service prefix.</summary>
    Blackhole,

    /// <summary>Packets are refused: the best route's next hop cannot be resolved.</summary>
    Unreachable,

    /// <summary>Packets go to one of the next hops.</summary>
    Via,
}

/// <summary>A neighbour on a link.</summary>
/// <param name="Gateway">Its address.</param>
/// <param name="Link">The interface's index.</param>
public readonly record struct NextHop(IpAddr Gateway, int Link) : IComparable<NextHop>
{
    /// <inheritdoc/>
    public int CompareTo(NextHop other)
    {
        var byGateway = Gateway.CompareTo(other.Gateway);
        return byGateway != 0 ? byGateway : Link.CompareTo(other.Link);
    }

    /// <summary>As <c>ip route</c> writes it, with the index for the name: <c>10.0.0.1 dev 2</c>.</summary>
    public override string ToString() => $"{Gateway} dev {Link}";

    /// <summary>Order by gateway, then link.</summary>
    public static bool operator <(NextHop left, NextHop right) => left.CompareTo(right) < 0;

    /// <summary>Order by gateway, then link.</summary>
    public static bool operator >(NextHop left, NextHop right) => left.CompareTo(right) > 0;

    /// <summary>Order by gateway, then link.</summary>
    public static bool operator <=(NextHop left, NextHop right) => left.CompareTo(right) <= 0;

    /// <summary>Order by gateway, then link.</summary>
    public static bool operator >=(NextHop left, NextHop right) => left.CompareTo(right) >= 0;
}

/// <summary>A kernel route without its prefix, compared by value; routes with equal next hops share the list.</summary>
/// <param name="Kind">What it does with packets.</param>
/// <param name="NextHops">Where they go, ascending, without duplicates, 1 to 16; empty unless
/// <see cref="RibRouteKind.Via"/>.</param>
public readonly record struct RibRoute(RibRouteKind Kind, ImmutableArray<NextHop> NextHops)
{
    /// <summary>At most so many next hops make up one route (spec 4.3).</summary>
    public const int MaxNextHops = 16;

    /// <summary>Nothing of ours.</summary>
    public static RibRoute None { get; } = new(RibRouteKind.None, []);

    /// <summary>Drops packets.</summary>
    public static RibRoute Blackhole { get; } = new(RibRouteKind.Blackhole, []);

    /// <summary>Refuses packets.</summary>
    public static RibRoute Unreachable { get; } = new(RibRouteKind.Unreachable, []);

    /// <summary>Sends packets to these neighbours.</summary>
    public static RibRoute Via(params ImmutableArray<NextHop> nextHops) => new(RibRouteKind.Via, nextHops);

    /// <summary>The kernel's metric; 0 for none (spec 4.4 step 2).</summary>
    public uint Metric { get; init; }

    /// <inheritdoc/>
    public bool Equals(RibRoute other) =>
        Kind == other.Kind && Metric == other.Metric
        && (NextHops == other.NextHops || NextHops.AsSpan().SequenceEqual(other.NextHops.AsSpan()));

    /// <inheritdoc/>
    public override int GetHashCode() => Kind == RibRouteKind.Via ? NextHops[0].Gateway.GetHashCode() : (int)Kind;

    /// <summary>As an operator reads it: <c>blackhole</c>, <c>via 10.0.0.1 dev 2, 10.0.0.2 dev 2</c>.</summary>
    public override string ToString() => Kind switch
    {
        RibRouteKind.None => "none",
        RibRouteKind.Blackhole => "blackhole",
        RibRouteKind.Unreachable => "unreachable" + MetricText,
        _ => "via " + string.Join(", ", NextHops) + MetricText,
    };

    private string MetricText => Metric == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" metric {Metric}");
}

/// <summary>What a prefix should be in the kernel from now on.</summary>
public readonly record struct RibChange(IpPrefix Prefix, RibRoute Route);
