using Agent.Bgp;
using Agent.Primitives;
using Agent.Resources;
using static Agent.Planning.Tests.Given;

namespace Agent.Planning.Tests;

public sealed class PeerPlanTests
{
    private const string Reflector = ", routeReflectorClusterID: 244.0.0.1";

    private static readonly string[] Three = [Node("a", "10.0.0.1"), Node("b", "10.0.0.2"), Node("c", "10.0.0.3")];

    private static readonly string[] TwoReflectors =
    [
        Node("a", "10.0.0.1"), Node("b", "10.0.0.2"),
        Node("r1", "10.0.0.8", Reflector, "{route-reflector: 'true'}"), Node("r2", "10.0.0.9", Reflector, "{route-reflector: 'true'}"),
    ];

    private static string[] Names(ClusterSnapshot snapshot, string node)
    {
        var plan = PeerPlan.For(snapshot, node);
        Assert.Empty(plan.Problems);
        return [.. plan.Peers.Select(peer => $"{peer.Name} AS{peer.Session.PeerAs}{(peer.Policy.ClientClusterId is null ? "" : " client")}")];
    }

    [Fact]
    public void A_local_pod_that_a_peering_selects_is_a_passive_peer()
    {
        var cluster = Snapshot([.. Three, BgpSettings("{localWorkloadPeeringIPV4: 169.254.200.1}"),
            Peer("anchors", "{nodeSelector: all(), localWorkloadSelector: \"app == 'anchor' && projectcalico.org/namespace == 'x'\", asNumber: 65010, "
                + "localASNumber: 65020, numAllowedLocalASNumbers: 1, password: {secretKeyRef: {name: a, key: b}}}"),
            Peer("elsewhere", "{node: c, localWorkloadSelector: all(), asNumber: 65011}")]);
        var plan = PeerPlan.For(cluster, "b", workloads:
        [
            Workload("cali1", "anchor", "10.48.0.5", "fd00::5"), Workload("cali2", "anchor", "10.48.0.6"), Workload("cali3", "web", "10.48.0.7"),
        ]);

        Assert.Empty(plan.Problems);
        Assert.Equal(
            ["Local_Workload_10_48_0_5 AS65010 from AS65020", "Local_Workload_10_48_0_6 AS65010 from AS65020"],
            from peer in plan.Peers
            where peer is { Type: PeerType.Workload, Session: { Passive: true, LocalAddress: null, PasswordRef: null }, Policy.AllowedLocalAs: 0 }
            select $"{peer.Name} AS{peer.Session.PeerAs} from AS{peer.Session.LocalAs}");
        Assert.Equal(["cali1 169.254.200.1", "cali2 169.254.200.1"], plan.HostAddresses.Select(address => $"{address.Device} {address.Address}"));
        Assert.Equal(4, plan.Peers.Length);

        static LocalWorkload Workload(string device, string app, params string[] addresses) => new(device, [.. addresses.Select(IpAddr.Parse)])
        {
            Labels = LocalWorkload.LabelsOf(new Resource
            {
                Key = new ResourceKey(Kinds.Pod, device, "x"),
                Labels = Resource.EmptyMap.Add("app", app),
            }),
        };
    }

    [Fact]
    public void Without_an_address_to_peer_with_no_pod_is_a_peer_and_that_is_said()
    {
        var cluster = Snapshot([.. Three, Peer("anchors", "{localWorkloadSelector: all(), asNumber: 65010}")]);

        var plan = PeerPlan.For(cluster, "b", workloads: [new LocalWorkload("cali1", [IpAddr.Parse("10.48.0.5")])]);

        Assert.Equal("BGPConfiguration(default) has no localWorkloadPeeringIPV4: pods have nothing to peer with", Assert.Single(plan.Problems));
        Assert.DoesNotContain(plan.Peers, peer => peer.Type == PeerType.Workload);
    }

    [Fact]
    public void The_mesh_has_every_other_node_and_both_ends_dial()
    {
        var plan = PeerPlan.For(Snapshot(Three), "b");

        Assert.Empty(plan.Problems);
        Assert.Equal(
            [Mesh("10.0.0.1"), Mesh("10.0.0.3")],
            plan.Peers.AsEnumerable());

        static PeerSpec Mesh(string address) => new()
        {
            Name = $"Mesh_{address.Replace('.', '_')}",
            Type = PeerType.Mesh,
            Session = new SessionSettings
            {
                LocalAs = 64512,
                RouterId = 0x0a000002,
                PeerAs = 64512,
                PeerAddress = IpAddr.Parse(address),
                LocalAddress = IpAddr.Parse("10.0.0.2"),
            },
        };
    }

    [Fact]
    public void The_mesh_takes_port_password_and_restart_time_from_the_configuration()
    {
        var snapshot = Snapshot(Three).With(
            BgpSettings("{asNumber: '1.10', listenPort: 178, nodeMeshPassword: {secretKeyRef: {name: s, key: k}}, nodeMeshMaxRestartTime: 90400ms}"),
            BgpSettings("{listenPort: 1790}", "node.c"));

        var peers = PeerPlan.For(snapshot, "a").Peers;

        Assert.Equal(["Mesh_10_0_0_2", "Mesh_10_0_0_3"], peers.Select(peer => peer.Name));
        Assert.Equal([178, 1790], peers.Select(peer => (int)peer.Session.PeerPort));
        Assert.All(peers, peer => Assert.Equal(
            (65546u, 65546u, "kube-system/s/k", TimeSpan.FromSeconds(90)),
            (peer.Session.LocalAs, peer.Session.PeerAs, peer.Session.PasswordRef, peer.Session.RestartTime)));
    }

    [Fact]
    public void A_node_without_an_AS_of_its_own_counts_in_the_mesh_with_the_local_nodes_AS() => Assert.Equal(
        ["Mesh_10_0_0_2 AS65001"], Names(Snapshot(Node("a", "10.0.0.1", ", asNumber: 65001"), Node("b", "10.0.0.2")), "a"));

    [Fact]
    public void A_reflector_leaves_the_mesh_on_both_sides()
    {
        var snapshot = Snapshot(Node("a", "10.0.0.1"), Node("b", "10.0.0.2"), Node("r", "10.0.0.3", Reflector));

        Assert.Equal(["Mesh_10_0_0_2 AS64512"], Names(snapshot, "a"));
        Assert.Empty(Names(snapshot, "r"));
    }

    [Fact]
    public void The_labs_external_router_is_global_beside_the_mesh()
    {
        var snapshot = Snapshot(Three).With(Peer("bgppeer-global-host1", "{peerIP: 198.19.15.254, asNumber: 64512}"));

        Assert.Equal(["Global_198_19_15_254 AS64512", "Mesh_10_0_0_2 AS64512", "Mesh_10_0_0_3 AS64512"], Names(snapshot, "a"));
    }

    [Fact]
    public void Reflectors_by_selectors_on_both_ends_are_node_specific_everywhere()
    {
        var snapshot = Snapshot(TwoReflectors).With(
            BgpSettings("{nodeToNodeMeshEnabled: false}"), Peer("rr", "{nodeSelector: all(), peerSelector: route-reflector == 'true'}"));

        Assert.Equal(["Node_10_0_0_8 AS64512", "Node_10_0_0_9 AS64512"], Names(snapshot, "a"));
        Assert.Equal(["Node_10_0_0_1 AS64512 client", "Node_10_0_0_2 AS64512 client", "Node_10_0_0_9 AS64512"], Names(snapshot, "r1"));
    }

    [Fact]
    public void Reflectors_by_a_global_peering_are_global_to_all_and_see_their_clients_in_reverse()
    {
        var snapshot = Snapshot(TwoReflectors).With(BgpSettings("{nodeToNodeMeshEnabled: false}"), Peer("rr", "{peerSelector: has(route-reflector)}"));

        Assert.Equal(["Global_10_0_0_8 AS64512", "Global_10_0_0_9 AS64512"], Names(snapshot, "a"));
        Assert.Equal(["Global_10_0_0_9 AS64512", "Node_10_0_0_1 AS64512 client", "Node_10_0_0_2 AS64512 client"], Names(snapshot, "r1"));
    }

    [Fact]
    public void Manual_makes_no_reverse_peering()
    {
        var snapshot = Snapshot(TwoReflectors).With(
            BgpSettings("{nodeToNodeMeshEnabled: false}"), Peer("rr", "{nodeSelector: '!has(route-reflector)', peerSelector: has(route-reflector), reversePeering: Manual}"));

        Assert.Equal(["Node_10_0_0_8 AS64512", "Node_10_0_0_9 AS64512"], Names(snapshot, "a"));
        Assert.Empty(Names(snapshot, "r1"));
    }

    [Theory]
    [InlineData("{node: a, peerIP: 10.0.0.2, asNumber: 64512}", "Node_10_0_0_1 AS64512")]
    [InlineData("{node: a, peerIP: 10.0.0.2, asNumber: 65000}", null)]
    [InlineData("{node: a, peerIP: '10.0.0.2:1179', asNumber: 64512}", "Node_10_0_0_1 AS64512")]
    public void A_peering_by_a_nodes_address_and_AS_is_reversed(string spec, string? reversed) => Assert.Equal(
        reversed is null ? [] : [reversed], Names(Snapshot(Three).With(BgpSettings("{nodeToNodeMeshEnabled: false}"), Peer("p", spec)), "b"));

    [Fact]
    public void A_port_that_the_node_does_not_listen_on_is_not_reversed() => Assert.Empty(Names(
        Snapshot(Three).With(BgpSettings("{nodeToNodeMeshEnabled: false, listenPort: 178}"), Peer("p", "{node: a, peerIP: '10.0.0.2:1179', asNumber: 64512}")), "b"));

    [Fact]
    public void A_global_peering_wins_over_a_node_specific_one_whatever_their_names()
    {
        var snapshot = Snapshot(Three[0]).With(
            Peer("a-node", "{node: a, peerIP: 10.9.0.1, asNumber: 65000, ttlSecurity: 1}"), Peer("b-global", "{peerIP: 10.9.0.1, asNumber: 65001}"));

        var peer = Assert.Single(PeerPlan.For(snapshot, "a").Peers);
        Assert.Equal(("Global_10_9_0_1", 65001u, null), (peer.Name, peer.Session.PeerAs, peer.Session.TtlSecurity));
    }

    [Fact]
    public void Of_two_peerings_for_one_address_the_first_by_name_wins_and_another_port_is_another_session()
    {
        var snapshot = Snapshot(Three[0]).With(
            Peer("b", "{peerIP: 10.9.0.1, asNumber: 65002}"), Peer("a", "{peerIP: 10.9.0.1, asNumber: 65001}"), Peer("c", "{peerIP: '10.9.0.1:166', asNumber: 65003}"));

        Assert.Equal(["Global_10_9_0_1 AS65001", "Global_10_9_0_1_port_166 AS65003"], Names(snapshot, "a"));
    }

    [Theory]
    [InlineData("{nodeSelector: rack == 'x', peerIP: 10.9.0.1, asNumber: 65000}", "a")]
    [InlineData("{node: b, peerIP: 10.9.0.1, asNumber: 65000}", "b")]
    [InlineData("{peerIP: 10.9.0.1, asNumber: 65000}", "a b")]
    [InlineData("{peerIP: 10.0.0.1, asNumber: 65000}", "b")]
    public void A_peering_is_for_the_nodes_it_names_and_never_for_its_own_address(string spec, string nodes)
    {
        var snapshot = Snapshot(Node("a", "10.0.0.1", labels: "{rack: x}"), Node("b", "10.0.0.2")).With(BgpSettings("{nodeToNodeMeshEnabled: false}"), Peer("p", spec));

        Assert.Equal(nodes, string.Join(' ', new[] { "a", "b" }.Where(node => Names(snapshot, node).Length > 0)));
    }

    [Fact]
    public void A_peering_brings_its_parameters_to_the_session_and_the_policy()
    {
        var snapshot = Snapshot(Three[0]).With(Peer("p", """
            {peerIP: 10.9.0.1, asNumber: 65000, localASNumber: 65100, sourceAddress: None, nextHopMode: Self, maxRestartTime: 10s, keepaliveTime: 20s,
             numAllowedLocalASNumbers: 2, ttlSecurity: 3, password: {secretKeyRef: {name: s, key: k}}}
            """));

        var expected = new PeerSpec
        {
            Name = "Global_10_9_0_1",
            Type = PeerType.Global,
            Session = new SessionSettings
            {
                LocalAs = 65100,
                RouterId = 0x0a000001,
                PeerAs = 65000,
                PeerAddress = IpAddr.Parse("10.9.0.1"),
                LocalAddress = null,
                KeepaliveTime = TimeSpan.FromSeconds(20),
                RestartTime = TimeSpan.FromSeconds(10),
                TtlSecurity = 3,
                PasswordRef = "agent/s/k",
            },
            Policy = new PeerPolicy { NextHopMode = NextHopMode.Self, AllowedLocalAs = 2 },
        };
        Assert.Equal(expected, Assert.Single(PeerPlan.For(snapshot, "a", new PlanOptions { SecretNamespace = "agent" }).Peers));
    }

    [Fact]
    public void A_local_AS_counts_only_towards_an_address()
    {
        var snapshot = Snapshot(Three[0], Three[1]).With(BgpSettings("{nodeToNodeMeshEnabled: false}"), Peer("p", "{node: a, peerSelector: all(), localASNumber: 65100}"));

        Assert.Equal(64512u, Assert.Single(PeerPlan.For(snapshot, "a").Peers).Session.LocalAs);
        Assert.Equal(64512u, Assert.Single(PeerPlan.For(snapshot, "b").Peers).Session.LocalAs);
    }

    [Theory]
    [InlineData("65000", NextHopMode.Keep)]
    [InlineData("64512", NextHopMode.Auto)]
    public void The_old_keep_flag_counts_only_on_eBGP(string asNumber, NextHopMode expected) => Assert.Equal(
        expected,
        Assert.Single(PeerPlan.For(Snapshot(Three[0]).With(Peer("p", $"{{peerIP: 10.9.0.1, asNumber: {asNumber}, keepOriginalNextHop: true}}")), "a").Peers).Policy.NextHopMode);

    [Fact]
    public void An_iBGP_router_by_address_is_a_client_of_a_reflector_and_an_eBGP_one_is_not()
    {
        var snapshot = Snapshot(Node("r", "10.0.0.8", Reflector)).With(
            Peer("i", "{peerIP: 10.9.0.1, asNumber: 64512}"), Peer("e", "{peerIP: 10.9.0.2, asNumber: 65000}"));

        Assert.Equal(["Global_10_9_0_1 AS64512 client", "Global_10_9_0_2 AS65000"], Names(snapshot, "r"));
    }

    [Fact]
    public void A_peering_with_a_nodes_address_takes_that_nodes_port() => Assert.Equal(
        ["Node_10_0_0_2_port_1790 AS64512"],
        Names(Snapshot(Three[0], Three[1]).With(BgpSettings("{listenPort: 1790}", "node.b"), Peer("p", "{node: a, peerIP: 10.0.0.2, asNumber: 64512}"), BgpSettings("{nodeToNodeMeshEnabled: false}")), "a"));

    [Fact]
    public void An_explicit_peering_takes_the_place_of_the_mesh_session()
    {
        var plan = PeerPlan.For(Snapshot(Three[0], Three[1]).With(Peer("p", "{peerIP: 10.0.0.2, asNumber: 64512}")), "a");

        Assert.Equal("Global_10_0_0_2", Assert.Single(plan.Peers).Name);
        Assert.Equal("the mesh session with 10.0.0.2 gives way to the BGPPeer for the same address", Assert.Single(plan.Problems));
    }

    [Theory]
    [InlineData("{peerIP: 10.9.0.1}", "BGPPeer(p): it has no asNumber; it is left out")]
    [InlineData("{peerIP: nowhere, asNumber: 1}", "BGPPeer(p): peerIP 'nowhere' is not an address with or without a port; it is left out")]
    [InlineData("{peerSelector: 'x ='}", "BGPPeer(p): peerSelector: invalid selector 'x =': expected '==', '!=', 'in', 'not in', 'contains', 'starts with' or 'ends with' at position 2, found '='; it is left out")]
    [InlineData("{peerIP: 10.9.0.1, asNumber: 1, reachableBy: 'fd00::1'}", "BGPPeer(p): reachableBy 'fd00::1' is not an address of the peer's family; it is left out")]
    [InlineData("{localWorkloadSelector: 'has(', asNumber: 1}", "BGPPeer(p): localWorkloadSelector: invalid selector 'has(': expected a label at the end; it is left out")]
    public void What_cannot_be_planned_is_left_out_with_a_reason_and_the_rest_stands(string spec, string problem)
    {
        var plan = PeerPlan.For(Snapshot(Three[0]).With(Peer("p", spec), Peer("q", "{peerIP: 10.9.0.2, asNumber: 1}")), "a");

        Assert.Equal("Global_10_9_0_2", Assert.Single(plan.Peers).Name);
        Assert.Equal(problem, Assert.Single(plan.Problems));
    }

    [Fact]
    public void A_family_is_planned_where_the_node_has_an_address()
    {
        var snapshot = Snapshot(Node("a", "10.0.0.1", ", ipv6Address: 'fd00::1/64'"), Node("b", "10.0.0.2", ", ipv6Address: 'fd00::2/64'"), Three[2]);

        var peers = PeerPlan.For(snapshot, "a").Peers;

        Assert.Equal(["Mesh_10_0_0_2", "Mesh_10_0_0_3", "Mesh_fd00__2"], peers.Select(peer => peer.Name));
        Assert.Equal([IpFamily.V6], peers[2].Session.Families.AsEnumerable());
    }

    [Fact]
    public void A_node_of_IPv6_alone_peers_over_it_under_the_router_id_that_it_is_given()
    {
        var snapshot = ClusterSnapshot.Empty
            .With(Node6("a", "fd00::1/64"), Node6("b", "fd00::2/64"), Peer("tor", "{peerIP: '[fd00::fe]:1790', asNumber: 65000}"));

        var plan = PeerPlan.For(snapshot, "a", new PlanOptions { RouterId = "hash" });

        Assert.Equal(["Global_fd00__fe_port_1790", "Mesh_fd00__2"], plan.Peers.Select(peer => peer.Name));
        Assert.All(plan.Peers, peer => Assert.Equal(
            (IpAddr.Parse("fd00::1"), RouterId.Hash("a")), (peer.Session.LocalAddress!.Value, peer.Session.RouterId)));
        Assert.Empty(plan.Problems);
        Assert.Equal(
            "node a has no IPv4 address to be its router id; set one, or 'hash'", Assert.Single(PeerPlan.For(snapshot, "a").Problems));
    }

    private static string Node6(string name, string address) =>
        $"apiVersion: projectcalico.org/v3\nkind: Node\nmetadata: {{name: {name}}}\nspec: {{bgp: {{ipv6Address: '{address}'}}}}\n";

    [Fact]
    public void A_node_without_address_or_resource_has_no_peers_and_is_told_why()
    {
        Assert.Equal("there is no Node 'x' yet: no BGP peers", Assert.Single(PeerPlan.For(ClusterSnapshot.Empty, "x").Problems));
        Assert.Equal(
            "node x has no address for BGP: no peers",
            Assert.Single(PeerPlan.For(Snapshot("apiVersion: v1\nkind: Node\nmetadata: {name: x}\n"), "x").Problems));
    }

    [Theory]
    [InlineData(null, "10.0.0.1")]
    [InlineData("hash", "25.79.212.8")]
    [InlineData("1.2.3.4", "1.2.3.4")]
    public void The_router_id_follows_its_setting(string? setting, string expected)
    {
        Assert.True(RouterId.TryResolve(setting, "kube-master", IpAddr.Parse("10.0.0.1"), out var id, out _));
        Assert.Equal(IpAddr.Parse(expected), IpAddr.FromV4(id));
    }

    [Theory]
    [InlineData(null, "node n has no IPv4 address to be its router id; set one, or 'hash'")]
    [InlineData("x", "router id 'x' is neither 'hash' nor in the form of an IPv4 address")]
    [InlineData("0.0.0.0", "router id '0.0.0.0' is neither 'hash' nor in the form of an IPv4 address")]
    public void A_router_id_that_cannot_be_had_is_an_error(string? setting, string expected)
    {
        Assert.False(RouterId.TryResolve(setting, "n", null, out _, out var error));
        Assert.Equal(expected, error);
    }
}
