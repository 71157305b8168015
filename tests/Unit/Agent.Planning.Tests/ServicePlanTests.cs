using Agent.Primitives;
using Agent.Resources;
using static Agent.Planning.Tests.Given;

namespace Agent.Planning.Tests;

public sealed class ServicePlanTests
{
    private const string OnA = "[{addresses: [10.48.0.1], conditions: {ready: true}, nodeName: a}]";

    private static string Customer(string more, string status = "{}") => Service("customer", $"{{type: NodePort, clusterIP: 10.49.50.18{more}}}", status);

    private static string Prefixes(ClusterSnapshot snapshot, string node) =>
        string.Join(' ', ServicePlan.For(snapshot, node).Prefixes.Select(advertised => advertised.Prefix));

    private static ClusterSnapshot Two(string bgp) => Snapshot(Node("a", "10.0.0.1"), Node("b", "10.0.0.2"), BgpSettings(bgp));

    [Fact]
    public void The_service_labs_sequence_gives_its_routes_step_by_step()
    {
        var snapshot = Two("{}").With(Customer(""), Slice("customer-1", "customer", OnA));
        Step("", "");

        snapshot = snapshot.With(BgpSettings("{serviceClusterIPs: [{cidr: 10.49.0.0/16}]}"));
        Step("10.49.0.0/16", "10.49.0.0/16");

        snapshot = snapshot.With(Customer(", externalTrafficPolicy: Local"));
        Step("10.49.0.0/16 10.49.50.18/32", "10.49.0.0/16");

        snapshot = snapshot.With(BgpSettings("{serviceClusterIPs: [{cidr: 10.49.0.0/16}], serviceExternalIPs: [{cidr: 10.50.0.0/24}]}"));
        Step("10.49.0.0/16 10.49.50.18/32 10.50.0.0/24", "10.49.0.0/16 10.50.0.0/24");

        snapshot = snapshot.With(Customer(", externalTrafficPolicy: Local, externalIPs: [10.50.0.10]"));
        Step("10.49.0.0/16 10.49.50.18/32 10.50.0.0/24 10.50.0.10/32", "10.49.0.0/16 10.50.0.0/24");

        void Step(string a, string b) => Assert.Equal((a, b), (Prefixes(snapshot, "a"), Prefixes(snapshot, "b")));
    }

    [Fact]
    public void Each_prefix_says_what_wants_it()
    {
        var snapshot = Two("{serviceClusterIPs: [{cidr: 10.49.0.0/16}, {}], serviceExternalIPs: [{cidr: 10.49.0.0/16}]}").With(
            Customer(", externalTrafficPolicy: Local, externalIPs: [10.49.50.18]"), Slice("s", "customer", OnA));

        Assert.Equal(
            [
                new AdvertisedPrefix(IpPrefix.Parse("10.49.0.0/16"), ["serviceClusterIPs", "serviceExternalIPs"]),
                new AdvertisedPrefix(IpPrefix.Parse("10.49.50.18/32"), ["Service(yaobank/customer) clusterIP", "Service(yaobank/customer) externalIP"]),
            ],
            ServicePlan.For(snapshot, "a").Prefixes.AsEnumerable());
    }

    [Theory]
    [InlineData("{type: ExternalName}", "type ExternalName has no address")]
    [InlineData("{clusterIP: None, externalTrafficPolicy: Local}", "it has no cluster IP")]
    [InlineData("{clusterIP: 10.49.0.9}", "its traffic policy is not Local: the ranges cover it")]
    [InlineData("{clusterIP: 10.49.0.9, externalTrafficPolicy: Cluster}", "its traffic policy is not Local: the ranges cover it")]
    [InlineData("{clusterIP: 10.49.0.9, externalTrafficPolicy: Local}", "it has no ready endpoint on node b")]
    [InlineData("{clusterIP: 10.49.0.9, externalTrafficPolicy: Local, ipFamilies: [IPv6]}", "it has no ready endpoint on node b")]
    public void A_service_that_is_not_advertised_says_why(string spec, string reason)
    {
        var snapshot = Two("{serviceClusterIPs: [{cidr: 10.49.0.0/16}]}").With(Service("s", spec), Slice("x", "s", OnA));

        Assert.Equal(new ServiceDecision(new ResourceKey(Kinds.Service, "s", "yaobank"), false, reason), Assert.Single(ServicePlan.For(snapshot, "b").Decisions));
    }

    [Theory]
    [InlineData("[{addresses: [10.48.0.1], nodeName: a}]", true)]
    [InlineData("[{addresses: [10.48.0.1], nodeName: a, conditions: {ready: false, serving: true}}]", false)]
    [InlineData("[{addresses: [10.48.0.1], nodeName: a, conditions: {ready: true, terminating: true}}]", true)]
    [InlineData("[{addresses: [10.48.0.1], nodeName: b}]", false)]
    [InlineData("[]", false)]
    public void A_local_service_needs_a_ready_endpoint_on_the_node(string endpoints, bool expected)
    {
        var snapshot = Two("{serviceClusterIPs: [{cidr: 10.49.0.0/16}]}").With(Customer(", externalTrafficPolicy: Local"), Slice("s", "customer", endpoints));

        Assert.Equal(expected, Assert.Single(ServicePlan.For(snapshot, "a").Decisions).IsAdvertised);
    }

    [Fact]
    public void One_slice_without_endpoints_does_not_withdraw_what_another_justifies_and_the_last_ones_deletion_does()
    {
        var snapshot = Two("{serviceClusterIPs: [{cidr: 10.49.0.0/16}]}").With(
            Customer(", externalTrafficPolicy: Local"), Slice("s1", "customer", OnA), Slice("s2", "customer", "[]"));
        Assert.Equal("10.49.0.0/16 10.49.50.18/32", Prefixes(snapshot, "a"));

        snapshot = snapshot.Remove(new ResourceKey(Kinds.EndpointSlice, "s1", "yaobank"));
        Assert.Equal("10.49.0.0/16", Prefixes(snapshot, "a"));
    }

    [Fact]
    public void A_single_address_of_a_Cluster_service_is_advertised_by_every_node_without_endpoints()
    {
        var external = Two("{serviceExternalIPs: [{cidr: 10.50.0.10/32}]}").With(Customer(", externalTrafficPolicy: Cluster, externalIPs: [10.50.0.10]"));
        var balanced = Two("{serviceLoadBalancerIPs: [{cidr: 10.60.0.1/32}]}").With(
            Service("s", "{type: LoadBalancer, clusterIP: 10.49.0.9, externalTrafficPolicy: Cluster}", "{loadBalancer: {ingress: [{hostname: x}, {ip: 10.60.0.1}]}}"));

        Assert.Equal(("10.50.0.10/32", "10.50.0.10/32"), (Prefixes(external, "a"), Prefixes(external, "b")));
        Assert.Equal(("10.60.0.1/32", "10.60.0.1/32"), (Prefixes(balanced, "a"), Prefixes(balanced, "b")));
        Assert.Empty(ServicePlan.For(external, "a").KernelReject);
    }

    [Fact]
    public void Without_aggregation_every_service_with_an_endpoint_anywhere_is_advertised_by_every_node()
    {
        var snapshot = Two("{serviceClusterIPs: [{cidr: 10.49.0.0/16}], serviceLoadBalancerIPs: [{cidr: 10.60.0.0/24}], serviceLoadBalancerAggregation: Disabled}").With(
            Service("s", "{type: LoadBalancer, clusterIP: 10.49.0.9}", "{loadBalancer: {ingress: [{ip: 10.60.0.1}, {ip: 10.61.0.1}]}}"), Slice("x", "s", OnA));

        Assert.Equal("10.49.0.0/16 10.49.0.9/32 10.60.0.1/32", Prefixes(snapshot, "b"));
        Assert.Equal([IpPrefix.Parse("10.49.0.0/16")], ServicePlan.For(snapshot, "b").KernelReject.AsEnumerable());
    }

    [Fact]
    public void An_excluded_node_says_nothing_but_keeps_the_ranges_out_of_its_kernel()
    {
        var snapshot = Two("{serviceClusterIPs: [{cidr: 10.49.0.0/16}]}").With(
            Customer(", externalTrafficPolicy: Local"), Slice("s", "customer", OnA),
            "apiVersion: v1\nkind: Node\nmetadata: {name: a, labels: {node.kubernetes.io/exclude-from-external-load-balancers: 'true'}}\n");

        var plan = ServicePlan.For(snapshot, "a");
        Assert.Empty(plan.Prefixes);
        Assert.Equal([IpPrefix.Parse("10.49.0.0/16")], plan.KernelReject.AsEnumerable());

        var back = snapshot.With("apiVersion: v1\nkind: Node\nmetadata: {name: a, labels: {node.kubernetes.io/exclude-from-external-load-balancers: 'false'}}\n");
        Assert.Equal("10.49.0.0/16 10.49.50.18/32", Prefixes(back, "a"));
    }

    [Fact]
    public void A_reflector_exports_what_it_learns_of_external_and_load_balancer_ranges()
    {
        var snapshot = Snapshot(Node("r", "10.0.0.8", ", routeReflectorClusterID: 244.0.0.1"), Node("a", "10.0.0.1")).With(
            BgpSettings("{serviceClusterIPs: [{cidr: 10.49.0.0/16}], serviceExternalIPs: [{cidr: 10.50.0.10/32}], serviceLoadBalancerIPs: [{cidr: 10.60.0.0/24}]}"));

        Assert.Equal([IpPrefix.Parse("10.50.0.10/32"), IpPrefix.Parse("10.60.0.0/24")], ServicePlan.For(snapshot, "r").ReflectorClauses.AsEnumerable());
        Assert.Empty(ServicePlan.For(snapshot, "a").ReflectorClauses);
    }

    [Fact]
    public void The_environment_may_replace_the_cluster_range() => Assert.Equal(
        [IpPrefix.Parse("10.96.0.0/12")],
        ServicePlan.For(Two("{serviceClusterIPs: [{cidr: 10.49.0.0/16}]}"), "a", new PlanOptions { AdvertiseClusterIPs = IpPrefix.Parse("10.96.0.0/12") })
            .Prefixes.Select(advertised => advertised.Prefix));

    [Fact]
    public void Both_families_of_a_service_are_advertised_where_one_has_an_endpoint()
    {
        var snapshot = Two("{serviceClusterIPs: [{cidr: 10.49.0.0/16}, {cidr: 'fd49::/112'}]}").With(
            Service("s", "{clusterIP: 10.49.0.9, clusterIPs: [10.49.0.9, 'fd49::9'], ipFamilies: [IPv4, IPv6], externalTrafficPolicy: Local}"), Slice("x", "s", OnA));

        Assert.Equal("10.49.0.0/16 10.49.0.9/32 fd49::/112 fd49::9/128", Prefixes(snapshot, "a"));
    }
}
