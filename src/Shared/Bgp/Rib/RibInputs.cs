using System.Collections.Immutable;
using Agent.Bgp.Session;
using Agent.Bgp.Wire;
using Agent.Primitives;

namespace Agent.Bgp.Rib;

/// <summary>What a session negotiated, as far as routes depend on it.</summary>
public sealed record PeerTerms
{
    /// <summary>The peer's BGP Identifier.</summary>
    public required uint PeerRouterId { get; init; }

    /// <summary>The families that both ends carry, and in which we have a next hop to tell.</summary>
    public required ImmutableArray<FamilyTerms> Families { get; init; }

    /// <summary>The peer's OPEN had the graceful restart capability: it sends End-of-RIB (RFC 4724).</summary>
    public bool GracefulRestart { get; init; }

    /// <summary>The peer's OPEN had the restart state bit: it waits for our End-of-RIB, so we do not wait for its (RFC
    /// 4724 §4.1).</summary>
    public bool PeerRestarting { get; init; }

    /// <summary>A refresh is marked at its begin and end, both ways (RFC 7313).</summary>
    public bool EnhancedRefresh { get; init; }

    /// <summary>The peer may be told long-lived stale routes (RFC 9494 §4.3).</summary>
    public bool LongLivedRestart { get; init; }

    /// <summary>What we are to the peer: OTC is heeded and set (RFC 9234 §5); null where roles are not used.</summary>
    public BgpRole? Role { get; init; }

    /// <summary>What of a session's terms matters to routes.</summary>
    public static PeerTerms Of(SessionTerms terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        return new PeerTerms
        {
            PeerRouterId = terms.PeerRouterId,
            GracefulRestart = terms.Restart is not null,
            PeerRestarting = terms.Restart is { IsRestarting: true },
            EnhancedRefresh = terms.EnhancedRefresh,
            LongLivedRestart = terms.LongLivedRestart,
            Role = terms.Role,
            Families =
            [
                .. from family in terms.Families
                   let nextHop = terms.NextHopOf(family)
                   where nextHop is not null
                   select new FamilyTerms(
                       terms.Format(family), nextHop.Value, terms.Restart?.IsForwardingPreserved(family) ?? false)
                   {
                       KeptWhenDown = terms.Restart?.KeepsRoutes(family) ?? false,
                   },
            ],
        };
    }
}

/// <summary>What was negotiated for one family.</summary>
/// <param name="Format">How UPDATEs are written.</param>
/// <param name="LocalAddress">Our own address as a next hop: our end of the TCP connection, or one of the same link in
/// the other family.</param>
/// <param name="ForwardingPreserved">The peer's OPEN said that it kept forwarding over its restart; else its stale
/// routes go as it comes up (RFC 4724 §4.2).</param>
public readonly record struct FamilyTerms(UpdateFormat Format, IpAddr LocalAddress, bool ForwardingPreserved = true)
{
    /// <summary>The peer wants its routes of the family kept while it restarts (RFC 4724 §3); else they go with the
    /// session.</summary>
    public bool KeptWhenDown { get; init; } = true;
}

/// <summary>The kinds of routes that originate on this node; where one prefix has several, the first kind
/// counts.</summary>
public enum LocalRouteKind : byte
{
    /// <summary>None.</summary>
    None,

    /// <summary>The blackhole of an own block (spec 3.1).</summary>
    Block,

    /// <summary>The blackhole of an advertised service prefix (spec 5).</summary>
    Service,

    /// <summary>The address of a local workload, on its device (spec 9.4); the kernel route is its wiring's.</summary>
    Workload,

    /// <summary>A static route by a gateway: to a peer that is reached by one (<c>reachableBy</c>, spec 3.1).</summary>
    Gateway,
}

/// <summary>A route that originates on this node. It is preferred to anything learned for the prefix (spec
/// 12.10).</summary>
/// <param name="Prefix">The destination.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Link">The index of a workload's device; 0 otherwise, or where it follows from
/// <paramref name="Device"/>.</param>
/// <param name="Device">The name of a workload's device; null where it is not known.</param>
public readonly record struct LocalRoute(
    IpPrefix Prefix, LocalRouteKind Kind, int Link = 0, string? Device = null)
{
    /// <summary>The gateway of a static route.</summary>
    public IpAddr Gateway { get; init; }
}

/// <summary>An interface.</summary>
public readonly record struct NamedLink(int Index, string Name);

/// <summary>A network that an interface is in.</summary>
public readonly record struct ConnectedNetwork(IpPrefix Network, int Link);

/// <summary>One way of a kernel route that is not ours, such as the default route.</summary>
/// <param name="Destination">Its network.</param>
/// <param name="Gateway">Where packets go; unset where each destination stands on the link itself.</param>
/// <param name="Link">The interface's index; 0 for a route that drops: blackhole, unreachable, prohibit.</param>
public readonly record struct ForeignRoute(IpPrefix Destination, IpAddr Gateway, int Link);

/// <summary>What next hops are resolved against: the whole of it, as the kernel has it now (spec 4.2).</summary>
public sealed record ConnectedState
{
    /// <summary>Nothing: every next hop is unreachable.</summary>
    public static ConnectedState Empty { get; } = new();

    /// <summary>The interfaces that are up, those of workloads included.</summary>
    public ImmutableArray<NamedLink> Links { get; init; } = [];

    /// <summary>The networks of all interfaces that are up, workload devices excepted.</summary>
    public ImmutableArray<ConnectedNetwork> Networks { get; init; } = [];

    /// <summary>The node's own addresses.</summary>
    public ImmutableArray<IpAddr> OwnAddresses { get; init; } = [];

    /// <summary>Kernel routes that are not ours; of several with the same destination the one that the kernel prefers,
    /// a row for each of its ways.</summary>
    public ImmutableArray<ForeignRoute> Foreign { get; init; } = [];
}
