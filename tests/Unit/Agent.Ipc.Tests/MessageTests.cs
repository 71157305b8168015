using System.Text.Json;

namespace Agent.Ipc.Tests;

public sealed class MessageTests : SocketFixture
{
    private static readonly JsonElement Config = JsonDocument.Parse("""{"cniVersion":"1.0.0","name":"k8s-pod-network"}""").RootElement;

    private static readonly Dictionary<string, string> Args = new() { ["K8S_POD_NAMESPACE"] = "web", ["K8S_POD_NAME"] = "nginx" };

    private static readonly IpcRequest[] Requests =
    [
        new IpcRequest.CniAdd("c1", "/run/netns/a", "eth0", Args, Config),
        new IpcRequest.CniDel("c1", "eth0", Args, Config),
        new IpcRequest.CniCheck("c1", "/run/netns/a", "eth0", Args, Config),
        new IpcRequest.CniGc("k8s-pod-network", [new CniAttachment("c1", "eth0"), new CniAttachment("c2", "eth0")]),
        new IpcRequest.CniStatus(Config),
        new IpcRequest.NodeStatusRequest(),
        new IpcRequest.VersionRequest(),
        new IpcRequest.Drain("new disk"),
        new IpcRequest.Describe("/user/node/bgp"),
        new IpcRequest.BgpPeersRequest("10.0.0.2"),
        new IpcRequest.BgpRoutesRequest(BgpTable.AdjRibIn, "10.0.0.2", "10.0.0.0/8", BgpMatch.Longer, "10.1.0.0/16", 10),
        new IpcRequest.BgpExplain("10.0.0.0/26"),
        new IpcRequest.BgpClear("10.0.0.2", "new disk"),
        new IpcRequest.BgpRefresh(In: true, Out: false, "10.0.0.2"),
        new IpcRequest.BgpRecord("10.0.0.2", On: true),
        new IpcRequest.ActorTree("/user", 3),
        new IpcRequest.LogPeek(10, Follow: true, "warning"),
        new IpcRequest.LogLevel("debug", "/user/node/bgp"),
        new IpcRequest.ClusterShow(),
        new IpcRequest.ClusterLeave("node1"),
        new IpcRequest.ClusterDown("node1"),
        new IpcRequest.ListRegions(),
        new IpcRequest.RegionStats("pools"),
    ];

    private static readonly IpcReply[] Replies =
    [
        new IpcReply.Done(),
        new IpcReply.CniAdded(
            [new CniInterface("calic440f455693"), new CniInterface("eth0", "2a:71:d7:3e:78:55", 1500, "/run/netns/a")],
            [new CniIp("10.48.0.5/32", 1)],
            [new CniRoute("10.48.0.5/32", "169.254.1.1")]),
        new IpcReply.CniFailed(11, "no block is free", "pool default-ipv4-ippool"),
        new IpcReply.NodeStatus(
            true,
            [new BgpSessionStatus("10.0.1.20", BgpPeerType.NodeToNodeMesh, "up", DateTimeOffset.UnixEpoch, "Established")],
            [new BgpSessionStatus("fd00::1", BgpPeerType.NodeSpecific, "start", DateTimeOffset.UnixEpoch, "Active Socket: Connection refused")]),
        new IpcReply.AgentVersion("0.1.0", "abcdef", "node1"),
        new IpcReply.Description(Config),
        new IpcReply.Error("no such actor"),
        new IpcReply.BgpPeers("node1", 3, 4,
        [
            new BgpPeer("Mesh_10_0_0_2", "10.0.0.2", 179, BgpPeerType.NodeToNodeMesh, 4200000000, 64512, "10.0.0.1", "Established",
                DateTimeOffset.UnixEpoch)
            {
                TtlSecurity = 2,
                PrefixLimit = new BgpPrefixLimit(1000, 75, 300),
                Negotiated = new BgpNegotiated("10.0.0.2", "10.0.0.1", 90, 30, ["IPv4 unicast"]),
                Counters = new Dictionary<string, long> { ["updatesIn"] = 7 },
            },
        ]),
        new IpcReply.BgpRoutes(
            [new BgpRoute("10.0.0.0/26", [new BgpPath { Peer = "Mesh_10_0_0_2", Best = true, Attributes = new BgpAttributes("IGP", "", "10.0.0.2") }])],
            "10.0.0.0/26"),
        new IpcReply.BgpExplained("there is no route", [new BgpExport("Mesh_10_0_0_2", false, "NoRoute", "there is no route")]),
        new IpcReply.BgpDone(["Mesh_10_0_0_2"], [new BgpRefusal("Mesh_10_0_0_3", "the session is not established")]),
        new IpcReply.BgpRecording("Mesh_10_0_0_2", "/run/agent/recordings/Mesh_10_0_0_2-20260101T120000Z.steps", On: true),
        new IpcReply.Actors([new ActorRow("/user/node", "NodeActor", "idle", 0, 0, 10)]),
        new IpcReply.LogLines([new LogLine(DateTimeOffset.UnixEpoch, "info", "agent", "started")], 3),
        new IpcReply.ClusterView(
            "default", "node1", ["node1"], [new ClusterMember("node1", "akka://agent@node1:1", "Up", true, true)],
            [new ClusterNode("node1", "10.0.0.1:4179", true, true, true)]),
        new IpcReply.ShardRegions([new ShardRegion("pools", ["3"], 1)]),
        new IpcReply.ShardRegionStats("pools", [new ShardOwner("node1", "3", 1)], ["node2"]),
        new IpcReply.LogLevels("info", [new LoggerLevel("/user/node/bgp", "debug")]),
    ];

    public static TheoryData<int> EveryRequest { get; } = [.. Enumerable.Range(0, Requests.Length)];

    public static TheoryData<int> EveryReply { get; } = [.. Enumerable.Range(0, Replies.Length)];

    [Theory]
    [MemberData(nameof(EveryRequest))]
    public async Task A_request_arrives_as_it_was_sent(int index)
    {
        IpcRequest? arrived = null;
        await using var server = Serve(request =>
        {
            arrived = request;
            return new IpcReply.Done();
        });

        Assert.Equal(new IpcReply.Done(), await AskAsync(Requests[index]));

        Assert.Equal(Text(Requests[index]), Text(arrived!));
        Assert.Empty(Log);
    }

    [Theory]
    [MemberData(nameof(EveryReply))]
    public async Task A_reply_arrives_as_it_was_given(int index)
    {
        await using var server = Serve(_ => Replies[index]);

        var arrived = await AskAsync(new IpcRequest.VersionRequest());

        Assert.Equal(Text(Replies[index]), Text(arrived));
    }

    [Fact]
    public void Every_message_of_both_families_is_covered_here()
    {
        Assert.Equal(Names(typeof(IpcRequest)), Requests.Select(request => request.GetType().Name).Order());
        Assert.Equal(Names(typeof(IpcReply)), Replies.Select(reply => reply.GetType().Name).Order());

        static IEnumerable<string> Names(Type family) => family.GetNestedTypes().Select(type => type.Name).Order();
    }

    private static string Text(object message) => message.GetType().Name + JsonSerializer.Serialize(message, message.GetType());
}
