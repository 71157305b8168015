using System.Globalization;
using Agent.Actors.Bgp;
using Agent.Bgp;
using Agent.Bgp.Policy;
using Agent.Bgp.Rib;
using Agent.Bgp.Session;
using Agent.Ipc;
using Agent.Primitives;

namespace Agent.Host.LocalApi;

/// <summary>From the records of BGP's actors to those of the local API.</summary>
internal static class BgpDocuments
{
    private static readonly Dictionary<uint, string> WellKnown = new()
    {
        [0xFFFF0000] = "GRACEFUL_SHUTDOWN",
        [0xFFFF0006] = "LLGR_STALE",
        [0xFFFF0007] = "NO_LLGR",
        [0xFFFF029A] = "BLACKHOLE",
        [0xFFFFFF01] = "NO_EXPORT",
        [0xFFFFFF02] = "NO_ADVERTISE",
        [0xFFFFFF03] = "NO_EXPORT_SUBCONFED",
    };

    /// <summary>A peer, from what its set, its own actor (null for one that does not run) and the RIB know.</summary>
    public static BgpPeer Of(
        PeerSetProtocol.PeerStatus status, PeerProtocol.Description? session, PeerRouteCounts? counts)
    {
        var settings = status.Spec.Session;
        var peer = new BgpPeer(
            status.Name, status.Address.ToString(), settings.PeerPort, BgpWords.Of(status.Type), settings.PeerAs,
            settings.LocalAs, Identifier(settings.RouterId), session?.Phase ?? status.Text.Split(' ')[0], status.Since)
        {
            LastError = session?.LastError is { } error ? NullIfEmpty(error) : WithoutState(status.Text),
            Passive = settings.Passive,
            Password = settings.PasswordRef is not null,
            ReflectorClientOf = status.Spec.Policy.ClientClusterId is { } cluster ? Identifier(cluster) : null,
            NextHopMode = status.Spec.Policy.NextHopMode.ToString(),
            Connections = session?.Connections ?? [],
            ReceivedBytes = session?.ReceivedBytes ?? 0,
            QueuedBytes = session?.QueuedBytes ?? 0,
            Negotiated = session?.Terms is { } terms ? Of(terms) : null,
        };
        return counts is null
            ? peer
            : peer with
            {
                Routes = new BgpRouteCounts(
                    counts.Received, counts.Accepted, counts.Best, counts.Stale, counts.Advertised),
            };
    }

    /// <summary>A prefix with its paths.</summary>
    public static BgpRoute Of(RouteView route) =>
        new(route.Prefix.ToString(), [.. route.Paths.Select(Of)], route.Kernel.ToString());

    /// <summary>A path of a peer's Adj-RIB-In.</summary>
    public static BgpRoute Of(ReceivedRoute route) => new(route.Prefix.ToString(), [Of(route.Path)]);

    /// <summary>A route of a peer's Adj-RIB-Out.</summary>
    public static BgpRoute Of(AdvertisedRoute route) =>
        new(route.Prefix.ToString(), [new BgpPath { Attributes = Of(route.Attributes) }]);

    /// <summary>Why a route is, or is not, told to a peer.</summary>
    public static BgpExport Of(ExportView export) => new(
        export.Peer, export.Verdict >= ExportVerdict.OwnBlock, export.Verdict.ToString(), BgpWords.Of(export.Verdict));

    private static BgpPath Of(PathView path) => new()
    {
        Peer = path.Peer,
        PathId = path.PathId,
        Local = path.Local == LocalRouteKind.None ? null : path.Local.ToString(),
        Best = path.Best,
        Multipath = path.Multipath,
        Stale = path.Stale,
        Attributes = path.Attributes is { } attributes ? Of(attributes) : null,
        ResolvedTo = path.ResolvedTo?.ToString(),
        Import = path.Peer is null ? null : path.Import.ToString(),
        Reason = path.Reason.ToString(),
        Why = BgpWords.Of(path.Reason, path.Import),
    };

    private static BgpAttributes Of(PathAttributes path) =>
        new(path.Origin is Origin.Incomplete ? "incomplete" : path.Origin.ToString().ToUpperInvariant(),
            path.AsPath.ToString(), path.NextHop.ToString())
        {
            Med = path.Med,
            LocalPref = path.LocalPref,
            AtomicAggregate = path.AtomicAggregate ? true : null,
            Aggregator = path.Aggregator is { } by ? Text($"AS {by.Asn} {by.Address}") : null,
            Communities = Texts(path.Communities, CommunityText),
            LargeCommunities = Texts(path.LargeCommunities, static each => each.ToString()),
            OriginatorId = path.OriginatorId is { } originator ? Identifier(originator) : null,
            ClusterList = Texts(path.ClusterList, Identifier),
            Unknown = Texts(path.Unknown, static each =>
                Text($"type {each.Type} flags {each.Flags:x2} {Convert.ToHexStringLower(each.Value.AsSpan())}")),
        };

    private static BgpNegotiated Of(SessionTerms terms) => new(
        Identifier(terms.PeerRouterId), terms.LocalAddress.ToString(), terms.HoldTime.TotalSeconds,
        terms.KeepaliveInterval.TotalSeconds, [.. Capabilities(terms)]);

    private static IEnumerable<string> Capabilities(SessionTerms terms)
    {
        foreach (var family in terms.Families) yield return FamilyText(family) + " (RFC 4760)";
        if (terms.FourByteAs) yield return "4-byte AS (RFC 6793)";
        if (terms.RouteRefresh) yield return "route refresh (RFC 2918)";
        if (terms.Restart is not { } restart) yield break;
        var families = restart.Families.IsEmpty ? "no family" : string.Join(", ", restart.Families.Select(FamilyText));
        yield return Text($"graceful restart (RFC 4724), {restart.RestartTime.TotalSeconds} s, {families}");
    }

    private static string FamilyText(IpFamily family) => family == IpFamily.V4 ? "IPv4 unicast" : "IPv6 unicast";

    private static string CommunityText(uint community) =>
        WellKnown.GetValueOrDefault(community) ?? Text($"{community >> 16}:{community & 0xFFFF}");

    private static string Identifier(uint id) => IpAddr.FromV4(id).ToString();

    private static string? WithoutState(string text) =>
        text.IndexOf(' ', StringComparison.Ordinal) is var space and > 0 ? text[(space + 1)..] : null;

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    private static string[]? Texts<T>(IReadOnlyCollection<T> items, Func<T, string> text) =>
        items.Count == 0 ? null : [.. items.Select(text)];

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
