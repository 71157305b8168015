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
            LastError = NullIfEmpty(session is null ? WithoutState(status.Text)
                : session.LastError.Length > 0 ? session.LastError : session.Counters.LastLoss),
            Passive = settings.Passive,
            Password = settings.PasswordRef is not null,
            TtlSecurity = settings.TtlSecurity,
            PrefixLimit = status.Spec.Policy.PrefixLimit is { } limit
                ? new BgpPrefixLimit(limit.Most, limit.WarningPercent, limit.RestartAfter?.TotalSeconds)
                : null,
            AdvertisementSeconds = status.Spec.Policy.AdvertisementInterval.TotalSeconds,
            ReflectorClientOf = status.Spec.Policy.ClientClusterId is { } cluster ? Identifier(cluster) : null,
            NextHopMode = status.Spec.Policy.NextHopMode.ToString(),
            Recording = status.Recording,
            Connections = session?.Connections ?? [],
            ReceivedBytes = session?.ReceivedBytes ?? 0,
            QueuedBytes = session?.QueuedBytes ?? 0,
            IsBlocked = session?.IsBlocked ?? false,
            SentBytes = session?.SentBytes ?? 0,
            Counters = session is null ? null : Of(session.Counters),
            Negotiated = session?.Terms is { } terms ? Of(terms, session) : null,
            Filters = Texts(status.Spec.Policy.Filters.Filters, static filter => filter.Name),
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
        new(route.Prefix.ToString(), [new BgpPath { Attributes = Of(route.Attributes), PathId = route.PathId }]);

    /// <summary>About how many bytes a route takes in an answer.</summary>
    public static int BytesOf(BgpRoute route) =>
        route.Paths.Sum(static path => 500 + BytesOf(path.Attributes) + BytesOf(path.Effective));

    private static int BytesOf(BgpAttributes? attributes) => attributes is null ? 0
        : 300 + attributes.AsPath.Length + BytesOf(attributes.Communities) + BytesOf(attributes.ExtendedCommunities)
            + BytesOf(attributes.LargeCommunities) + BytesOf(attributes.ClusterList) + BytesOf(attributes.Unknown);

    private static int BytesOf(IReadOnlyList<string>? texts) => texts?.Sum(static text => text.Length + 3) ?? 0;

    /// <summary>Why a route is, or is not, told to a peer.</summary>
    public static BgpExport Of(ExportView export) => new(
        export.Peer, export.Verdict >= ExportVerdict.OwnBlock, export.Verdict.ToString(),
        By(BgpWords.Of(export.Verdict), export.Filter));

    private static string By(string why, string? filter) => filter is null ? why : $"{why} ({filter})";

    private static BgpPath Of(PathView path) => new()
    {
        Peer = path.Peer,
        PathId = path.PathId,
        Local = path.Local == LocalRouteKind.None ? null : path.Local.ToString(),
        Best = path.Best,
        Multipath = path.Multipath,
        Stale = path.Stale,
        Attributes = path.Attributes is { } received ? Of(received) : null,
        Effective = path.Filtered is { } filtered ? Of(filtered) : null,
        ResolvedTo = path.ResolvedTo?.ToString(),
        Import = path.Peer is null ? null : path.Import.ToString(),
        Reason = path.Reason.ToString(),
        Why = By(BgpWords.Of(path.Reason, path.Import), path.Filter),
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
            ExtendedCommunities = Texts<string>(
                [
                    .. path.ExtendedCommunities.Select(static each => each.ToString()),
                    .. path.Ipv6ExtendedCommunities.Select(static each => each.ToString()),
                ], static each => each),
            LargeCommunities = Texts(path.LargeCommunities, static each => each.ToString()),
            OnlyToCustomer = path.OnlyToCustomer,
            OriginatorId = path.OriginatorId is { } originator ? Identifier(originator) : null,
            ClusterList = Texts(path.ClusterList, Identifier),
            Unknown = Texts(path.Unknown, static each =>
                Text($"type {each.Type} flags {each.Flags:x2} {Convert.ToHexStringLower(each.Value.AsSpan())}")),
        };

    private static SortedDictionary<string, long> Of(SessionCounters counters)
    {
        var named = new SortedDictionary<string, long>(StringComparer.Ordinal)
        {
            ["established"] = counters.Established,
            ["lost"] = counters.Lost,
            ["malformedUpdates"] = counters.MalformedUpdates,
        };
        Add("In", counters.Received);
        Add("Out", counters.Sent);
        return named;

        void Add(string direction, MessageCounts counts)
        {
            named["messages" + direction] = counts.Total;
            named["opens" + direction] = counts.Open;
            named["updates" + direction] = counts.Update;
            named["notifications" + direction] = counts.Notification;
            named["keepalives" + direction] = counts.KeepAlive;
            named["routeRefreshes" + direction] = counts.RouteRefresh;
        }
    }

    private static BgpNegotiated Of(SessionTerms terms, PeerProtocol.Description session) => new(
        Identifier(terms.PeerRouterId), terms.LocalAddress.ToString(), terms.HoldTime.TotalSeconds,
        terms.KeepaliveInterval.TotalSeconds, [.. CapabilityWords.Of(session.Offered, session.Received)]);

    private static string CommunityText(uint community) =>
        WellKnown.GetValueOrDefault(community) ?? Text($"{community >> 16}:{community & 0xFFFF}");

    private static string Identifier(uint id) => IpAddr.FromV4(id).ToString();

    private static string? WithoutState(string text) =>
        text.IndexOf(' ', StringComparison.Ordinal) is var space and > 0 ? text[(space + 1)..] : null;

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static string[]? Texts<T>(IReadOnlyCollection<T> items, Func<T, string> text) =>
        items.Count == 0 ? null : [.. items.Select(text)];

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
