using Agent.Primitives;
using Agent.Resources;
using static Agent.Planning.Tests.Given;

namespace Agent.Planning.Tests;

public sealed class PoolPlanTests
{
    private const string IPv4Pools = "cni.projectcalico.org/ipv4pools";

    private static string Namespace(string name, string annotation = "", string labels = "{}") =>
        $"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {labels}, annotations: {{{(annotation.Length == 0 ? "" : $"{IPv4Pools}: '{annotation}'")}}}}}\n";

    private static string Choose(ClusterSnapshot snapshot, PoolRequest request)
    {
        var choice = PoolChoice.For(snapshot, request);
        return choice.Error ?? string.Join(' ', choice.Pools.Select(pool => pool.Name));
    }

    [Fact]
    public void Pools_are_listed_by_range_disabled_ones_too()
    {
        var snapshot = Snapshot(
            Pool("z", "{cidr: 10.210.0.0/16, disabled: true}"), Pool("a", "{cidr: 10.48.0.0/16, disableBGPExport: true}"),
            Pool("i", "{cidr: 10.60.0.0/16, ipipMode: CrossSubnet}"), Pool("v", "{cidr: 10.61.0.0/16, vxlanMode: Always}"));

        Assert.Equal(
            [
                new PoolPolicy(IpPrefix.Parse("10.48.0.0/16"), true, PoolEncap.None, false, true),
                new PoolPolicy(IpPrefix.Parse("10.60.0.0/16"), false, PoolEncap.IpIp, true, false),
                new PoolPolicy(IpPrefix.Parse("10.61.0.0/16"), false, PoolEncap.Vxlan, false, false),
                new PoolPolicy(IpPrefix.Parse("10.210.0.0/16"), false, PoolEncap.None, false, true),
            ],
            PoolPlan.For(snapshot, "a").Pools.AsEnumerable());
    }

    [Theory]
    [InlineData("Enabled", true, true, false)]
    [InlineData("Disabled", false, false, false)]
    [InlineData("EnabledIPIPOnly", false, true, false)]
    [InlineData("EnabledNoEncapOnly", true, false, false)]
    [InlineData("Whatever", true, false, false)]
    public void The_configuration_says_whose_routes_BGP_writes(string setting, bool plain, bool ipip, bool vxlan)
    {
        var snapshot = Snapshot(
            BgpSettings($"{{programClusterRoutes: {setting}}}"), Pool("a", "{cidr: 10.48.0.0/16}"), Pool("b", "{cidr: 10.49.0.0/16, ipipMode: Always}"),
            Pool("c", "{cidr: 10.50.0.0/16, vxlanMode: Always}"));

        Assert.Equal([plain, ipip, vxlan], PoolPlan.For(snapshot, "a").Pools.Select(pool => pool.IsProgrammedByBgp));
    }

    [Fact]
    public void Own_blocks_are_the_nodes_claims_by_their_state()
    {
        var snapshot = Snapshot(
            Affinity("a", "10.48.0.64/26"), Affinity("a", "10.48.0.0/26", "state: ''"), Affinity("a", "10.48.1.0/26", "state: pending"),
            Affinity("a", "10.48.2.0/26", "state: pendingDeletion"), Affinity("a", "10.48.3.0/26", "state: confirmed, deleted: 'true'"),
            Affinity("a", "10.48.4.0/26", "state: confirmed, type: virtual"), Affinity("b", "10.48.5.0/26"), Affinity("a", "10.48.6.1/32"));

        var blocks = PoolPlan.For(snapshot, "a").OwnBlocks;

        Assert.Equal(
            [
                new OwnBlock(IpPrefix.Parse("10.48.0.0/26"), true), new OwnBlock(IpPrefix.Parse("10.48.0.64/26"), true),
                new OwnBlock(IpPrefix.Parse("10.48.2.0/26"), false), new OwnBlock(IpPrefix.Parse("10.48.6.1/32"), true),
            ],
            blocks.AsEnumerable());
        Assert.Equal([true, true, true, false], blocks.Select(block => block.IsBlackhole));
    }

    [Theory]
    [InlineData("""["external-pool"]""", null, "external-pool")]
    [InlineData("""["external-pool"]""", """["default"]""", "default")]
    [InlineData(null, """["198.19.24.0/21", "default"]""", "external-pool default")]
    [InlineData(null, null, "default")]
    [InlineData("[]", null, "default")]
    [InlineData("""["nope"]""", null, "error parsing pool \"nope\": there is no IPPool of that name")]
    [InlineData("""["10.1.0.0/16"]""", null, "the given pool (10.1.0.0/16) does not exist, or is not enabled")]
    [InlineData("""["off"]""", null, "the given pool (10.9.0.0/16) does not exist, or is not enabled")]
    [InlineData("""["six"]""", null, "\"fd00::\" isn't a IPv4 address")]
    [InlineData("default", null, "annotation cni.projectcalico.org/ipv4pools must be a JSON list of pool names or CIDRs, not 'default'")]
    public void The_labs_external_pool_serves_a_namespace_that_asks_for_it(string? space, string? pod, string expected)
    {
        var snapshot = Snapshot(
            Node("a", "10.0.0.1"), Pool("default", "{cidr: 100.96.0.0/11}"), Pool("external-pool", "{cidr: 198.19.24.0/21, blockSize: 29, nodeSelector: '!all()'}"),
            Pool("off", "{cidr: 10.9.0.0/16, disabled: true}"), Pool("six", "{cidr: 'fd00::/48'}"), Namespace("external-ns", space ?? ""));
        var annotations = Resource.EmptyMap;
        if (pod is not null) annotations = annotations.Add(IPv4Pools, pod);

        Assert.Equal(expected, Choose(snapshot, new PoolRequest { Node = "a", Namespace = "external-ns", PodAnnotations = annotations }));
    }

    [Fact]
    public void The_CNI_configuration_comes_after_the_annotations_and_before_the_selectors()
    {
        var snapshot = Snapshot(Node("a", "10.0.0.1"), Pool("p1", "{cidr: 10.1.0.0/16}"), Pool("p2", "{cidr: 10.2.0.0/16}"), Namespace("n", """["p1"]"""));

        Assert.Equal("p2", Choose(snapshot, new PoolRequest { Node = "a", ConfiguredPools = ["p2"] }));
        Assert.Equal("p1", Choose(snapshot, new PoolRequest { Node = "a", Namespace = "n", ConfiguredPools = ["p2"] }));
    }

    [Fact]
    public void Both_selectors_must_admit_and_a_manual_pool_is_never_taken_unasked()
    {
        var snapshot = Snapshot(
            Node("a", "10.0.0.1", labels: "{rack: x}"), Namespace("n", labels: "{team: t}"), Namespace("m"),
            Pool("p1", "{cidr: 10.1.0.0/16, nodeSelector: rack == 'x', namespaceSelector: team == 't', allowedUses: [Workload]}"),
            Pool("p2", "{cidr: 10.2.0.0/16, nodeSelector: rack != 'x'}"),
            Pool("p3", "{cidr: 10.3.0.0/16, assignmentMode: Manual}"),
            Pool("p4", "{cidr: 10.4.0.0/16, namespaceSelector: team != 't', allowedUses: [Workload]}"));

        Assert.Equal("p1", Choose(snapshot, new PoolRequest { Node = "a", Namespace = "n" }));
        Assert.Equal("p4", Choose(snapshot, new PoolRequest { Node = "a", Namespace = "m" }));
        Assert.Equal("p4", Choose(snapshot, new PoolRequest { Node = "a" }));
        Assert.Equal("p3", Choose(snapshot, new PoolRequest { Node = "a", ConfiguredPools = ["p3"] }));
    }

    [Fact]
    public void What_is_missing_is_said_in_Calicos_words()
    {
        var snapshot = Snapshot(Node("a", "10.0.0.1"));
        Assert.Equal("there is no Node 'b'", Choose(snapshot, new PoolRequest { Node = "b" }));
        Assert.Equal("no configured Calico pools for node a", Choose(snapshot, new PoolRequest { Node = "a" }));

        snapshot = snapshot.With(Pool("t", "{cidr: 10.1.0.0/16, allowedUses: [Tunnel]}"));
        Assert.Equal("cannot find a qualified ippool, no pools match the required use (Workload)", Choose(snapshot, new PoolRequest { Node = "a" }));
        Assert.Equal("t", Choose(snapshot, new PoolRequest { Node = "a", Use = AllowedUse.Tunnel }));

        snapshot = snapshot.With(Pool("bad", "{cidr: 10.2.0.0/16, nodeSelector: 'has('}"));
        Assert.Equal("IPPool(bad): invalid selector 'has(': expected a label at the end", Choose(snapshot, new PoolRequest { Node = "a" }));
    }

    [Fact]
    public void A_pool_that_its_status_calls_not_allocatable_is_not_enabled()
    {
        var snapshot = Snapshot(Node("a", "10.0.0.1")).With(Pool("p", "{cidr: 10.1.0.0/16}") + "status: {conditions: [{type: Allocatable, status: 'False'}]}\n");

        Assert.Equal("no configured Calico pools for node a", Choose(snapshot, new PoolRequest { Node = "a" }));
    }

    [Fact]
    public void The_nodes_communities_replace_the_clusters()
    {
        var snapshot = Snapshot(
            BgpSettings("{communities: [{name: c, value: '1:2'}], prefixAdvertisements: [{cidr: 10.0.0.0/8, communities: [c, '1:2', '1:2:3']}]}"),
            BgpSettings("{prefixAdvertisements: [{cidr: 'fd00::/8', communities: ['9:9']}]}", "node.b"));

        Assert.Equal([new CommunityTag(IpPrefix.Parse("10.0.0.0/8"), ["1:2", "1:2:3"])], CommunityPlan.For(snapshot, "a").AsEnumerable());
        Assert.Equal([new CommunityTag(IpPrefix.Parse("fd00::/8"), ["9:9"])], CommunityPlan.For(snapshot, "b").AsEnumerable());
    }

    [Fact]
    public void Masquerading_spares_what_goes_to_any_pool() => Assert.Equal(
        """
        add table ip agent-nat
        delete table ip agent-nat
        table ip agent-nat {
            set all-pools {
                type ipv4_addr; flags interval; auto-merge;
                elements = { 10.48.0.0/16, 10.210.0.0/16 }
            }
            set nat-pools {
                type ipv4_addr; flags interval; auto-merge;
                elements = { 10.48.0.0/16 }
            }
            chain postrouting {
                type nat hook postrouting priority srcnat; policy accept;
                ip saddr @nat-pools ip daddr != @all-pools masquerade
            }
        }
        add table ip6 agent-nat
        delete table ip6 agent-nat
        table ip6 agent-nat {
            set all-pools {
                type ipv6_addr; flags interval; auto-merge;
                elements = { fd00::/48 }
            }
            set nat-pools {
                type ipv6_addr; flags interval; auto-merge;
                elements = { fd00::/48 }
            }
            chain postrouting {
                type nat hook postrouting priority srcnat; policy accept;
                ip6 saddr @nat-pools ip6 daddr != @all-pools masquerade
            }
        }

        """,
        NatPlan.For(Snapshot(
            Pool("z", "{cidr: 10.210.0.0/16, disabled: true}"), Pool("a", "{cidr: 10.48.0.0/16, natOutgoing: true}"),
            Pool("lb", "{cidr: 10.60.0.0/16, allowedUses: [LoadBalancer], natOutgoing: true}"), Pool("six", "{cidr: 'fd00::/48', natOutgoing: true}"))));

    [Fact]
    public void Without_pools_nothing_is_masqueraded() =>
        Assert.DoesNotContain("elements", NatPlan.For(ClusterSnapshot.Empty), StringComparison.Ordinal);
}
