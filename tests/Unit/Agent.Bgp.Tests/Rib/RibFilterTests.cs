using Agent.Bgp.Policy;
using Agent.Bgp.Rib;
using Agent.Primitives;

namespace Agent.Bgp.Tests.Routing;

public sealed class RibFilterTests
{
    private static readonly FilterRule Accept = new(FilterAction.Accept);
    private static readonly FilterRule Reject = new(FilterAction.Reject);

    private static PrefixPattern In(string network) => PrefixPattern.Within(IpPrefix.Parse(network));

    private static PeerPolicy Importing(params FilterRule[] rules) => new() { Filters = new FilterList(new RouteFilter("a") { ImportV4 = [.. rules] }) };

    private static PeerPolicy Exporting(params FilterRule[] rules) => new() { Filters = new FilterList(new RouteFilter("a") { ExportV4 = [.. rules] }) };

    private static Speaker WithTor(PeerPolicy policy)
    {
        var speaker = new Speaker();
        speaker.Rib.SetPolicy(Speaker.Pool("10.48.0.0/16"));
        speaker.Up("tor", "10.0.0.9", peerAs: 65001, policy: policy);
        return speaker;
    }

    private static PathAttributes FromTor => new() { AsPath = AsPath.Of(65001), NextHop = IpAddr.Parse("10.0.0.9") };

    [Fact]
    public void A_path_that_an_import_filter_rejects_is_kept_and_not_used()
    {
        var speaker = WithTor(Importing(Reject with { Prefix = In("10.48.0.0/16") }));
        speaker.Announce("tor", FromTor, "10.48.1.0/24", "10.49.1.0/24");
        speaker.Settle();

        Assert.Equal(["10.49.1.0/24 via 10.0.0.9 dev 2"], speaker.KernelText);
        var refused = speaker.Rib.Received("tor")[0].Path;
        Assert.Equal((ImportVerdict.Filtered, "BGPFilter(a) rule 1"), (refused.Import, refused.Filter));
        Assert.Null(speaker.Rib.Received("tor")[1].Path.Filter);
    }

    [Fact]
    public void A_changed_filter_judges_what_was_received_anew_without_the_peer()
    {
        var speaker = WithTor(Importing(Reject with { Prefix = In("10.48.0.0/16") }));
        speaker.Announce("tor", FromTor, "10.48.1.0/24", "10.49.1.0/24");
        speaker.Settle();

        speaker.Rib.SetPeerPolicy("tor", Importing(Reject with { Prefix = In("10.49.0.0/16") }));
        speaker.Settle();
        Assert.Equal(["10.48.1.0/24 via 10.0.0.9 dev 2"], speaker.KernelText);

        speaker.Rib.SetPeerPolicy("tor", new PeerPolicy());
        speaker.Settle();
        Assert.Equal(["10.48.1.0/24 via 10.0.0.9 dev 2", "10.49.1.0/24 via 10.0.0.9 dev 2"], speaker.KernelText);
    }

    [Fact]
    public void Operations_on_import_make_the_set_that_counts_and_the_received_one_stays()
    {
        var edits = new FilterEdits { Prepended = [65009, 65008], LocalPref = 250, Communities = [7], LargeCommunities = [new LargeCommunity(1, 2, 3)] };
        var speaker = WithTor(Importing(Accept with { Prefix = In("10.48.0.0/16"), Edits = edits }));
        speaker.Up("b", "10.0.0.2");
        speaker.Announce("tor", FromTor, "10.48.1.0/24", "10.49.1.0/24");
        speaker.Heard("b");

        var expected = FromTor with { AsPath = AsPath.Of(65009, 65008, 65001), LocalPref = 250, Communities = [7], LargeCommunities = [new LargeCommunity(1, 2, 3)] };
        var path = speaker.Rib.Received("tor")[0].Path;
        Assert.Equal((FromTor, expected, "BGPFilter(a) rule 1"), (path.Attributes, path.Filtered, path.Filter));
        Assert.Equal(expected, speaker.View("b")[IpPrefix.Parse("10.48.1.0/24")]);

        speaker.Rib.SetPeerPolicy("tor", new PeerPolicy());
        speaker.Heard("b");
        Assert.Equal(FromTor with { LocalPref = 100 }, speaker.View("b")[IpPrefix.Parse("10.48.1.0/24")]);
        Assert.Null(speaker.Rib.Received("tor")[0].Path.Filtered);
    }

    [Fact]
    public void An_import_filter_changes_which_path_wins()
    {
        var speaker = WithTor(Importing(Accept with { Edits = new FilterEdits { LocalPref = 90 } }));
        speaker.Up("tor2", "10.0.0.8", peerAs: 65002);
        speaker.Announce("tor", FromTor, "10.49.1.0/24");
        speaker.Announce("tor2", new PathAttributes { AsPath = AsPath.Of(65002, 65003, 65004), NextHop = IpAddr.Parse("10.0.0.8") }, "10.49.1.0/24");
        speaker.Settle();

        Assert.Equal(["10.49.1.0/24 via 10.0.0.8 dev 2"], speaker.KernelText);
    }

    [Fact]
    public void The_interface_of_an_import_rule_is_that_of_the_next_hop()
    {
        var speaker = new Speaker();
        speaker.Rib.SetConnected(speaker.OnLink(2) with { Links = [new NamedLink(2, "eth0")] });
        speaker.Up("tor", "10.0.0.9", peerAs: 65001, policy: Importing(Reject with { Interface = "eth*" }));
        speaker.Announce("tor", FromTor, "10.48.1.0/24");
        speaker.Announce("tor", FromTor with { NextHop = IpAddr.Parse("172.16.0.1") }, "10.48.2.0/24");
        speaker.Settle();

        Assert.Equal(["10.48.2.0/24 unreachable"], speaker.KernelText);
    }

    [Fact]
    public void The_interface_of_an_import_rule_is_the_link_of_the_session_for_a_link_local_next_hop()
    {
        var speaker = new Speaker();
        speaker.Rib.SetConnected(new ConnectedState
        {
            Networks = [new ConnectedNetwork(IpPrefix.Parse("10.0.0.0/24"), 2), new ConnectedNetwork(IpPrefix.Parse("10.0.1.0/24"), 3)],
            OwnAddresses = [speaker.Address],
            Links = [new NamedLink(2, "eth0"), new NamedLink(3, "eth1")],
        });
        speaker.Up("left", "10.0.0.9", peerAs: 65001, policy: Importing(Reject with { Interface = "eth1" }));
        speaker.Up("right", "10.0.1.9", peerAs: 65001, policy: Importing(Reject with { Interface = "eth1" }));
        var attributes = FromTor with { NextHop = IpAddr.Parse("fe80::9") };
        speaker.Announce("left", attributes, "10.48.1.0/24");
        speaker.Announce("right", attributes, "10.48.2.0/24");
        speaker.Settle();

        Assert.Equal(["10.48.1.0/24 via fe80::9 dev 2"], speaker.KernelText);
        Assert.Equal("BGPFilter(a) rule 1", speaker.Rib.Received("right")[0].Path.Filter);
    }

    [Fact]
    public void An_export_accept_lets_out_what_the_policy_would_not_and_without_its_communities()
    {
        var speaker = new Speaker();
        speaker.Rib.SetPolicy(Speaker.Pool("10.48.0.0/16") with
        {
            OwnBlocks = [new OwnBlock(IpPrefix.Parse("10.48.1.0/26"))],
            Communities = [new PrefixCommunities(IpPrefix.Parse("10.48.0.0/16"), [5], [])],
        });
        speaker.Rib.SetOriginated([new LocalRoute(IpPrefix.Parse("10.48.1.0/26"), LocalRouteKind.Block), new LocalRoute(IpPrefix.Parse("10.48.1.5/32"), LocalRouteKind.Workload)]);
        speaker.Up("plain", "10.0.0.2");
        speaker.Up("tor", "10.0.0.9", peerAs: 65001, policy: Exporting(Accept with { Prefix = In("10.48.1.5/32"), Edits = new FilterEdits { Prepended = [1, 2], Communities = [6] } }));

        Assert.Equal(["+ 10.48.1.0/26", "End-of-RIB"], speaker.Heard("plain"));
        Assert.Equal(["+ 10.48.1.0/26", "+ 10.48.1.5/32", "End-of-RIB"], speaker.Heard("tor").Order(StringComparer.Ordinal));
        Assert.Equal([5u], speaker.View("tor")[IpPrefix.Parse("10.48.1.0/26")].Communities.ToArray());
        Assert.Equal(
            new PathAttributes { AsPath = AsPath.Of(1, 2, Speaker.As), NextHop = speaker.Address, Communities = [6] },
            speaker.View("tor")[IpPrefix.Parse("10.48.1.5/32")]);
        Assert.Equal(
            [new ExportView("plain", ExportVerdict.InsideOwnBlock), new ExportView("tor", ExportVerdict.FilterAccepted, "BGPFilter(a) rule 1")],
            speaker.Rib.Explain(IpPrefix.Parse("10.48.1.5/32"))!.Exports.ToArray());
    }

    [Fact]
    public void Routes_of_other_peers_are_kept_from_a_router_and_the_session_hears_the_difference_alone()
    {
        var speaker = WithTor(new PeerPolicy());
        speaker.Rib.SetOriginated([new LocalRoute(IpPrefix.Parse("10.48.1.0/26"), LocalRouteKind.Block)]);
        speaker.Up("b", "10.0.0.2");
        speaker.Announce("b", Speaker.Internal("10.0.0.2"), "10.48.2.0/26");
        Assert.Equal(["+ 10.48.1.0/26", "+ 10.48.2.0/26", "End-of-RIB"], speaker.Heard("tor"));

        speaker.Rib.SetPeerPolicy("tor", Exporting(Reject with { LearnedOnly = true }));
        Assert.Equal(["- 10.48.2.0/26"], speaker.Heard("tor"));
        Assert.Equal(
            new ExportView("tor", ExportVerdict.FilterRejected, "BGPFilter(a) rule 1"),
            speaker.Rib.Explain(IpPrefix.Parse("10.48.2.0/26"))!.Exports.Single(export => export.Peer == "tor"));

        speaker.Rib.SetPeerPolicy("tor", new PeerPolicy());
        Assert.Equal(["+ 10.48.2.0/26"], speaker.Heard("tor"));
    }

    [Fact]
    public void An_export_rule_sees_the_path_with_our_as_and_the_interface_of_the_route()
    {
        var speaker = new Speaker();
        speaker.Rib.SetConnected(speaker.OnLink(2) with { Links = [new NamedLink(2, "eth0"), new NamedLink(7, "cali1")] });
        speaker.Rib.SetPolicy(Speaker.Pool("10.48.0.0/16"));
        speaker.Rib.SetOriginated([
            new LocalRoute(IpPrefix.Parse("10.48.1.0/26"), LocalRouteKind.Block), new LocalRoute(IpPrefix.Parse("10.48.9.9/32"), LocalRouteKind.Workload, Device: "cali1")]);
        speaker.Up("b", "10.0.0.2");
        speaker.Up("tor", "10.0.0.9", peerAs: 65001, policy: Exporting(
            Reject with { Interface = "cali*" }, Reject with { AsPathPrefix = [Speaker.As, 65005] }, Accept with { Interface = "eth0", LocalPref = 100 }, Reject));
        speaker.Announce("b", Speaker.Internal("10.0.0.2") with { AsPath = AsPath.Of(65005) }, "10.48.2.0/26");
        speaker.Announce("b", Speaker.Internal("10.0.0.2"), "10.48.3.0/26");

        Assert.Equal(["+ 10.48.3.0/26", "End-of-RIB"], speaker.Heard("tor"));
    }

    [Fact]
    public void Filters_of_any_history_leave_the_state_that_the_last_ones_give()
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            var random = new Random(seed);
            var (changed, fresh) = (WithTor(new PeerPolicy()), WithTor(new PeerPolicy()));
            var last = new PeerPolicy();
            foreach (var speaker in (Speaker[])[changed, fresh]) speaker.Up("b", "10.0.0.2");
            for (var step = 0; step < 30; step++)
            {
                var (attributes, prefix) = (FromTor with { AsPath = AsPath.Of(65001, (uint)random.Next(1, 3)) }, $"10.48.{random.Next(6)}.0/24");
                foreach (var speaker in (Speaker[])[changed, fresh]) speaker.Announce("tor", attributes, prefix);
                last = Importing([.. Enumerable.Range(0, random.Next(3)).Select(_ => new FilterRule((FilterAction)random.Next(2))
                {
                    Prefix = PrefixPattern.Within(new IpPrefix(IpAddr.Parse($"10.48.{random.Next(6)}.0"), random.Next(21, 25))),
                    AsPathPrefix = random.Next(2) == 0 ? [] : [65001, (uint)random.Next(1, 3)],
                    Edits = random.Next(2) == 0 ? null : new FilterEdits { Communities = [(uint)random.Next(2)] },
                })]);
                changed.Rib.SetPeerPolicy("tor", last);
                if (random.Next(2) == 0) changed.Settle();
            }

            fresh.Rib.SetPeerPolicy("tor", last);
            changed.Settle();
            fresh.Settle();
            Assert.Equal(fresh.View("b"), changed.View("b"));
            Assert.Equal(fresh.Rib.Routes(), changed.Rib.Routes());
        }
    }
}
