using System.CommandLine;
using Agent.Ctl.Output;
using Agent.Ipc;

namespace Agent.Ctl.Commands.Bgp;

/// <summary><c>bgp</c>: the BGP speaker of this node, in the manner of <c>birdc</c> and <c>vtysh</c>.</summary>
internal static class BgpCommand
{
    private static readonly TimeSpan WatchPause = TimeSpan.FromSeconds(1);

    private static readonly Option<string?> Format = Documents.Flag(wide: true);

    private static readonly Option<string?> PlainFormat = Documents.Flag();

    private static readonly Option<bool> Watch = new("--watch", "-w")
    {
        Description = "Goes on, and prints a peer again when its state or its routes change.",
    };

    internal static Command Build(Surroundings surroundings) => new(
        "bgp",
        """
        Shows and controls the BGP speaker of this node.

        A peer is named by its session, such as Mesh_10_0_0_2, or by its address.

        Examples:
          agentctl bgp peers
          agentctl bgp neighbor 10.0.0.2
          agentctl bgp routes 10.48.0.0/16 longer-prefixes
          agentctl bgp explain 10.48.1.0/26
        """)
    {
        Peers(surroundings),
        Summary(surroundings),
        Neighbor(surroundings),
        BgpTableCommands.Routes(surroundings),
        BgpTableCommands.Received(surroundings),
        BgpTableCommands.Advertised(surroundings),
        Explain(surroundings),
        Clear(surroundings),
        Refresh(surroundings),
        BgpRecordingCommands.Record(surroundings),
        BgpRecordingCommands.Replay(surroundings),
    };

    /// <summary>An argument that names a peer, with the names that there are for completion.</summary>
    internal static Argument<string> PeerArgument(Surroundings surroundings, params string[] others)
    {
        var peer = new Argument<string>("peer")
        {
            Description = others is [] ? "The peer: its session's name or its address."
                : $"The peer: its session's name or its address, or {string.Join(", ", others)}.",
        };
        peer.CompleteFromAgent<IpcReply.BgpPeers>(
            surroundings, new IpcRequest.BgpPeersRequest(),
            peers => peers.Peers.Select(each => each.Name).Concat(peers.Peers.Select(each => each.Address))
                .Concat(others));
        return peer;
    }

    private static Command Peers(Surroundings surroundings)
    {
        var command = new Command(
            "peers",
            """
            Lists the peers: state, routes and the last error.

            Examples:
              agentctl bgp peers
              agentctl bgp peers -o wide
              agentctl bgp peers --watch
            """)
        { Format, Watch };
        command.SetAction((parsed, cancellation) => PeersAsync(parsed, surroundings, cancellation));
        return command;
    }

    private static async Task<int> PeersAsync(
        ParseResult parsed, Surroundings surroundings, CancellationToken cancellation)
    {
        var format = Documents.Format(parsed, Format, wide: true);
        var view = new BgpPeerView(surroundings, format == "wide");
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        while (true)
        {
            var peers = await AgentQuestion.AskAsync<IpcReply.BgpPeers>(
                parsed, surroundings, new IpcRequest.BgpPeersRequest(), cancellation);
            if (format is null or "wide")
                view.WriteRows(peers.Peers.Where(peer => !parsed.GetValue(Watch) || IsNews(peer, seen)));
            else Documents.Write(surroundings.Output, format, peers);
            if (!parsed.GetValue(Watch)) return 0;
            await surroundings.Pause(WatchPause, cancellation);
        }
    }

    private static bool IsNews(BgpPeer peer, Dictionary<string, string> seen)
    {
        var state = $"{peer.State} {peer.LastError} {peer.Routes} {peer.Since}";
        var known = seen.GetValueOrDefault(peer.Name) == state;
        seen[peer.Name] = state;
        return !known;
    }

    private static Command Summary(Surroundings surroundings)
    {
        var command = new Command(
            "summary",
            """
            Shows the speaker in brief and a line for each peer, as 'show bgp summary' of vtysh.

            Example:
              agentctl bgp summary
            """)
        { Format };
        command.SetAction(async (parsed, cancellation) =>
        {
            var peers = await AgentQuestion.AskAsync<IpcReply.BgpPeers>(
                parsed, surroundings, new IpcRequest.BgpPeersRequest(), cancellation);
            var format = Documents.Format(parsed, Format, wide: true);
            if (!Documents.Write(surroundings.Output, format, peers))
                new BgpPeerView(surroundings, format == "wide").WriteSummary(peers);
            return 0;
        });
        return command;
    }

    private static Command Neighbor(Surroundings surroundings)
    {
        var peer = PeerArgument(surroundings);
        var command = new Command(
            "neighbor",
            """
            Shows one peer in full: state, what was negotiated, routes, counters, the last error.

            Examples:
              agentctl bgp neighbor 10.0.0.2
              agentctl bgp neighbor Mesh_10_0_0_2 -o json
            """)
        { peer, Format };
        command.SetAction(async (parsed, cancellation) =>
        {
            var peers = await AgentQuestion.AskAsync<IpcReply.BgpPeers>(
                parsed, surroundings, new IpcRequest.BgpPeersRequest(parsed.GetValue(peer)!), cancellation);
            if (!Documents.Write(surroundings.Output, Documents.Format(parsed, Format, wide: true), peers))
                foreach (var each in peers.Peers) BgpNeighborView.Write(surroundings, each);
            return 0;
        });
        return command;
    }

    private static Command Explain(Surroundings surroundings)
    {
        var prefix = new Argument<string>("prefix")
        {
            Description = "A prefix, or an address, which stands for the route that packets for it take.",
        };
        var command = new Command(
            "explain",
            """
            Says why a prefix is routed, programmed and announced as it is: for each path why it is or is not the best, for each peer
            why it is or is not told.

            Examples:
              agentctl bgp explain 10.48.1.0/26
              agentctl bgp explain 10.48.1.7
            """)
        { prefix, Format };
        command.SetAction(async (parsed, cancellation) =>
        {
            var reply = await AgentQuestion.AskAsync<IpcReply.BgpExplained>(
                parsed, surroundings, new IpcRequest.BgpExplain(parsed.GetValue(prefix)!), cancellation);
            if (!Documents.Write(surroundings.Output, Documents.Format(parsed, Format, wide: true), reply))
                BgpRouteView.WriteExplained(surroundings.Output, reply, parsed.GetValue(prefix)!);
            return reply.Route is null ? 1 : 0;
        });
        return command;
    }

    private static Command Clear(Surroundings surroundings)
    {
        var peer = PeerArgument(surroundings, "all");
        var soft = new Argument<string?>("soft")
        {
            Description = "'soft' exchanges routes again and leaves the session alone.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        soft.CompletionSources.Add("soft");
        var message = ShutdownMessage.Flag();
        var command = new Command(
            "clear",
            """
            Ends sessions with Cease / Administrative Reset and begins them anew; with 'soft' the sessions stay and only their routes are
            exchanged again.

            Examples:
              agentctl bgp clear 10.0.0.2
              agentctl bgp clear 10.0.0.2 --message "new line card"
              agentctl bgp clear all soft
            """)
        { peer, soft, message, PlainFormat };
        command.SetAction((parsed, cancellation) =>
        {
            if (parsed.GetValue(soft) is not (null or "soft"))
                throw new CommandFailedException($"unknown word '{parsed.GetValue(soft)}': only 'soft' may follow");
            var (name, text) = (Peer(parsed.GetValue(peer)!), ShutdownMessage.Read(parsed, message));
            if (parsed.GetValue(soft) is not null && text.Length > 0)
                throw new CommandFailedException("a message goes with the end of a session, which 'soft' leaves alone");
            return parsed.GetValue(soft) is null
                ? DoAsync(parsed, surroundings, new IpcRequest.BgpClear(name, text), "reset", cancellation)
                : DoAsync(parsed, surroundings, new IpcRequest.BgpRefresh(In: true, Out: true, name), "refreshed",
                    cancellation);
        });
        return command;
    }

    private static Command Refresh(Surroundings surroundings)
    {
        var peer = PeerArgument(surroundings, "all");
        var direction = new Argument<string?>("direction")
        {
            Description = "'in' asks the peer for its routes (RFC 2918), 'out' tells it ours again; both when left out.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        direction.CompletionSources.Add("in", "out");
        var command = new Command(
            "refresh",
            """
            Exchanges routes again; the session stays.

            Examples:
              agentctl bgp refresh 10.0.0.2
              agentctl bgp refresh 10.0.0.2 in
              agentctl bgp refresh all out
            """)
        { peer, direction, PlainFormat };
        command.SetAction((parsed, cancellation) =>
        {
            var word = parsed.GetValue(direction);
            if (word is not (null or "in" or "out"))
                throw new CommandFailedException($"unknown direction '{word}': use in or out");
            return DoAsync(
                parsed, surroundings,
                new IpcRequest.BgpRefresh(In: word is not "out", Out: word is not "in", Peer(parsed.GetValue(peer)!)),
                "refreshed", cancellation);
        });
        return command;
    }

    private static string? Peer(string word) => word == "all" ? null : word;

    private static async Task<int> DoAsync(
        ParseResult parsed, Surroundings surroundings, IpcRequest request, string done, CancellationToken cancellation)
    {
        var reply = await AgentQuestion.AskAsync<IpcReply.BgpDone>(parsed, surroundings, request, cancellation);
        if (Documents.Write(surroundings.Output, Documents.Format(parsed, PlainFormat), reply))
            return reply.Refusals.Count == 0 ? 0 : 1;
        foreach (var peer in reply.Peers) surroundings.Output.WriteLine($"{peer} {done}");
        foreach (var refusal in reply.Refusals)
            surroundings.Error.WriteLine($"{refusal.Peer} was not {done}: {refusal.Reason}");
        if (reply.Peers.Count == 0 && reply.Refusals.Count == 0)
            surroundings.Output.WriteLine("This node has no peers.");
        return reply.Refusals.Count == 0 ? 0 : 1;
    }
}
