using Agent.Bgp.Policy;
using Agent.Bgp.Rib;
using Agent.Primitives;

namespace Agent.Bgp.Tests.Routing;

/// <summary>The two switches of newer Calico: priority in LOCAL_PREF, metric on kernel routes.</summary>
public sealed class RibPriorityTests
{
    private const uint Normal = int.MaxValue - 1024;

    private static Speaker With(RoutePriorities priorities)
    {
        var speaker = new Speaker();
        speaker.Rib.SetPolicy(Speaker.Pool("10.48.0.0/16") with { Priorities = priorities, OwnBlocks = [new OwnBlock(IpPrefix.Parse("10.48.1.0/26"))] });
        speaker.Rib.SetOriginated([new LocalRoute(IpPrefix.Parse("10.48.1.0/26"), LocalRouteKind.Block)]);
        speaker.Up("b", "10.0.0.2", policy: new PeerPolicy { ClientClusterId = 1 });
        speaker.Up("c", "10.0.0.3", policy: new PeerPolicy { ClientClusterId = 1 });
        return speaker;
    }

    [Theory]
    [InlineData(false, 1024, 100)]
    [InlineData(true, 1024, Normal)]
    [InlineData(true, 512, int.MaxValue - 512)]
    public void An_own_route_carries_the_normal_priority_where_that_is_on(bool isOn, uint normal, uint expected)
    {
        var speaker = With(new RoutePriorities { InLocalPref = isOn, NormalV4 = normal });

        Assert.Equal(expected, speaker.View("b")[IpPrefix.Parse("10.48.1.0/26")].LocalPref);
    }

    [Fact]
    public void Turning_the_switch_tells_own_routes_anew()
    {
        var speaker = With(new RoutePriorities());
        speaker.Heard("b");

        speaker.Rib.SetPolicy(Speaker.Pool("10.48.0.0/16") with
        {
            Priorities = new RoutePriorities { InLocalPref = true },
            OwnBlocks = [new OwnBlock(IpPrefix.Parse("10.48.1.0/26"))],
        });

        Assert.Equal(["+ 10.48.1.0/26"], speaker.Heard("b"));
        Assert.Equal(Normal, speaker.View("b").Single().Value.LocalPref);
    }

    [Theory]
    [InlineData(true, 100u, "10.48.2.0/26 via 10.0.0.2 dev 2 metric 2147483547")]
    [InlineData(true, Normal, "10.48.2.0/26 via 10.0.0.2 dev 2 metric 1024")]
    [InlineData(true, uint.MaxValue, "10.48.2.0/26 via 10.0.0.2 dev 2")]
    [InlineData(false, Normal, "10.48.2.0/26 via 10.0.0.2 dev 2")]
    public void The_metric_is_what_local_pref_lacks_and_never_wraps_around(bool isOn, uint localPref, string expected)
    {
        var speaker = With(new RoutePriorities { AsMetric = isOn });
        speaker.Announce("b", Speaker.Internal("10.0.0.2", localPref), "10.48.2.0/26");
        speaker.Settle();

        Assert.Equal(["10.48.1.0/26 blackhole", expected], speaker.KernelText);
    }

    [Fact]
    public void An_unreachable_route_has_the_metric_too()
    {
        var speaker = With(new RoutePriorities { AsMetric = true });
        speaker.Announce("b", Speaker.Internal("172.16.0.1"), "10.48.2.0/26");
        speaker.Settle();

        Assert.Contains("10.48.2.0/26 unreachable metric 2147483547", speaker.KernelText);
    }

    [Fact]
    public void A_path_above_normal_priority_is_preferred_whatever_its_next_hop()
    {
        var speaker = With(new RoutePriorities { InLocalPref = true });
        speaker.Announce("b", Speaker.Internal("172.16.0.1", int.MaxValue - 512), "10.48.2.7/32");
        speaker.Announce("c", Speaker.Internal("10.0.0.3", Normal), "10.48.2.7/32");

        Assert.Equal(RouteReason.Preference, speaker.Reason("10.48.2.7/32", "c"));
    }

    [Theory]
    [InlineData(true, int.MaxValue - 512, ExportVerdict.Elevated)]
    [InlineData(true, Normal, ExportVerdict.InsideOwnBlock)]
    [InlineData(false, int.MaxValue - 512, ExportVerdict.InsideOwnBlock)]
    public void An_address_that_moves_away_is_told_though_it_lies_in_an_own_block(bool isOn, uint localPref, ExportVerdict expected)
    {
        var speaker = With(new RoutePriorities { InLocalPref = isOn });
        speaker.Announce("b", Speaker.Internal("10.0.0.2", localPref), "10.48.1.7/32");
        speaker.Settle();

        Assert.Equal(expected, speaker.Verdict("10.48.1.7/32", "c"));
    }

    [Fact]
    public void The_own_block_stays_whatever_priority_another_node_gives_it()
    {
        var speaker = With(new RoutePriorities { InLocalPref = true, AsMetric = true });
        speaker.Announce("b", Speaker.Internal("10.0.0.2", uint.MaxValue), "10.48.1.0/26");
        speaker.Settle();

        Assert.Equal(["10.48.1.0/26 blackhole"], speaker.KernelText);
    }

    [Theory]
    [InlineData("vxlan.calico", true, ExportVerdict.OverlayInterface)]
    [InlineData("wireguard.cali", true, ExportVerdict.OverlayInterface)]
    [InlineData("tunl0", true, ExportVerdict.OverlayInterface)]
    [InlineData("vxlan.calico", false, ExportVerdict.Pool)]
    [InlineData("bpfin.cali", false, ExportVerdict.OverlayInterface)]
    [InlineData("eth0", true, ExportVerdict.Pool)]
    public void What_leads_into_an_overlay_is_not_told_to_peers_of_our_as(string name, bool isInternal, ExportVerdict expected)
    {
        var speaker = With(new RoutePriorities());
        speaker.Rib.SetConnected(speaker.OnLink(2) with { Links = [new NamedLink(2, name)] });
        speaker.Up("d", "10.0.0.4", peerAs: isInternal ? Speaker.As : 65001, policy: new PeerPolicy { ClientClusterId = isInternal ? 1u : null });
        speaker.Announce("b", Speaker.Internal("10.0.0.2"), "10.48.2.0/26");
        speaker.Settle();

        Assert.Equal(expected, speaker.Verdict("10.48.2.0/26", "d"));
    }
}
