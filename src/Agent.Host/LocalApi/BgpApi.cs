using Agent.Actors.Bgp;
using Agent.Actors.Introspection;
using Agent.Bgp.Rib;
using Agent.Ipc;
using Agent.Primitives;

namespace Agent.Host.LocalApi;

/// <summary>Answers <c>agentctl bgp</c> from the RIB, the set of peers and their actors.</summary>
/// <param name="ask">Asks an actor below the node's root.</param>
/// <param name="node">The node's name.</param>
internal sealed class BgpApi(Func<string, object, CancellationToken, Task<object>> ask, string node)
{
    private const int MostPerPage = 2000;

    /// <summary>A page ends behind the prefix with which it comes to so much, whatever was asked for: it fits into a
    /// frame of the local API, which takes twice that, also where each prefix has many paths with many
    /// communities.</summary>
    private const int MostBytesPerPage = 4 * 1024 * 1024;

    private const string Rib = "rib";
    private const string PeerSet = "bgp";

    /// <summary>Answers a request about BGP; null for another.</summary>
    public Task<IpcReply>? Answer(IpcRequest request, CancellationToken cancellation) => request switch
    {
        IpcRequest.BgpPeersRequest(var peer) => PeersAsync(peer, cancellation),
        IpcRequest.BgpRoutesRequest routes => RoutesAsync(routes, cancellation),
        IpcRequest.BgpExplain(var prefix) => ExplainAsync(prefix, cancellation),
        IpcRequest.BgpClear(var peer, var text) => ForEachAsync(
            peer, (each, token) => ClearAsync(each.Name, text, token), cancellation),
        IpcRequest.BgpRefresh refresh => ForEachAsync(
            refresh.Peer, (peer, token) => RefreshAsync(peer, refresh, token), cancellation),
        IpcRequest.BgpRecord record => RecordAsync(record, cancellation),
        _ => null,
    };

    private async Task<IpcReply> PeersAsync(string? peer, CancellationToken cancellation)
    {
        var (found, refusal) = await FindAsync(peer, cancellation);
        if (refusal is not null) return refusal;
        var rib = (RibProtocol.Description)await ask(Rib, Describe.Instance, cancellation);
        var counts = ((RibProtocol.Counts)await ask(Rib, RibProtocol.GetCounts.Instance, cancellation)).Peers
            .ToDictionary(count => count.Peer, StringComparer.Ordinal);
        var sessions = await Task.WhenAll(found.Select(each =>
            ask(PeerSet, new PeerSetProtocol.ToPeer(each.Name, Describe.Instance), cancellation)));
        return new IpcReply.BgpPeers(node, rib.Prefixes, rib.Paths,
        [
            .. found.Zip(sessions, (status, session) => BgpDocuments.Of(
                status, session as PeerProtocol.Description, counts.GetValueOrDefault(status.Name))),
        ]);
    }

    private async Task<IpcReply> RoutesAsync(IpcRequest.BgpRoutesRequest request, CancellationToken cancellation)
    {
        IpPrefix? prefix = null, after = null;
        if (request.Prefix is { } text)
        {
            if (!TryPrefix(text, out var parsed)) return NoPrefix(text);
            prefix = parsed;
        }

        if (request.After is { } behind)
        {
            if (!IpPrefix.TryParse(behind, out var parsed)) return NoPrefix(behind);
            after = parsed;
        }

        if (request is { Match: BgpMatch.Longest, Table: BgpTable.LocRib } && prefix is { } sought)
            return Routes((RibProtocol.Routes)await ask(Rib, new RibProtocol.Lookup(sought.Address), cancellation));

        var exact = request.Match == BgpMatch.Exact && prefix is not null;
        if (exact && request.Table == BgpTable.LocRib)
            return Routes((RibProtocol.Routes)await ask(Rib, new RibProtocol.GetRoutes(prefix), cancellation));

        var range = new RouteRange
        {
            Only = exact ? prefix : null,
            Around = request.Match == BgpMatch.Longest ? prefix?.Address : null,
            Within = prefix,
            After = after,
            Most = Math.Clamp(request.Most, 1, MostPerPage),
        };
        if (request.Table == BgpTable.LocRib)
        {
            var page = (RoutePage<RouteView>)await ask(Rib, new RibProtocol.GetRoutePage(range), cancellation);
            return Page(page, BgpDocuments.Of);
        }

        var (found, refusal) = await FindAsync(request.Peer, cancellation);
        if (refusal is not null) return refusal;
        if (found is not [var peer]) return new IpcReply.Error("name the peer whose routes are wanted");
        if (request.Table == BgpTable.AdjRibIn)
        {
            var given = await ask(Rib, new RibProtocol.GetReceived(peer.Name, range), cancellation);
            return Page((RoutePage<ReceivedRoute>)given, BgpDocuments.Of);
        }

        var told = await ask(Rib, new RibProtocol.GetAdvertised(peer.Name, range), cancellation);
        return Page((RoutePage<AdvertisedRoute>)told, BgpDocuments.Of);
    }

    private async Task<IpcReply> ExplainAsync(string text, CancellationToken cancellation)
    {
        if (!TryPrefix(text, out var prefix)) return NoPrefix(text);
        if (!text.Contains('/', StringComparison.Ordinal)
            && (RibProtocol.Routes)await ask(Rib, new RibProtocol.Lookup(prefix.Address), cancellation)
                is { Items: [var covering] })
            prefix = covering.Prefix;
        var answer = (RibProtocol.Explanation)await ask(Rib, new RibProtocol.Explain(prefix), cancellation);
        return answer.Route is { } explained
            ? new IpcReply.BgpExplained(
                BgpWords.Of(explained.KernelVerdict), [.. explained.Exports.Select(BgpDocuments.Of)],
                BgpDocuments.Of(explained.Route))
            : new IpcReply.BgpExplained("not programmed: nobody announced the prefix", []);
    }

    private async Task<IpcReply> ForEachAsync(
        string? peer, Func<PeerSetProtocol.PeerStatus, CancellationToken, Task<string?>> act,
        CancellationToken cancellation)
    {
        var (found, refusal) = await FindAsync(peer, cancellation);
        if (refusal is not null) return refusal;
        var outcomes = await Task.WhenAll(found.Select(each => act(each, cancellation)));
        var pairs = found.Zip(outcomes, (each, reason) => (each.Name, Reason: reason)).ToArray();
        return new IpcReply.BgpDone(
            [.. pairs.Where(pair => pair.Reason is null).Select(pair => pair.Name)],
            [.. pairs.Where(pair => pair.Reason is not null).Select(pair => new BgpRefusal(pair.Name, pair.Reason!))]);
    }

    private async Task<string?> ClearAsync(string name, string text, CancellationToken cancellation) =>
        Refusal(await ask(PeerSet, new PeerSetProtocol.Clear(name, text), cancellation));

    private async Task<string?> RefreshAsync(
        PeerSetProtocol.PeerStatus peer, IpcRequest.BgpRefresh refresh, CancellationToken cancellation)
    {
        var isUp = peer.State == "up";
        if (refresh.Out && isUp) await ask(Rib, new RibProtocol.Resend(peer.Name), cancellation);
        if (!refresh.In) return isUp ? null : "the session is not established";
        return Refusal(await ask(
            PeerSet, new PeerSetProtocol.ToPeer(peer.Name, new PeerProtocol.RequestRefresh()), cancellation));
    }

    private async Task<IpcReply> RecordAsync(IpcRequest.BgpRecord record, CancellationToken cancellation)
    {
        var (found, refusal) = await FindAsync(record.Peer, cancellation);
        if (refusal is not null) return refusal;
        var name = found[0].Name;
        var answer = (PeerSetProtocol.Recording)await ask(
            PeerSet, new PeerSetProtocol.RecordPeer(name, record.On), cancellation);
        return answer.Location is { } path
            ? new IpcReply.BgpRecording(name, path, record.On)
            : new IpcReply.Error(answer.Problem);
    }

    private static string? Refusal(object answer) => answer switch
    {
        PeerSetProtocol.NoSuchPeer => "it does not run: it waits for its password, or for its old session's end",
        PeerProtocol.RefreshSent(var refusal) => refusal,
        _ => null,
    };

    /// <summary>The peers of that name or address; all for null. A refusal when there is none.</summary>
    private async Task<(IReadOnlyList<PeerSetProtocol.PeerStatus> Found, IpcReply? Refusal)> FindAsync(
        string? peer, CancellationToken cancellation)
    {
        var all = ((PeerSetProtocol.Status)await ask(PeerSet, PeerSetProtocol.GetStatus.Instance, cancellation)).Peers;
        if (peer is null) return (all, null);
        PeerSetProtocol.PeerStatus[] found =
        [
            .. all.Where(each => each.Name == peer
                || (IpAddr.TryParse(peer, out var address) && each.Address == address)),
        ];
        return found switch
        {
            [_] => (found, null),
            [] => ([], new IpcReply.Error($"no peer named '{peer}': 'agentctl bgp peers' lists them")),
            _ => ([], new IpcReply.Error($"{peer} is the address of several sessions, name one: "
                + string.Join(", ", found.Select(each => each.Name)))),
        };
    }

    private static IpcReply.BgpRoutes Routes(RibProtocol.Routes routes) =>
        new([.. routes.Items.Select(BgpDocuments.Of)]);

    private static IpcReply.BgpRoutes Page<T>(RoutePage<T> page, Func<T, BgpRoute> document)
    {
        var (routes, bytes) = (new List<BgpRoute>(page.Items.Length), 0);
        foreach (var item in page.Items)
        {
            var route = document(item);

            // The paths of one prefix stay together: the next page begins behind it.
            if (bytes > MostBytesPerPage && route.Prefix != routes[^1].Prefix)
                return new IpcReply.BgpRoutes(routes, routes[^1].Prefix);
            bytes += BgpDocuments.BytesOf(route);
            routes.Add(route);
        }

        return new IpcReply.BgpRoutes(routes, page.Next?.ToString());
    }

    private static bool TryPrefix(string text, out IpPrefix prefix)
    {
        if (IpPrefix.TryParse(text, out prefix)) return true;
        if (!IpAddr.TryParse(text, out var address)) return false;
        prefix = IpPrefix.Host(address);
        return true;
    }

    private static IpcReply.Error NoPrefix(string text) => new(
        IpPrefix.TryParseInterface(text, out var address, out var network)
            ? $"{text} has host bits: write {network} for the prefix, or {address} for the route that packets for it "
                + "take"
            : $"'{text}' is no prefix and no address; write 10.48.0.0/26, 10.48.0.5 or 2001:db8::/48");
}
