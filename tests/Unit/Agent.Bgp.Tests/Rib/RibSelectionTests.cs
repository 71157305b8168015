using Agent.Bgp.Policy;
using Agent.Bgp.Rib;
using Agent.Primitives;

namespace Agent.Bgp.Tests.Routing;

public sealed class RibSelectionTests
{
    [Fact]
    public void A_learned_route_is_programmed_via_its_next_hop()
    {
        var speaker = Meshed();
        speaker.Announce("b", Speaker.Internal("10.0.0.2"), "10.48.2.0/26");
        speaker.Settle();

        Assert.Equal(["10.48.2.0/26 via 10.0.0.2 dev 2"], speaker.KernelText);
    }

    [Fact]
    public void Own_blocks_and_service_prefixes_are_blackholes_and_workloads_are_left_to_their_wiring()
    {
        var speaker = new Speaker();
        speaker.Rib.SetOriginated([
            new LocalRoute(IpPrefix.Parse("10.48.1.0/26"), LocalRouteKind.Block),
            new LocalRoute(IpPrefix.Parse("10.48.1.7/32"), LocalRouteKind.Workload, 9),
            new LocalRoute(IpPrefix.Parse("10.96.0.9/32"), LocalRouteKind.Service),
        ]);
        speaker.Settle();

        Assert.Equal(["10.48.1.0/26 blackhole", "10.96.0.9/32 blackhole"], speaker.KernelText);
        Assert.Equal(KernelVerdict.LocalWorkload, speaker.Rib.Explain(IpPrefix.Parse("10.48.1.7/32"))!.KernelVerdict);

        speaker.Rib.SetOriginated([new LocalRoute(IpPrefix.Parse("10.48.1.7/32"), LocalRouteKind.Workload, 9)]);
        speaker.Settle();

        Assert.Empty(speaker.Kernel);
        Assert.Equal(1, speaker.Rib.PrefixCount);
    }

    [Fact]
    public void Of_two_local_routes_for_a_prefix_the_block_counts()
    {
        var speaker = new Speaker();
        var block = IpPrefix.Parse("10.48.1.7/32");
        speaker.Rib.SetOriginated([new LocalRoute(block, LocalRouteKind.Workload, 9), new LocalRoute(block, LocalRouteKind.Block)]);

        Assert.Equal(LocalRouteKind.Block, speaker.Route("10.48.1.7/32").Best!.Local);
    }

    [Fact]
    public void A_local_route_is_preferred_to_whatever_a_neighbour_says()
    {
        var speaker = Meshed();
        speaker.Rib.SetOriginated([new LocalRoute(IpPrefix.Parse("10.48.1.0/26"), LocalRouteKind.Block)]);
        speaker.Announce("b", Speaker.Internal("10.0.0.2", localPref: uint.MaxValue), "10.48.1.0/26");
        speaker.Settle();

        Assert.Equal(["10.48.1.0/26 blackhole"], speaker.KernelText);
        Assert.Equal(RouteReason.Preference, speaker.Reason("10.48.1.0/26", "b"));

        speaker.Rib.SetOriginated([]);
        speaker.Settle();

        Assert.Equal(["10.48.1.0/26 via 10.0.0.2 dev 2"], speaker.KernelText);
        Assert.Equal(RouteReason.Best, speaker.Reason("10.48.1.0/26", "b"));
    }

    [Fact]
    public void Equal_paths_share_traffic_and_a_worse_one_does_not()
    {
        var speaker = Meshed();
        speaker.Announce("b", Speaker.Internal("10.0.0.2"), "10.96.0.0/16");
        speaker.Announce("c", Speaker.Internal("10.0.0.3"), "10.96.0.0/16");
        speaker.Announce("d", Speaker.Internal("10.0.0.4", localPref: 99), "10.96.0.0/16");
        speaker.Settle();

        Assert.Equal(["10.96.0.0/16 via 10.0.0.2 dev 2, 10.0.0.3 dev 2"], speaker.KernelText);
        Assert.Equal(
            [("b", RouteReason.Best, true), ("c", RouteReason.RouterId, true), ("d", RouteReason.LocalPref, false)],
            speaker.Route("10.96.0.0/16").Paths.Select(path => (path.Peer!, path.Reason, path.Multipath)));

        speaker.Withdraw("b", "10.96.0.0/16");
        speaker.Settle();

        Assert.Equal(["10.96.0.0/16 via 10.0.0.3 dev 2"], speaker.KernelText);
    }

    [Fact]
    public void Two_paths_with_one_next_hop_make_one_and_no_route_has_more_than_16()
    {
        var speaker = new Speaker();
        for (var i = 2; i < 40; i++)
        {
            speaker.Up($"n{i}", $"10.0.0.{i}");
            speaker.Announce($"n{i}", Speaker.Internal($"10.0.0.{40 - i / 2}"), "10.96.0.0/16");
        }

        speaker.Settle();

        Assert.Equal(
            RibRoute.Via([.. Enumerable.Range(21, 16).Select(i => new NextHop(IpAddr.Parse($"10.0.0.{i}"), 2))]),
            speaker.Route("10.96.0.0/16").Kernel);
    }

    [Fact]
    public void A_next_hop_behind_a_gateway_is_reached_by_the_gateway_and_is_farther_than_a_connected_one()
    {
        var speaker = Meshed();
        speaker.Rib.SetConnected(speaker.OnLink(2, new ForeignRoute(IpPrefix.Parse("0.0.0.0/0"), IpAddr.Parse("10.0.0.254"), 2)));
        speaker.Announce("b", Speaker.Internal("10.9.0.2"), "10.48.2.0/26", "10.96.0.0/16");
        speaker.Announce("c", Speaker.Internal("10.0.0.3"), "10.96.0.0/16");
        speaker.Settle();

        Assert.Equal(["10.48.2.0/26 via 10.0.0.254 dev 2", "10.96.0.0/16 via 10.0.0.3 dev 2"], speaker.KernelText);
        Assert.Equal(RouteReason.IgpMetric, speaker.Reason("10.96.0.0/16", "b"));
    }

    [Fact]
    public void A_next_hop_that_nothing_or_only_ourselves_or_only_bgp_covers_is_unreachable()
    {
        var speaker = Meshed();
        speaker.Announce("b", Speaker.Internal("192.0.2.1"), "10.48.2.0/26");
        speaker.Announce("b", Speaker.Internal("10.0.0.1"), "10.48.3.0/26");
        speaker.Announce("b", Speaker.Internal("10.48.5.1"), "10.48.4.0/26");
        speaker.Announce("c", Speaker.Internal("10.0.0.3"), "10.48.5.0/26");
        speaker.Announce("c", Speaker.Internal("192.0.2.1"), "10.48.6.0/26");
        speaker.Announce("b", Speaker.Internal("10.0.0.2", localPref: 1), "10.48.6.0/26");
        speaker.Settle();

        Assert.Equal(
            [
                "10.48.2.0/26 unreachable",
                "10.48.3.0/26 unreachable",
                "10.48.4.0/26 unreachable",
                "10.48.5.0/26 via 10.0.0.3 dev 2",
                "10.48.6.0/26 via 10.0.0.2 dev 2",
            ],
            speaker.KernelText);
        Assert.Equal(RouteReason.NextHopUnreachable, speaker.Reason("10.48.6.0/26", "c"));
    }

    [Fact]
    public void A_more_specific_bgp_route_hides_a_connected_next_hop_while_it_is_there()
    {
        var speaker = Meshed();
        speaker.Announce("b", Speaker.Internal("10.0.0.2"), "10.48.2.0/26");
        speaker.Announce("c", Speaker.Internal("10.0.0.3"), "10.0.0.2/32");
        speaker.Settle();

        Assert.Equal(["10.0.0.2/32 via 10.0.0.3 dev 2", "10.48.2.0/26 unreachable"], speaker.KernelText);

        speaker.Withdraw("c", "10.0.0.2/32");
        speaker.Settle();

        Assert.Equal(["10.48.2.0/26 via 10.0.0.2 dev 2"], speaker.KernelText);
    }

    [Fact]
    public void A_default_route_from_a_peer_outranks_the_kernels_and_resolves_nothing()
    {
        var speaker = Meshed();
        speaker.Rib.SetConnected(speaker.OnLink(2, new ForeignRoute(IpPrefix.Parse("0.0.0.0/0"), IpAddr.Parse("10.0.0.254"), 2)));
        speaker.Announce("b", Speaker.Internal("10.9.0.2"), "10.48.2.0/26");
        speaker.Announce("c", Speaker.Internal("10.0.0.3"), "0.0.0.0/0");
        speaker.Settle();

        Assert.Equal(["0.0.0.0/0 via 10.0.0.3 dev 2", "10.48.2.0/26 unreachable"], speaker.KernelText);
    }

    [Fact]
    public void A_next_hop_that_is_a_local_workload_is_reached_on_its_device()
    {
        var speaker = Meshed();
        speaker.Rib.SetOriginated([new LocalRoute(IpPrefix.Parse("10.48.1.7/32"), LocalRouteKind.Workload, 9)]);
        speaker.Announce("b", Speaker.Internal("10.48.1.7"), "172.16.0.0/16");
        speaker.Settle();

        Assert.Equal(["172.16.0.0/16 via 10.48.1.7 dev 9"], speaker.KernelText);

        speaker.Rib.SetOriginated([new LocalRoute(IpPrefix.Parse("10.48.1.7/32"), LocalRouteKind.Workload, 11)]);
        speaker.Settle();

        Assert.Equal(["172.16.0.0/16 via 10.48.1.7 dev 11"], speaker.KernelText);
    }

    [Fact]
    public void A_link_that_changes_moves_the_routes_over_it()
    {
        var speaker = Meshed();
        speaker.Announce("b", Speaker.Internal("10.0.0.2"), "10.48.2.0/26");
        speaker.Settle();

        speaker.Rib.SetConnected(speaker.OnLink(5));
        speaker.Settle();
        Assert.Equal(["10.48.2.0/26 via 10.0.0.2 dev 5"], speaker.KernelText);

        speaker.Rib.SetConnected(ConnectedState.Empty);
        speaker.Settle();
        Assert.Equal(["10.48.2.0/26 unreachable"], speaker.KernelText);
    }

    [Fact]
    public void Service_networks_and_overlay_pools_stay_out_of_the_kernel_as_the_policy_says()
    {
        var speaker = Meshed();
        speaker.Announce("b", Speaker.Internal("10.0.0.2"), "10.48.2.0/26", "10.96.0.9/32", "1.1.1.1/32");
        speaker.Settle();
        Assert.Equal(3, speaker.Kernel.Count);

        speaker.Rib.SetPolicy(new RibPolicy
        {
            Pools = [new PolicyPool(IpPrefix.Parse("10.48.0.0/16"), Encapsulated: true)],
            KernelRejects = [IpPrefix.Parse("10.96.0.0/16")],
        });
        speaker.Settle();

        Assert.Equal(["1.1.1.1/32 via 10.0.0.2 dev 2"], speaker.KernelText);
        Assert.Equal(KernelVerdict.EncapsulatedPool, speaker.Rib.Explain(IpPrefix.Parse("10.48.2.0/26"))!.KernelVerdict);
        Assert.Equal(KernelVerdict.ServiceNetwork, speaker.Rib.Explain(IpPrefix.Parse("10.96.0.9/32"))!.KernelVerdict);

        speaker.Rib.SetPolicy(RibPolicy.Empty);
        speaker.Settle();
        Assert.Equal(3, speaker.Kernel.Count);
    }

    [Fact]
    public void A_refused_path_is_kept_and_comes_into_use_when_the_peers_policy_allows_it()
    {
        var speaker = new Speaker();
        speaker.Up("tor", "10.0.0.2", peerAs: 65001);
        speaker.Announce("tor", Speaker.External("10.0.0.2", 65001, 64512), "10.48.2.0/26");
        speaker.Settle();

        Assert.Empty(speaker.Kernel);
        Assert.Equal(
            (ImportVerdict.AsLoop, RouteReason.NotAccepted),
            (speaker.Route("10.48.2.0/26").Paths.Single().Import, speaker.Reason("10.48.2.0/26", "tor")));

        speaker.Rib.SetPeerPolicy("tor", new PeerPolicy { AllowedLocalAs = 1 });
        speaker.Settle();
        Assert.Equal(["10.48.2.0/26 via 10.0.0.2 dev 2"], speaker.KernelText);

        speaker.Rib.SetPeerPolicy("tor", new PeerPolicy());
        speaker.Settle();
        Assert.Empty(speaker.Kernel);
    }

    [Fact]
    public void An_external_path_counts_with_the_default_local_pref()
    {
        var speaker = new Speaker();
        speaker.Up("tor", "10.0.0.2", peerAs: 65001);
        speaker.Up("b", "10.0.0.3");
        speaker.Announce("tor", Speaker.External("10.0.0.2", 65001), "172.16.0.0/16");
        speaker.Announce("b", Speaker.Internal("10.0.0.3", localPref: 101), "172.16.0.0/16");
        speaker.Settle();

        Assert.Equal(RouteReason.LocalPref, speaker.Reason("172.16.0.0/16", "tor"));
    }

    [Fact]
    public void A_new_announcement_replaces_the_old_one_of_the_same_path_and_not_of_another()
    {
        var speaker = Meshed();
        speaker.Announce("b", Speaker.Internal("10.0.0.2"), "10.48.2.0/26");
        speaker.Announce("b", Speaker.Internal("10.0.0.9"), "10.48.2.0/26");
        using (var batch = new UpdateBatch())
        {
            var index = batch.Add(Speaker.Internal("10.0.0.8"));
            batch.Add(new RouteOperation(RouteOperationKind.Announce, IpFamily.V4, index, new Nlri(IpPrefix.Parse("10.48.2.0/26"), 3)));
            Assert.True(speaker.Rib.Apply("b", batch));
        }

        speaker.Settle();

        Assert.Equal(["10.48.2.0/26 via 10.0.0.8 dev 2, 10.0.0.9 dev 2"], speaker.KernelText);
        Assert.Equal(
            [(0u, "10.0.0.9"), (3u, "10.0.0.8")],
            speaker.Rib.Received("b").Select(route => (route.Path.PathId, route.Path.Attributes!.NextHop.ToString())));
    }

    [Fact]
    public void A_withdrawal_of_what_was_never_announced_changes_nothing()
    {
        var speaker = Meshed();
        speaker.Announce("b", Speaker.Internal("10.0.0.2"), "10.48.2.0/26");
        speaker.Withdraw("c", "10.48.2.0/26", "10.48.3.0/26");
        speaker.Settle();

        Assert.Equal(["10.48.2.0/26 via 10.0.0.2 dev 2"], speaker.KernelText);
        Assert.Equal((1, 1), (speaker.Rib.PrefixCount, speaker.Rib.PathCount));
    }

    [Fact]
    public void What_is_gone_leaves_nothing_behind()
    {
        var speaker = Meshed();
        speaker.Announce("b", Speaker.Internal("10.0.0.2"), "10.48.2.0/26");
        speaker.Settle();
        speaker.Withdraw("b", "10.48.2.0/26");
        speaker.Settle();

        Assert.Equal((0, 0), (speaker.Rib.PrefixCount, speaker.Rib.PathCount));
        Assert.Empty(speaker.Kernel);
        Assert.Null(speaker.Rib.Explain(IpPrefix.Parse("10.48.2.0/26")));
    }

    private static Speaker Meshed()
    {
        var speaker = new Speaker();
        speaker.Up("b", "10.0.0.2");
        speaker.Up("c", "10.0.0.3");
        speaker.Up("d", "10.0.0.4");
        return speaker;
    }
}
