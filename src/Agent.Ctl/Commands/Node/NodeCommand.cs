using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Agent.Ctl.Output;
using Agent.Ipc;
using Agent.Primitives;

namespace Agent.Ctl.Commands.Node;

/// <summary><c>node</c>: what the agent of this node does, asked over its socket; for root alone.</summary>
internal static class NodeCommand
{
    private static readonly string[] Heads = ["PEER ADDRESS", "PEER TYPE", "STATE", "SINCE", "INFO"];

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static readonly Option<string?> Format = new("--output", "-o")
    {
        Description = "'json' prints JSON instead of tables.",
        HelpName = "format",
    };

    internal static Command Build(Surroundings surroundings)
    {
        var status = new Command(
            "status",
            """
            Shows the BGP sessions of this node. Must be run as root.

            SINCE is the time of day for the last 20 hours, else the date; INFO is the state of the session and its last error.

            Examples:
              sudo agentctl node status
              sudo agentctl node status -o json
            """)
        { Format };
        status.SetAction((parsed, cancellation) => StatusAsync(parsed, surroundings, cancellation));

        var message = ShutdownMessage.Flag();
        var drain = new Command(
            "drain",
            """
            Takes this node out of traffic: sends Cease to every BGP peer, so that none keeps stale routes. Must be run as root.

            Examples:
              sudo agentctl node drain
              sudo agentctl node drain --message "new disk, back at 16:00"
            """)
        { message };
        drain.SetAction((parsed, cancellation) =>
            DrainAsync(parsed, surroundings, ShutdownMessage.Read(parsed, message), cancellation));

        return new Command("node", "Shows and controls the agent of this node.") { status, drain };
    }

    private static async Task<int> StatusAsync(ParseResult parsed, Surroundings surroundings,
        CancellationToken cancellation)
    {
        var format = parsed.GetValue(Format);
        if (format is not (null or "json")) throw new CommandFailedException($"unrecognized output format '{format}'");

        var status = await AskAsync<IpcReply.NodeStatus>(parsed, surroundings, new IpcRequest.NodeStatusRequest(),
            cancellation);
        if (format == "json") surroundings.Output.WriteLine(Json(status).ToJsonString(Indented));
        else Write(status, surroundings);
        return 0;
    }

    private static async Task<int> DrainAsync(ParseResult parsed, Surroundings surroundings, string message,
        CancellationToken cancellation)
    {
        await AskAsync<IpcReply.Done>(parsed, surroundings, new IpcRequest.Drain(message), cancellation);
        surroundings.Output.WriteLine("Node drained: every BGP session was ended.");
        return 0;
    }

    private static async Task<T> AskAsync<T>(
        ParseResult parsed, Surroundings surroundings, IpcRequest request, CancellationToken cancellation)
        where T : IpcReply
    {
        if (!surroundings.IsRoot)
            throw new CommandFailedException("Need super user privileges: Operation not permitted");
        IpcReply reply;
        try
        {
            reply = await surroundings.AskAgent(Settings.Read(parsed, surroundings).SocketPath, request, cancellation);
        }
        catch (AgentUnavailableException error)
        {
            throw new CommandFailedException($"Calico process is not running.\n{error.Message}");
        }

        return reply switch
        {
            T wanted => wanted,
            IpcReply.Error error => throw new CommandFailedException(error.Message),
            _ => throw new CommandFailedException(
                $"the agent answered {request.GetType().Name} with {reply.GetType().Name}"),
        };
    }

    private static void Write(IpcReply.NodeStatus status, Surroundings surroundings)
    {
        var output = surroundings.Output;
        output.WriteLine("Calico process is running.");
        output.WriteLine();
        if (!status.BgpRunning)
        {
            output.WriteLine("The BGP backend process (BIRD) is not running.");
            return;
        }

        WriteFamily("IPv4", status.Ipv4, surroundings);
        output.WriteLine();
        WriteFamily("IPv6", status.Ipv6, surroundings);
        output.WriteLine();
    }

    private static void WriteFamily(string family, IReadOnlyList<BgpSessionStatus> sessions, Surroundings surroundings)
    {
        surroundings.Output.WriteLine($"{family} BGP status");
        if (sessions.Count == 0)
        {
            surroundings.Output.WriteLine($"No {family} peers found.");
            return;
        }

        IReadOnlyList<string>[] rows =
        [
            .. Ordered(sessions).Select(session => (string[])
            [
                session.PeerAddress, Words(session.PeerType), session.State,
                Texts.Since(session.Since, surroundings.Clock), session.Text,
            ]),
        ];
        BoxTable.Write(surroundings.Output, Heads, rows);
    }

    // By type, then by address in numbers; a peer with a port ("10.0.0.1.port.150") is no address and follows.
    private static IEnumerable<BgpSessionStatus> Ordered(IReadOnlyList<BgpSessionStatus> sessions) => sessions
        .OrderBy(session => session.PeerType)
        .ThenBy(session => IpAddr.TryParse(session.PeerAddress, out var address) ? address.Value : UInt128.MaxValue)
        .ThenBy(session => session.PeerAddress, StringComparer.Ordinal);

    private static string Words(BgpPeerType type) => type switch
    {
        BgpPeerType.NodeToNodeMesh => "node-to-node mesh",
        BgpPeerType.Global => "global",
        _ => "node specific",
    };

    private static JsonObject Json(IpcReply.NodeStatus status) => new()
    {
        ["bgpRunning"] = status.BgpRunning,
        ["ipv4"] = Json(status.Ipv4),
        ["ipv6"] = Json(status.Ipv6),
    };

    private static JsonArray Json(IReadOnlyList<BgpSessionStatus> sessions) =>
        new([.. Ordered(sessions).Select(session => new JsonObject
    {
        ["peerAddress"] = session.PeerAddress,
        ["peerType"] = Words(session.PeerType),
        ["state"] = session.State,
        ["since"] = session.Since,
        ["info"] = session.Text,
    })]);
}
