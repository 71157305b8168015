using Agent.Primitives;
using static Agent.Planning.Tests.Given;

namespace Agent.Planning.Tests;

/// <summary>Where a node listens: bindMode and listenPort (spec calico-bgp 1.1, 7.2).</summary>
public sealed class ListenPlanTests
{
    private static readonly string[] One = [Node("a", "10.0.0.1")];

    [Fact]
    public void Without_settings_a_node_listens_on_every_address() =>
        Assert.Equal(new ListenPlan(null, 179), ListenPlan.For(Snapshot(One), "a"));

    [Fact]
    public void NodeIP_binds_to_the_node_s_address_and_its_own_port_wins() => Assert.Equal(
        new ListenPlan(IpAddr.Parse("10.0.0.1"), 1790),
        ListenPlan.For(
            Snapshot(One).With(BgpSettings("{bindMode: NodeIP, listenPort: 178}"), BgpSettings("{listenPort: 1790}", "node.a")), "a"));

    [Fact]
    public void NodeIP_binds_to_the_node_s_address_of_each_family() => Assert.Equal(
        new ListenPlan(IpAddr.Parse("10.0.0.1"), 179, IpAddr.Parse("fd00::1")),
        ListenPlan.For(
            Snapshot(Node("a", "10.0.0.1", ", ipv6Address: 'fd00::1/64'")).With(BgpSettings("{bindMode: NodeIP}")), "a"));

    [Fact]
    public void A_node_s_own_bindMode_is_without_effect() => Assert.Equal(
        new ListenPlan(null, 179), ListenPlan.For(Snapshot(One).With(BgpSettings("{bindMode: NodeIP}", "node.a")), "a"));

    [Fact]
    public void NodeIP_without_an_address_listens_nowhere() =>
        Assert.Null(ListenPlan.For(Snapshot(One).With(BgpSettings("{bindMode: NodeIP}")), "b"));
}
