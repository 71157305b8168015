using Agent.Bgp;
using Agent.Bgp.Policy;
using Agent.Primitives;

namespace Agent.Planning.Tests;

public sealed class FilterPlanTests
{
    private static ClusterSnapshot Cluster(params string[] more) => Given.Snapshot(
        Given.Node("node1", "10.0.0.1"), Given.Node("node2", "10.0.0.2")).With(more);

    private static FilterRule RuleOf(string rule) =>
        Assert.Single(Cluster(Given.Filter("f", $"{{importV4: [{rule}]}}")).BgpFilters["f"].ImportV4);

    [Theory]
    [InlineData("cidr: 10.0.0.0/8, matchOperator: In", 8, 32, false)]
    [InlineData("cidr: 10.0.0.0/8, matchOperator: NotIn", 8, 32, true)]
    [InlineData("cidr: 10.0.0.0/8, matchOperator: Equal", 8, 8, false)]
    [InlineData("cidr: 10.0.0.0/8, matchOperator: NotEqual", 8, 8, true)]
    [InlineData("cidr: 10.0.0.0/8, matchOperator: In, prefixLength: {min: 4, max: 24}", 8, 24, false)]
    [InlineData("cidr: 10.0.0.0/8, matchOperator: In, prefixLength: {min: 16}", 16, 32, false)]
    [InlineData("cidr: 10.0.0.0/8, matchOperator: NotEqual, prefixLength: {max: 24}", 8, 24, true)]
    [InlineData("cidr: 10.0.0.0/8, matchOperator: Equal, prefixLength: {max: 4}", 8, 4, false)]
    public void A_network_with_lengths_is_a_pattern(string match, int shortest, int longest, bool negated) => Assert.Equal(
        new PrefixPattern(IpPrefix.Parse("10.0.0.0/8"), shortest, longest, negated), RuleOf($"{{action: Accept, {match}}}").Prefix);

    [Fact]
    public void Every_condition_and_operation_of_a_rule_is_read()
    {
        var rule = RuleOf("""
            {action: Accept, source: RemotePeers, interface: "*.calico", peerType: eBGP, communities: {values: ["65000:1"]}, asPathPrefix: [65001, "1.1"],
             priority: 1000, operations: [{addCommunity: {value: "1:2"}}, {addCommunity: {value: "1:2:3"}}, {addCommunity: {value: "1:2"}},
             {prependASPath: {prefix: [1, 2]}}, {prependASPath: {prefix: [3]}}, {setPriority: {value: 512}}]}
            """);

        Assert.Equal(
            new FilterRule(FilterAction.Accept)
            {
                LearnedOnly = true,
                Interface = "*.calico",
                Internal = false,
                Community = new FilterCommunity(65000u << 16 | 1),
                AsPathPrefix = [65001, 65537],
                LocalPref = 2147482647,
                Edits = new FilterEdits
                {
                    Communities = [1u << 16 | 2],
                    LargeCommunities = [new LargeCommunity(1, 2, 3)],
                    Prepended = [3, 1, 2],
                    LocalPref = 2147483135,
                },
            },
            rule);
    }

    [Fact]
    public void A_peer_has_its_filters_in_order_and_those_that_are_missing_are_reported()
    {
        var cluster = Cluster(
            Given.Filter("a", "{importV4: [{action: Reject}]}"), Given.Filter("b", "{exportV4: [{action: Accept}]}"),
            Given.Peer("tor", "{peerIP: 10.0.0.254, asNumber: 65001, filters: [b, gone, a]}"));

        var plan = PeerPlan.For(cluster, "node1");

        Assert.Equal("b, a", plan.Peers.Single(peer => peer.Name == "Global_10_0_0_254").Policy.Filters.ToString());
        Assert.Equal("", plan.Peers.Single(peer => peer.Type == PeerType.Mesh).Policy.Filters.ToString());
        Assert.Equal("BGPPeer(tor): there is no BGPFilter 'gone'; it is passed over", Assert.Single(plan.Problems));
    }

    [Fact]
    public void A_reverse_peering_has_the_filters_too()
    {
        var cluster = Cluster(
            Given.Filter("a", "{importV4: [{action: Reject}]}"),
            Given.Peer("reflector", "{node: node1, peerSelector: \"kubernetes.io/hostname == 'x'\", filters: [a]}"),
            Given.Node("node2", "10.0.0.2", labels: "{kubernetes.io/hostname: x}"));

        Assert.Equal("a", PeerPlan.For(cluster, "node2").Peers.Single(peer => peer.Type == PeerType.Node).Policy.Filters.ToString());
    }

    [Fact]
    public void A_filter_that_cannot_be_understood_leaves_its_former_rules_in_force()
    {
        var cluster = Cluster(
            Given.Filter("a", "{importV4: [{action: Reject}]}"), Given.Filter("a", "{importV4: [{action: Accept, cidr: \"fd00::/8\", matchOperator: In}]}"));

        Assert.Equal(FilterAction.Reject, Assert.Single(cluster.BgpFilters["a"].ImportV4).Action);
        Assert.Contains("spec.importV4[0].cidr", Assert.Single(cluster.Problems).Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Equal_filters_make_equal_policies()
    {
        const string Text = "{importV4: [{action: Accept, asPathPrefix: [1], operations: [{addCommunity: {value: \"1:2:3\"}}]}]}";
        var peer = Given.Peer("tor", "{peerIP: 10.0.0.254, asNumber: 65001, filters: [a]}");

        Assert.Equal(PeersOf(Given.Filter("a", Text), peer), PeersOf(peer, Given.Filter("a", Text)));

        static IEnumerable<PeerSpec> PeersOf(params string[] more) => PeerPlan.For(Cluster(more), "node1").Peers;
    }

    [Fact]
    public void A_gateway_to_a_peer_is_planned_where_the_peering_is_and_its_family_fits()
    {
        var cluster = Cluster(
            Given.Peer("a", "{peerIP: \"10.9.0.1:1179\", asNumber: 1, reachableBy: 10.0.0.254}"),
            Given.Peer("b", "{peerIP: 10.9.0.1, asNumber: 1, reachableBy: 10.0.0.253}"),
            Given.Peer("c", "{node: node2, peerIP: 10.9.0.2, asNumber: 1, reachableBy: 10.0.0.253}"),
            Given.Peer("d", "{peerIP: 10.9.0.3, asNumber: 1, reachableBy: \"fd00::1\"}"));

        Assert.Equal("10.9.0.1 via 10.0.0.254", Routes("node1"));
        Assert.Equal("10.9.0.1 via 10.0.0.254, 10.9.0.2 via 10.0.0.253", Routes("node2"));

        string Routes(string node) =>
            string.Join(", ", ReachabilityPlan.For(cluster, node).Select(route => $"{route.Peer} via {route.Gateway}"));
    }
}
