using System.Globalization;
using Agent.Ctl.Output;
using Agent.Ipc;

namespace Agent.Ctl.Commands.Bgp;

/// <summary>One peer in full, a line for each thing that is known of it.</summary>
internal static class BgpNeighborView
{
    private const int Indent = 22;

    /// <summary>Prints the peer.</summary>
    internal static void Write(Surroundings surroundings, BgpPeer peer)
    {
        var output = surroundings.Output;
        var port = peer.Port == 179 ? "" : Text($" port {peer.Port}");
        output.WriteLine($"Neighbor {peer.Name}, {peer.Address}{port}, {BgpPeerView.Words(peer.Type)}");
        Line(output, "State", $"{peer.State}, since {Texts.Since(peer.Since, surroundings.Clock)}"
            + (peer.Passive ? ", passive: waits for the peer's connection" : ""));
        Line(output, "Last error", peer.LastError ?? "none");
        Line(output, "AS", Text($"remote {peer.PeerAs}, local {peer.LocalAs}, ")
            + (peer.PeerAs == peer.LocalAs ? "internal (iBGP)" : "external (eBGP)"));
        Line(output, "Router ID", $"remote {peer.Negotiated?.PeerRouterId ?? "unknown"}, local {peer.RouterId}");
        if (peer.Negotiated is { } terms)
        {
            Line(output, "Local address", terms.LocalAddress);
            Line(output, "Hold time", terms.HoldSeconds == 0
                ? "none"
                : Text($"{terms.HoldSeconds} s, keepalive every {terms.KeepaliveSeconds} s"));
            Lines(output, "Capabilities", terms.Capabilities);
        }

        if (peer.Password) Line(output, "Authentication", "TCP MD5 (RFC 2385)");
        if (peer.TtlSecurity is { } hops)
            Line(output, "TTL security",
                Text($"the peer is at most {hops} {(hops == 1 ? "hop" : "hops")} away (RFC 5082)"));
        if (peer.PrefixLimit is { } limit) Line(output, "Prefix limit", Words(limit));
        if (peer.AdvertisementSeconds > 0)
            Line(output, "Advertisements", Text($"not before {peer.AdvertisementSeconds} s after the last"));
        if (peer.ReflectorClientOf is { } cluster) Line(output, "Reflector client", $"of cluster {cluster}");
        if (peer.NextHopMode != "Auto") Line(output, "Next hop mode", peer.NextHopMode);
        if (peer.Filters is { Count: > 0 } filters) Line(output, "Filters", string.Join(", ", filters));
        var routes = peer.Routes;
        Line(output, "Routes", Text($"{routes.Received} received, {routes.Accepted} accepted, {routes.Best} best, ")
            + Text($"{routes.Stale} stale, {routes.Advertised} advertised"));
        Line(output, "Bytes", Text($"{peer.ReceivedBytes} received, {peer.SentBytes} sent, {peer.QueuedBytes} waiting")
            + (peer.IsBlocked ? ", the peer reads slowly: no more is sent until it has" : ""));
        Lines(output, "Connections", peer.Connections);
        if (peer.Recording is { } recording) Line(output, "Recorded to", recording);
        WriteCounters(output, peer);
    }

    private static string Words(BgpPrefixLimit limit) =>
        Text($"{limit.Most} of each family, a warning from {limit.WarningPercent} % on, beyond it ")
        + (limit.RestSeconds is { } rest ? Text($"the session rests for {rest} s") : "it ends until 'bgp clear'");

    /// <summary>Counters of both directions side by side, then those of none.</summary>
    private static void WriteCounters(TextWriter output, BgpPeer peer)
    {
        if (peer.Counters is not { Count: > 0 } counters) return;
        string[] pairs =
        [
            .. counters.Keys.Where(name => name.EndsWith("In", StringComparison.Ordinal)).Select(name => name[..^2])
                .Where(name => counters.ContainsKey(name + "Out")).Order(StringComparer.Ordinal),
        ];
        if (pairs.Length > 0)
        {
            output.WriteLine();
            IEnumerable<string[]> rows = pairs.Select(name => (string[])
                ["  " + name, Text($"{counters[name + "In"]}"), Text($"{counters[name + "Out"]}")]);
            new PagedTable(output, ["  COUNTER", "IN", "OUT"]).Write([.. rows]);
        }

        var others = counters.Keys.Where(name => !pairs.Any(pair => name == pair + "In" || name == pair + "Out"));
        foreach (var name in others.Order(StringComparer.Ordinal)) Line(output, name, Text($"{counters[name]}"));
    }

    private static void Line(TextWriter output, string name, string value) =>
        output.WriteLine(("  " + name + ":").PadRight(Indent) + value);

    private static void Lines(TextWriter output, string name, IReadOnlyList<string> values)
    {
        for (var i = 0; i < values.Count; i++)
            output.WriteLine((i == 0 ? "  " + name + ":" : "").PadRight(Indent) + values[i]);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
