using System.Text.Json;
using Agent.Bgp.Recordings;
using Agent.Ipc;

namespace Agent.Ctl.Tests;

/// <summary><c>agentctl bgp</c>: what is asked of the agent, and how the answers look.</summary>
public sealed class BgpTests
{
    private static readonly DateTimeOffset Since = new(2022, 2, 10, 11, 30, 0, TimeSpan.Zero);

    private static readonly BgpPeer Peer = new("Global_10_0_0_1", "10.0.0.1", 179, BgpPeerType.Global, 65001, 64512, "10.0.0.10", "Established", Since)
    {
        Routes = new BgpRouteCounts(3, 2, 1, 0, 7),
        Counters = new Dictionary<string, long> { ["messagesIn"] = 12, ["messagesOut"] = 9, ["lost"] = 1 },
        Negotiated = new BgpNegotiated("10.0.0.1", "10.0.0.10", 90, 30, ["IPv4 unicast (RFC 4760): advertised and received"]),
    };

    private static readonly BgpPeer Down = new("Mesh_10_0_0_11", "10.0.0.11", 1179, BgpPeerType.NodeToNodeMesh, 64512, 64512, "10.0.0.10", "Active", Since)
    {
        LastError = "Socket: Connection refused",
    };

    private readonly Terminal _terminal = new();

    [Fact]
    public async Task Peers_are_rows_with_state_routes_and_last_error()
    {
        _terminal.Reply = new IpcReply.BgpPeers("node1", 3, 4, [Down, Peer]);

        Assert.Equal(
            Outcome.Ok("""
                NAME              ADDRESS               AS      TYPE                STATE         SINCE      RECEIVED   BEST   ADVERTISED   LAST ERROR
                Mesh_10_0_0_11    10.0.0.11 port 1179   64512   node-to-node mesh   Active        11:30:00   0          0      0            Socket: Connection refused
                Global_10_0_0_1   10.0.0.1              65001   global              Established   11:30:00   3          1      7

                """),
            await _terminal.RunAsync("bgp peers"));
    }

    [Fact]
    public async Task The_summary_reads_like_vtyshs()
    {
        _terminal.Reply = new IpcReply.BgpPeers("node1", 3, 4, [Down, Peer]);

        Assert.Equal(
            Outcome.Ok("""
                BGP router identifier 10.0.0.10, local AS number 64512, node node1
                RIB entries 3, paths 4, peers 2

                NEIGHBOR    V   AS      MSGRCVD   MSGSENT   OUTQ   UP/DOWN   STATE/PFXRCD   PFXSNT
                10.0.0.11   4   64512   -         -         0      30m       Active         -
                10.0.0.1    4   65001   12        9         0      30m       3              7

                Total number of neighbors 2, established 1

                """),
            await _terminal.RunAsync("bgp summary"));
    }

    [Fact]
    public async Task A_pod_that_peers_is_shown_as_such_and_who_reads_slowly_too()
    {
        _terminal.Reply = new IpcReply.BgpPeers("node1", 3, 4,
            [Peer with { Name = "Local_Workload_10_0_0_1", Type = BgpPeerType.LocalWorkload, QueuedBytes = 70, IsBlocked = true }]);

        var output = (await _terminal.RunAsync("bgp neighbor 10.0.0.1")).Output;
        Assert.StartsWith("Neighbor Local_Workload_10_0_0_1, 10.0.0.1, local workload\n", output, StringComparison.Ordinal);
        Assert.Contains("70 waiting, the peer reads slowly: no more is sent until it has\n", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "it ends until 'bgp clear'")]
    [InlineData(300.0, "the session rests for 300 s")]
    public async Task What_a_neighbor_is_held_to_is_shown(double? rest, string words)
    {
        _terminal.Reply = new IpcReply.BgpPeers("node1", 3, 4,
            [Peer with { TtlSecurity = 1, PrefixLimit = new BgpPrefixLimit(1000, 75, rest), AdvertisementSeconds = 5, Password = true }]);

        Assert.Contains($$"""
              Authentication:     TCP MD5 (RFC 2385)
              TTL security:       the peer is at most 1 hop away (RFC 5082)
              Prefix limit:       1000 of each family, a warning from 75 % on, beyond it {{words}}
              Advertisements:     not before 5 s after the last
              Routes: 
            """, (await _terminal.RunAsync("bgp neighbor 10.0.0.1")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_neighbor_is_shown_in_full()
    {
        _terminal.Reply = new IpcReply.BgpPeers("node1", 3, 4, [Peer]);

        Assert.Equal(
            Outcome.Ok("""
                Neighbor Global_10_0_0_1, 10.0.0.1, global
                  State:              Established, since 11:30:00
                  Last error:         none
                  AS:                 remote 65001, local 64512, external (eBGP)
                  Router ID:          remote 10.0.0.1, local 10.0.0.10
                  Local address:      10.0.0.10
                  Hold time:          90 s, keepalive every 30 s
                  Capabilities:       IPv4 unicast (RFC 4760): advertised and received
                  Routes:             3 received, 2 accepted, 1 best, 0 stale, 7 advertised
                  Bytes:              0 received, 0 sent, 0 waiting

                  COUNTER    IN   OUT
                  messages   12   9
                  lost:               1

                """),
            await _terminal.RunAsync("bgp neighbor 10.0.0.1"));
        Assert.Equal(new IpcRequest.BgpPeersRequest("10.0.0.1"), _terminal.Asked[^1].Request);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("json")]
    public async Task A_large_table_is_read_page_by_page_and_printed_as_one(string? format)
    {
        _terminal.Answer = request => ((IpcRequest.BgpRoutesRequest)request).After is null
            ? new IpcReply.BgpRoutes([Route("10.1.0.0/16", "Best", best: true)], "10.1.0.0/16")
            : new IpcReply.BgpRoutes([Route("10.2.0.0/16", "LocalPref", best: false)]);

        var outcome = await _terminal.RunAsync($"bgp routes 10.0.0.0/8 longer-prefixes{(format is null ? "" : " -o json")}");

        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal(
            [
                new IpcRequest.BgpRoutesRequest(BgpTable.LocRib, null, "10.0.0.0/8", BgpMatch.Longer),
                new IpcRequest.BgpRoutesRequest(BgpTable.LocRib, null, "10.0.0.0/8", BgpMatch.Longer, "10.1.0.0/16"),
            ],
            _terminal.Asked.Select(each => each.Request));
        if (format is null)
            Assert.Equal(
                """
                     PREFIX        NEXT HOP   FROM              LOCAL_PREF   MED   AS PATH
                *>   10.1.0.0/16   10.0.0.1   Global_10_0_0_1   100          -     65001 i
                *    10.2.0.0/16   10.0.0.1   Global_10_0_0_1   100          -     65001 i

                """,
                outcome.Output);
        else
            Assert.Equal(["10.1.0.0/16", "10.2.0.0/16"],
                JsonDocument.Parse(outcome.Output).RootElement.EnumerateArray().Select(route => route.GetProperty("prefix").GetString()));
    }

    [Fact]
    public async Task Every_attribute_is_a_line_and_what_the_policy_on_import_changed_stands_below()
    {
        var received = new BgpAttributes("IGP", "65001", "10.0.0.1")
        {
            Communities = ["64512:7"],
            ExtendedCommunities = ["RT:65001:100"],
            OnlyToCustomer = 65001,
        };
        var path = Route("10.1.0.0/16", "Best", best: true).Paths[0] with
        {
            PathId = 3,
            ResolvedTo = "10.0.0.1 dev 2",
            Attributes = received,
            Effective = received with { LocalPref = 300 },
        };
        _terminal.Reply = new IpcReply.BgpRoutes([new BgpRoute("10.1.0.0/16", [path])]);

        Assert.Equal(
            Outcome.Ok("""
                10.1.0.0/16
                    *> from Global_10_0_0_1: because
                       ORIGIN: IGP
                       AS_PATH: 65001
                       NEXT_HOP: 10.0.0.1
                       COMMUNITIES: 64512:7
                       EXTENDED COMMUNITIES: RT:65001:100
                       OTC: 65001
                       resolved to: 10.0.0.1 dev 2
                       path identifier: 3
                       after the policy on import:
                       ORIGIN: IGP
                       AS_PATH: 65001
                       NEXT_HOP: 10.0.0.1
                       LOCAL_PREF: 300
                       COMMUNITIES: 64512:7
                       EXTENDED COMMUNITIES: RT:65001:100
                       OTC: 65001

                """),
            await _terminal.RunAsync("bgp received 10.0.0.1 all"));
    }

    [Theory]
    [InlineData("bgp received 10.0.0.1", "-")]
    [InlineData("bgp routes", "300")]
    public async Task A_row_has_the_attributes_that_were_received_or_those_that_count_as_the_table_says(string line, string preference)
    {
        var path = Route("10.1.0.0/16", "Best", best: true).Paths[0];
        var received = new BgpAttributes("IGP", "65001", "10.0.0.1");
        _terminal.Reply = new IpcReply.BgpRoutes(
            [new BgpRoute("10.1.0.0/16", [path with { Attributes = received, Effective = received with { LocalPref = 300 } }])]);

        var row = (await _terminal.RunAsync(line)).Output.Split('\n')[1];

        Assert.Equal(["*>", "10.1.0.0/16", "10.0.0.1", "Global_10_0_0_1", preference, "-", "65001", "i"], row.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Explain_says_why_a_path_lost_and_who_is_told()
    {
        _terminal.Reply = new IpcReply.BgpExplained(
            "programmed", [new BgpExport("Global_10_0_0_1", false, "SplitHorizon", "the best path came from this peer")],
            Route("10.1.0.0/16", "Best", best: true) with { Kernel = "via 10.0.0.1 dev 2" });

        Assert.Equal(
            Outcome.Ok("""
                10.1.0.0/16   kernel: via 10.0.0.1 dev 2, programmed

                     FROM              NEXT HOP   WHY
                *>   Global_10_0_0_1   10.0.0.1   because

                PEER              TOLD   WHY
                Global_10_0_0_1   no     the best path came from this peer

                """),
            await _terminal.RunAsync("bgp explain 10.1.2.3"));
    }

    [Theory]
    [InlineData("bgp clear all", null, "reset")]
    [InlineData("bgp refresh 10.0.0.1 in", "10.0.0.1", "refreshed")]
    public async Task What_was_not_done_is_said_and_fails(string line, string? peer, string done)
    {
        _terminal.Reply = new IpcReply.BgpDone(["Global_10_0_0_1"], [new BgpRefusal("Mesh_10_0_0_11", "the session is not established")]);

        Assert.Equal(
            new Outcome(1, $"Global_10_0_0_1 {done}\n", $"Mesh_10_0_0_11 was not {done}: the session is not established\n"),
            await _terminal.RunAsync(line));
        Assert.Equal(
            peer is null ? new IpcRequest.BgpClear() : new IpcRequest.BgpRefresh(In: true, Out: false, peer), _terminal.Asked[^1].Request);
    }

    [Fact]
    public async Task Who_clears_a_session_tells_why_in_as_much_as_fits()
    {
        _terminal.Reply = new IpcReply.BgpDone(["Global_10_0_0_1"], []);

        await _terminal.RunAsync("bgp clear 10.0.0.1 --message disk");
        Assert.Equal(new IpcRequest.BgpClear("10.0.0.1", "disk"), _terminal.Asked[^1].Request);
        await _terminal.RunAsync($"bgp clear all -m {new string('x', 255)}");
        Assert.Equal(new IpcRequest.BgpClear(null, new string('x', 255)), _terminal.Asked[^1].Request);
        Assert.Equal(
            Outcome.Failed("the message has 256 bytes; at most 255 can be sent (RFC 9003)\n"),
            await _terminal.RunAsync($"bgp clear all -m {new string('\u00e4', 128)}"));
        Assert.Equal(
            Outcome.Failed("a message goes with the end of a session, which 'soft' leaves alone\n"),
            await _terminal.RunAsync("bgp clear all soft -m disk"));
        Assert.Equal(2, _terminal.Asked.Count);
    }

    [Theory]
    [InlineData("bgp clear all -o json")]
    [InlineData("bgp refresh all -o json")]
    public async Task What_was_done_for_whom_is_a_document_too(string line)
    {
        _terminal.Reply = new IpcReply.BgpDone(["Global_10_0_0_1"], [new BgpRefusal("Mesh_10_0_0_11", "the session is not established")]);

        Assert.Equal(
            new Outcome(1, """
                {
                  "peers": [
                    "Global_10_0_0_1"
                  ],
                  "refusals": [
                    {
                      "peer": "Mesh_10_0_0_11",
                      "reason": "the session is not established"
                    }
                  ]
                }

                """, ""),
            await _terminal.RunAsync(line));
    }

    [Theory]
    [InlineData("on", "Global_10_0_0_1 is reset and recorded to /run/agent/recordings/x.steps\n")]
    [InlineData("off", "Global_10_0_0_1 is no longer recorded; the recording is /run/agent/recordings/x.steps\n")]
    [InlineData("off -o yaml", "peer: Global_10_0_0_1\npath: /run/agent/recordings/x.steps\n\"on\": false\n")]
    public async Task A_recording_is_begun_and_ended_and_its_file_named(string words, string output)
    {
        var on = words == "on";
        _terminal.Reply = new IpcReply.BgpRecording("Global_10_0_0_1", "/run/agent/recordings/x.steps", on);

        Assert.Equal(Outcome.Ok(output), await _terminal.RunAsync($"bgp record 10.0.0.1 {words}"));
        Assert.Equal(new IpcRequest.BgpRecord("10.0.0.1", on), _terminal.Asked[^1].Request);
    }

    [Fact]
    public async Task A_session_that_is_being_recorded_says_so()
    {
        _terminal.Reply = new IpcReply.BgpPeers("node1", 3, 4, [Peer with { Recording = "/run/agent/recordings/x.steps" }]);

        Assert.Contains(
            "\n  Recorded to:        /run/agent/recordings/x.steps\n", (await _terminal.RunAsync("bgp neighbor 10.0.0.1")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_recording_is_replayed_without_an_agent_and_every_step_that_differs_is_shown()
    {
        var recorded = Replay.Run(RecordingReader.Read(
            ["peer A local-as=64512 router-id=10.0.0.1 peer-as=64512 peer-address=10.0.0.2", "@0.000 A start", "@1.000 A stop"]));
        var text = string.Join('\n', recorded.Lines());
        var changed = text.Replace("ConnectRetry 30", "ConnectRetry 31", StringComparison.Ordinal);
        _terminal.Unreachable = new InvalidOperationException("nobody is to be asked");

        Assert.Equal(Outcome.Ok("2 steps, each as recorded; at the end the RIB knows 0 prefixes.\n"), await _terminal.RunAsync("bgp replay -", text));
        Assert.Equal(
            new Outcome(1, """
                @0.000 A start
                  - arm ConnectRetry 31
                    dial outgoing-1
                  + arm ConnectRetry 30
                    state start Connect

                1 of 2 steps differ.

                """, ""),
            await _terminal.RunAsync("bgp replay -", changed));
        var document = JsonDocument.Parse((await _terminal.RunAsync("bgp replay - -o json", changed)).Output).RootElement;
        Assert.Equal((2, 1), (document.GetProperty("steps").GetInt32(), document.GetProperty("differences").GetArrayLength()));
    }

    [Theory]
    [InlineData("", "- is no recording: a recording needs a line 'peer NAME key=value ...'\n")]
    [InlineData("peer A hald=1", "- is no recording: line 1: 'hald' is no setting; there are ")]
    public async Task What_is_no_recording_is_refused(string text, string message)
    {
        var outcome = await _terminal.RunAsync("bgp replay -", text);

        Assert.Equal(1, outcome.ExitCode);
        Assert.StartsWith(message, outcome.Errors, StringComparison.Ordinal);
        Assert.StartsWith("/no/such.steps cannot be read: ", (await _terminal.RunAsync("bgp replay /no/such.steps")).Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bgp record 10.0.0.1 maybe", "unknown word 'maybe': use on or off")]
    [InlineData("bgp routes longer-prefixes", "'longer-prefixes' needs a prefix in front of it")]
    [InlineData("bgp routes 10.0.0.0/8 longer", "unknown word 'longer': behind the prefix only 'longer-prefixes' and 'all' may follow")]
    [InlineData("bgp clear all hard", "unknown word 'hard': only 'soft' may follow")]
    [InlineData("bgp peers -o xml", "unrecognized output format 'xml': use wide, json or yaml")]
    public async Task A_wrong_word_is_named(string line, string message) =>
        Assert.Equal(Outcome.Failed(message + "\n"), await _terminal.RunAsync(line));

    [Theory]
    [InlineData("bgp neighbor", "<peer>")]
    [InlineData("bgp received", "<prefix>")]
    [InlineData("bgp clear", "<peer>")]
    [InlineData("actor describe", "<path>")]
    [InlineData("cluster down", "<node>")]
    [InlineData("cluster-sharding region-stats", "<region>")]
    public async Task Help_names_its_arguments_and_asks_no_agent(string verb, string argument)
    {
        var outcome = await _terminal.RunAsync($"{verb} --help");

        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains($"\n  {argument} ", outcome.Output, StringComparison.Ordinal);
        Assert.Empty(_terminal.Asked);
    }

    [Fact]
    public async Task An_unknown_verb_brings_the_nearest_one_to_mind()
    {
        var outcome = await _terminal.RunAsync("bgp per");

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("'per' is unknown; did you mean peers?\n", outcome.Errors, StringComparison.Ordinal);
    }

    private static BgpRoute Route(string prefix, string reason, bool best) => new(prefix,
    [
        new BgpPath
        {
            Peer = "Global_10_0_0_1",
            Best = best,
            Import = "Accepted",
            Reason = reason,
            Why = "because",
            Attributes = new BgpAttributes("IGP", "65001", "10.0.0.1") { LocalPref = 100 },
        },
    ]);
}
