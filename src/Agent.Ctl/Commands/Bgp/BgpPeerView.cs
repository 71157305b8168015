using System.Globalization;
using Agent.Ctl.Output;
using Agent.Ipc;

namespace Agent.Ctl.Commands.Bgp;

/// <summary>Peers as rows.</summary>
internal sealed class BgpPeerView(Surroundings surroundings, bool wide)
{
    private static readonly string[] Heads =
        ["NAME", "ADDRESS", "AS", "TYPE", "STATE", "SINCE", "RECEIVED", "BEST", "ADVERTISED"];

    private readonly PagedTable _table = new(
        surroundings.Output,
        wide ? [.. Heads, "ACCEPTED", "STALE", "QUEUED", "ROUTER ID", "LAST ERROR"] : [.. Heads, "LAST ERROR"]);

    /// <summary>Prints peers; the headings before the first.</summary>
    internal void WriteRows(IEnumerable<BgpPeer> peers) => _table.Write([.. peers.Select(Row)]);

    /// <summary>Prints what <c>show bgp summary</c> of vtysh prints.</summary>
    internal void WriteSummary(IpcReply.BgpPeers speaker)
    {
        var output = surroundings.Output;
        var first = speaker.Peers.Count > 0 ? speaker.Peers[0] : null;
        if (first is not null)
            output.WriteLine($"BGP router identifier {first.RouterId}, local AS number {Text(first.LocalAs)}, "
                + $"node {speaker.Node}");
        else output.WriteLine($"node {speaker.Node}");
        output.WriteLine($"RIB entries {Text(speaker.Prefixes)}, paths {Text(speaker.Paths)}, "
            + $"peers {Text(speaker.Peers.Count)}");
        output.WriteLine();
        if (first is null)
        {
            output.WriteLine("This node has no peers.");
            return;
        }

        string[] heads = ["NEIGHBOR", "V", "AS", "MSGRCVD", "MSGSENT", "OUTQ", "UP/DOWN", "STATE/PFXRCD", "PFXSNT"];
        new PagedTable(output, wide ? [.. heads, "NAME"] : heads).Write(
        [
            .. speaker.Peers.Select(peer =>
            {
                string[] row =
                [
                    peer.Address, "4", Text(peer.PeerAs), Count(peer, "messagesIn"), Count(peer, "messagesOut"),
                    Text(peer.QueuedBytes), Texts.Age(peer.Since, surroundings.Clock),
                    IsUp(peer) ? Text(peer.Routes.Received) : peer.State,
                    IsUp(peer) ? Text(peer.Routes.Advertised) : "-",
                ];
                return (string[])(wide ? [.. row, peer.Name] : row);
            }),
        ]);
        output.WriteLine();
        output.WriteLine($"Total number of neighbors {Text(speaker.Peers.Count)}, "
            + $"established {Text(speaker.Peers.Count(IsUp))}");
    }

    internal static bool IsUp(BgpPeer peer) => peer.State == "Established";

    internal static string Words(BgpPeerType type) => type switch
    {
        BgpPeerType.NodeToNodeMesh => "node-to-node mesh",
        BgpPeerType.Global => "global",
        BgpPeerType.LocalWorkload => "local workload",
        _ => "node specific",
    };

    private string[] Row(BgpPeer peer)
    {
        string[] row =
        [
            peer.Name, peer.Port == 179 ? peer.Address : $"{peer.Address} port {Text(peer.Port)}", Text(peer.PeerAs),
            Words(peer.Type), peer.State, Texts.Since(peer.Since, surroundings.Clock), Text(peer.Routes.Received),
            Text(peer.Routes.Best), Text(peer.Routes.Advertised),
        ];
        var error = peer.LastError ?? "";
        return wide
            ?
            [
                .. row, Text(peer.Routes.Accepted), Text(peer.Routes.Stale), Text(peer.QueuedBytes),
                peer.Negotiated?.PeerRouterId ?? "-", error,
            ]
            : [.. row, error];
    }

    private static string Count(BgpPeer peer, string name) =>
        peer.Counters is { } counters && counters.TryGetValue(name, out var count) ? Text(count) : "-";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
