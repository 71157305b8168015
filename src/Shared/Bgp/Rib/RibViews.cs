using System.Collections.Immutable;
using Agent.Bgp.Policy;
using Agent.Primitives;

namespace Agent.Bgp.Rib;

/// <summary>A path of a prefix as an operator sees it.</summary>
public sealed record PathView
{
    /// <summary>The peer that announced it; null for the route that originates here.</summary>
    public string? Peer { get; init; }

    /// <summary>The path identifier of ADD-PATH; 0 without.</summary>
    public uint PathId { get; init; }

    /// <summary>What originates here; <see cref="LocalRouteKind.None"/> for a learned path.</summary>
    public LocalRouteKind Local { get; init; }

    /// <summary>The attributes as received; null for the route that originates here.</summary>
    public PathAttributes? Attributes { get; init; }

    /// <summary>The attributes that count, where import filters changed them; null where they did not.</summary>
    public PathAttributes? Filtered { get; init; }

    /// <summary>The rule of the peer's import filters that decided: <c>BGPFilter(a) rule 2</c>; null where none
    /// did.</summary>
    public string? Filter { get; init; }

    /// <summary>Where packets for its next hop go; null when it cannot be resolved, and for the route that originates
    /// here.</summary>
    public NextHop? ResolvedTo { get; init; }

    /// <summary>Kept from before the peer's restart (RFC 4724).</summary>
    public bool Stale { get; init; }

    /// <summary>The check on import.</summary>
    public ImportVerdict Import { get; init; }

    /// <summary>Best, or why not.</summary>
    public RouteReason Reason { get; init; }

    /// <summary>Tied with the best path, so that traffic is shared.</summary>
    public bool Multipath { get; init; }

    /// <summary>True for the selected path.</summary>
    public bool Best => Reason == RouteReason.Best;
}

/// <summary>A prefix with all its paths: the best first, then by peer and path identifier.</summary>
/// <param name="Prefix">The destination.</param>
/// <param name="Kernel">What the kernel is to have.</param>
/// <param name="Paths">Every path, refused ones too.</param>
public sealed record RouteView(IpPrefix Prefix, RibRoute Kernel, ImmutableArray<PathView> Paths)
{
    /// <summary>The selected path; null when none is usable.</summary>
    public PathView? Best => Paths.FirstOrDefault(static path => path.Best);

    /// <inheritdoc/>
    public bool Equals(RouteView? other) =>
        other is not null && Prefix == other.Prefix && Kernel == other.Kernel
        && Paths.AsSpan().SequenceEqual(other.Paths.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => Prefix.GetHashCode();
}

/// <summary>A path in a peer's Adj-RIB-In.</summary>
public readonly record struct ReceivedRoute(IpPrefix Prefix, PathView Path);

/// <summary>A route in a peer's Adj-RIB-Out.</summary>
public readonly record struct AdvertisedRoute(IpPrefix Prefix, PathAttributes Attributes)
{
    internal static readonly Comparer<AdvertisedRoute> ByPathId =
        Comparer<AdvertisedRoute>.Create(static (left, right) => left.PathId.CompareTo(right.PathId));

    /// <summary>The path identifier under which the peer knows it; 0 for a peer that takes one path of a
    /// prefix.</summary>
    public uint PathId { get; init; }
}

/// <summary>Why a route is, or is not, told to a peer.</summary>
/// <param name="Peer">The peer.</param>
/// <param name="Verdict">The rule of the export policy that decided.</param>
/// <param name="Filter">The rule of the peer's filters, where one decided: <c>BGPFilter(a) rule 2</c>.</param>
public readonly record struct ExportView(string Peer, ExportVerdict Verdict, string? Filter = null);

/// <summary>Everything that decided about one prefix.</summary>
/// <param name="Route">Its paths, each with the reason why it is not the best.</param>
/// <param name="KernelVerdict">Whether it is programmed, and if not, why.</param>
/// <param name="Exports">For each peer that is up, whether it is told, and by which rule; by name.</param>
public sealed record RouteExplanation(RouteView Route, KernelVerdict KernelVerdict, ImmutableArray<ExportView> Exports);

/// <summary>Which part of a table is asked for.</summary>
public readonly record struct RouteRange
{
    /// <summary>The first part of everything, without a limit.</summary>
    public static RouteRange All { get; } = new() { Most = int.MaxValue };

    /// <summary>Only prefixes inside this one, itself included; null for all of both families.</summary>
    public IpPrefix? Within { get; init; }

    /// <summary>Only this prefix, which costs no walk over the table; null for those that the others choose.</summary>
    public IpPrefix? Only { get; init; }

    /// <summary>Only the longest prefix that contains this address, which costs no walk either; null for those that the
    /// others choose.</summary>
    public IpAddr? Around { get; init; }

    /// <summary>Only prefixes behind this one in the order of prefixes: where the page before ended.</summary>
    public IpPrefix? After { get; init; }

    /// <summary>At most so many prefixes; at least 1.</summary>
    public required int Most { get; init; }
}

/// <summary>A part of a table, in order.</summary>
/// <param name="Items">What was asked for.</param>
/// <param name="Next">Where it ends, to be given as <see cref="RouteRange.After"/>; null when nothing is left.</param>
public sealed record RoutePage<T>(ImmutableArray<T> Items, IpPrefix? Next);

/// <summary>How many paths a peer has given and been told.</summary>
public sealed record PeerRouteCounts(string Peer)
{
    /// <summary>Paths in its Adj-RIB-In, stale and refused ones included.</summary>
    public int Received { get; internal set; }

    /// <summary>Those of them that the checks on import let pass.</summary>
    public int Accepted { get; internal set; }

    /// <summary>Those that were selected.</summary>
    public int Best { get; internal set; }

    /// <summary>Those kept from before the peer's restart (RFC 4724).</summary>
    public int Stale { get; internal set; }

    /// <summary>Routes in its Adj-RIB-Out.</summary>
    public int Advertised { get; internal set; }
}
