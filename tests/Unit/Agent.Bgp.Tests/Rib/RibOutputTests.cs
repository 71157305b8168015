using Agent.Bgp.Policy;
using Agent.Bgp.Rib;
using Agent.Primitives;

namespace Agent.Bgp.Tests.Routing;

public sealed class RibOutputTests
{
    private static readonly PeerPolicy Client = new() { ClientClusterId = 1 };

    [Fact]
    public void A_peer_that_comes_up_hears_the_whole_table_then_end_of_rib()
    {
        var speaker = new Speaker();
        speaker.Rib.SetPolicy(Speaker.Pool("10.48.0.0/16"));
        speaker.Rib.SetOriginated(Blocks("10.48.1.0/26", "10.48.2.0/26", "10.99.0.0/26"));
        speaker.Up("b", "10.0.0.2");

        Assert.Equal(["+ 10.48.1.0/26", "+ 10.48.2.0/26", "End-of-RIB"], speaker.Heard("b"));
        Assert.Equal(2, speaker.Messages("b"));
        Assert.Equal(
            [
                new AdvertisedRoute(IpPrefix.Parse("10.48.1.0/26"), Speaker.Internal("10.0.0.1")),
                new AdvertisedRoute(IpPrefix.Parse("10.48.2.0/26"), Speaker.Internal("10.0.0.1")),
            ],
            speaker.Rib.Advertised("b"));
    }

    [Fact]
    public void A_peer_without_anything_to_hear_gets_end_of_rib_alone()
    {
        var speaker = new Speaker();
        speaker.Up("b", "10.0.0.2");

        Assert.Equal(["End-of-RIB"], speaker.Heard("b"));
        Assert.False(speaker.Rib.HasOutput);
        Assert.Empty(speaker.Rib.TakeOutput());
    }

    [Fact]
    public void Only_what_changes_is_told()
    {
        var speaker = Reflector("b", "c");
        speaker.Announce("b", Speaker.Internal("10.0.0.2"), "10.48.2.0/26", "10.48.3.0/26");
        Assert.Equal(["+ 10.48.2.0/26", "+ 10.48.3.0/26"], speaker.Heard("c"));

        speaker.Announce("b", Speaker.Internal("10.0.0.2"), "10.48.2.0/26");
        Assert.Empty(speaker.Heard("c"));

        speaker.Announce("b", Speaker.Internal("10.0.0.2") with { Med = 5 }, "10.48.2.0/26");
        speaker.Withdraw("b", "10.48.3.0/26");
        Assert.Equal(["- 10.48.3.0/26", "+ 10.48.2.0/26"], speaker.Heard("c"));
        Assert.Equal(5u, speaker.View("c").Single().Value.Med);
        Assert.Empty(speaker.Heard("b"));
    }

    [Fact]
    public void A_route_that_comes_and_goes_before_the_output_is_never_told()
    {
        var speaker = Reflector("b", "c");
        speaker.Announce("b", Speaker.Internal("10.0.0.2"), "10.48.2.0/26");
        speaker.Withdraw("b", "10.48.2.0/26");

        Assert.Empty(speaker.Heard("c"));
    }

    [Fact]
    public void A_route_is_never_told_to_whom_it_came_from()
    {
        var speaker = Reflector("b", "c", "d");
        speaker.Announce("b", Speaker.Internal("10.0.0.2"), "10.48.2.0/26");
        speaker.Announce("c", Speaker.Internal("10.0.0.3"), "10.48.3.0/26");

        Assert.Equal(["+ 10.48.3.0/26"], speaker.Heard("b"));
        Assert.Equal(["+ 10.48.2.0/26"], speaker.Heard("c"));
        Assert.Equal(["+ 10.48.2.0/26", "+ 10.48.3.0/26"], speaker.Heard("d"));
        Assert.Equal(ExportVerdict.SplitHorizon, speaker.Verdict("10.48.2.0/26", "b"));
    }

    [Fact]
    public void When_the_best_path_moves_to_a_peer_it_is_owed_a_withdrawal_and_the_former_one_an_announcement()
    {
        var speaker = Reflector("b", "c", "d");
        speaker.Announce("c", Speaker.Internal("10.0.0.3"), "10.48.9.0/26");
        Assert.Equal(["+ 10.48.9.0/26"], speaker.Heard("b"));
        Assert.Equal(["+ 10.48.9.0/26"], speaker.Heard("d"));

        speaker.Announce("b", Speaker.Internal("10.0.0.2", localPref: 200), "10.48.9.0/26");
        Assert.Equal(["- 10.48.9.0/26"], speaker.Heard("b"));
        Assert.Equal(["+ 10.48.9.0/26"], speaker.Heard("c"));
        Assert.Equal(["+ 10.48.9.0/26"], speaker.Heard("d"));

        speaker.Withdraw("b", "10.48.9.0/26");
        Assert.Equal(["+ 10.48.9.0/26"], speaker.Heard("b"));
        Assert.Equal(["- 10.48.9.0/26"], speaker.Heard("c"));
        Assert.Equal(["+ 10.48.9.0/26"], speaker.Heard("d"));
    }

    [Fact]
    public void When_the_best_path_moves_and_reads_the_same_only_the_two_peers_concerned_hear()
    {
        var speaker = new Speaker();
        speaker.Rib.SetPolicy(Speaker.Pool("10.48.0.0/16"));
        foreach (var (name, address) in new[] { ("b", "10.0.0.2"), ("c", "10.0.0.3"), ("d", "10.0.0.4") })
            speaker.Up(name, address, peerAs: 65001);
        speaker.Announce("c", Speaker.External("10.0.0.3", 65001), "10.48.2.0/26");
        foreach (var peer in new[] { "b", "c", "d" }) speaker.Heard(peer);

        speaker.Announce("b", Speaker.External("10.0.0.2", 65001), "10.48.2.0/26");   // wins by router id; next hop self to all

        Assert.Equal(["- 10.48.2.0/26"], speaker.Heard("b"));
        Assert.Equal(["+ 10.48.2.0/26"], speaker.Heard("c"));
        Assert.Empty(speaker.Heard("d"));
    }

    [Fact]
    public void Routes_with_equal_attributes_share_a_message()
    {
        var speaker = new Speaker();
        speaker.Rib.SetPolicy(Speaker.Pool("10.48.0.0/16"));
        speaker.Up("b", "10.0.0.2");
        speaker.Heard("b");
        var before = speaker.Messages("b");

        speaker.Rib.SetOriginated(Blocks([.. Enumerable.Range(0, 500).Select(i => $"10.48.{i / 4}.{i % 4 * 64}/26")]));

        Assert.Equal(500, speaker.Heard("b").Length);
        Assert.Equal(before + 1, speaker.Messages("b"));
    }

    [Fact]
    public void Peers_of_one_group_share_the_very_bytes()
    {
        var speaker = new Speaker();
        speaker.Rib.SetPolicy(Speaker.Pool("10.48.0.0/16"));
        speaker.Up("b", "10.0.0.2");
        speaker.Up("c", "10.0.0.3");
        speaker.Rib.SetOriginated(Blocks("10.48.1.0/26"));
        speaker.Rib.Work();

        var output = speaker.Rib.TakeOutput();

        Assert.Equal(["b", "c"], output.Select(each => each.Peer));
        Assert.True(output[0].Buffers[0].Equals(output[1].Buffers[0]));
    }

    [Fact]
    public void A_table_larger_than_the_budget_is_told_in_slices_with_end_of_rib_last()
    {
        var speaker = new Speaker();
        speaker.Rib.SetPolicy(Speaker.Pool("10.48.0.0/16"));
        speaker.Rib.SetOriginated(Blocks([.. Enumerable.Range(0, 10).Select(i => $"10.48.{i}.0/26")]));
        speaker.Rib.Work();
        speaker.Up("b", "10.0.0.2");

        Assert.Single(speaker.Rib.TakeOutput(dumpBudget: 4));
        Assert.True(speaker.Rib.HasOutput);
        Assert.Equal(4, speaker.Rib.Advertised("b").Count);

        Assert.Equal([.. Enumerable.Range(4, 6).Select(i => $"+ 10.48.{i}.0/26"), "End-of-RIB"], Slices(speaker));

        static string[] Slices(Speaker speaker)
        {
            speaker.Settle(dumpBudget: 4);
            return speaker.Heard("b");
        }
    }

    [Fact]
    public void A_refresh_repeats_the_table_to_that_peer_alone()
    {
        var speaker = Reflector("b", "c", "d");
        speaker.Announce("b", Speaker.Internal("10.0.0.2"), "10.48.2.0/26");
        foreach (var peer in new[] { "b", "c", "d" }) speaker.Heard(peer);

        speaker.Rib.RefreshRequested("b", IpFamily.V4);
        speaker.Rib.RefreshRequested("c", IpFamily.V4);
        speaker.Rib.RefreshRequested("c", IpFamily.V6);
        speaker.Rib.RefreshRequested("nobody", IpFamily.V4);

        Assert.Empty(speaker.Heard("b"));
        Assert.Equal(["+ 10.48.2.0/26"], speaker.Heard("c"));
        Assert.Empty(speaker.Heard("d"));
    }

    [Fact]
    public void A_changed_policy_tells_only_the_difference()
    {
        var speaker = Reflector("b", "c");
        speaker.Announce("b", Speaker.Internal("10.0.0.2"), "10.48.2.0/26", "10.50.2.0/26", "10.60.2.0/26");
        Assert.Equal(["+ 10.48.2.0/26"], speaker.Heard("c"));

        speaker.Rib.SetPolicy(Speaker.Pool("10.48.0.0/16", "10.50.0.0/16"));
        Assert.Equal(["+ 10.50.2.0/26"], speaker.Heard("c"));

        speaker.Rib.SetPolicy(Speaker.Pool("10.48.0.0/16", "10.50.0.0/16"));
        Assert.False(speaker.Rib.HasWork);

        speaker.Rib.SetPolicy(new RibPolicy { Pools = [new PolicyPool(IpPrefix.Parse("10.48.0.0/16"), DisableBgpExport: true)] });
        Assert.Equal(["- 10.48.2.0/26", "- 10.50.2.0/26"], speaker.Heard("c"));
        Assert.Equal(ExportVerdict.PoolExportDisabled, speaker.Verdict("10.48.2.0/26", "c"));
    }

    [Fact]
    public void A_changed_next_hop_mode_tells_only_routes_whose_next_hop_changes()
    {
        var speaker = Reflector("b", "c", "d");
        speaker.Rib.SetOriginated(Blocks("10.48.1.0/26"));
        speaker.Announce("b", Speaker.Internal("10.0.0.2"), "10.48.2.0/26");
        Assert.Equal(["+ 10.48.1.0/26", "+ 10.48.2.0/26"], speaker.Heard("c"));
        speaker.Heard("d");

        speaker.Rib.SetPeerPolicy("c", Client with { NextHopMode = NextHopMode.Self });

        Assert.Equal(["+ 10.48.2.0/26"], speaker.Heard("c"));
        Assert.Equal(speaker.Address, speaker.View("c")[IpPrefix.Parse("10.48.2.0/26")].NextHop);
        Assert.Empty(speaker.Heard("d"));

        speaker.Announce("b", Speaker.Internal("10.0.0.2"), "10.48.3.0/26");
        Assert.Equal(["+ 10.48.3.0/26"], speaker.Heard("c"));
        Assert.Equal(["+ 10.48.3.0/26"], speaker.Heard("d"));
    }

    [Fact]
    public void A_peer_that_ceases_to_be_a_client_loses_reflected_routes_and_its_own_are_withdrawn_from_others()
    {
        var speaker = new Speaker();
        speaker.Rib.SetPolicy(Speaker.Pool("10.48.0.0/16"));
        speaker.Up("b", "10.0.0.2", policy: Client);
        speaker.Up("c", "10.0.0.3");
        speaker.Announce("b", Speaker.Internal("10.0.0.2"), "10.48.2.0/26");
        speaker.Announce("c", Speaker.Internal("10.0.0.3"), "10.48.3.0/26");
        Assert.Equal(["+ 10.48.3.0/26", "End-of-RIB"], speaker.Heard("b"));
        Assert.Equal(["+ 10.48.2.0/26", "End-of-RIB"], speaker.Heard("c"));

        speaker.Rib.SetPeerPolicy("b", new PeerPolicy());

        Assert.Equal(["- 10.48.3.0/26"], speaker.Heard("b"));
        Assert.Equal(["- 10.48.2.0/26"], speaker.Heard("c"));
        Assert.Equal(ExportVerdict.InternalToInternal, speaker.Verdict("10.48.2.0/26", "c"));

        speaker.Rib.SetPeerPolicy("b", Client);

        Assert.Equal(["+ 10.48.3.0/26"], speaker.Heard("b"));
        Assert.Equal(["+ 10.48.2.0/26"], speaker.Heard("c"));
    }

    [Fact]
    public void A_policy_change_that_is_taken_back_before_the_output_tells_nothing()
    {
        var speaker = Reflector("b", "c");
        speaker.Announce("b", Speaker.Internal("10.0.0.2"), "10.48.2.0/26");
        speaker.Heard("c");

        speaker.Rib.SetPeerPolicy("c", Client with { NextHopMode = NextHopMode.Self });
        speaker.Rib.SetPeerPolicy("c", Client);

        Assert.Empty(speaker.Heard("c"));
        speaker.Withdraw("b", "10.48.2.0/26");
        Assert.Equal(["- 10.48.2.0/26"], speaker.Heard("c"));
    }

    [Fact]
    public void Communities_of_the_policy_go_out_with_local_and_learned_routes()
    {
        var speaker = Reflector("b", "c");
        speaker.Rib.SetPolicy(Speaker.Pool("10.48.0.0/16") with
        {
            Communities = [new PrefixCommunities(IpPrefix.Parse("10.48.0.0/22"), [64512u << 16 | 7], [])],
        });
        speaker.Rib.SetOriginated(Blocks("10.48.1.0/26"));
        speaker.Announce("b", Speaker.Internal("10.0.0.2"), "10.48.2.0/26", "10.48.200.0/26");

        Assert.Equal(
            [("10.48.1.0/26", 1), ("10.48.2.0/26", 1), ("10.48.200.0/26", 0)],
            speaker.View("c").Select(route => (route.Key.ToString(), route.Value.Communities.Length)));
    }

    [Fact]
    public void Unknown_peers_are_told_nothing_and_take_nothing()
    {
        var speaker = new Speaker();
        using var batch = new UpdateBatch();

        Assert.False(speaker.Rib.Apply("nobody", batch));
        speaker.Rib.PeerDown("nobody", keepStale: true);
        speaker.Rib.StaleExpired("nobody");
        speaker.Rib.SetPeerPolicy("nobody", Client);
        Assert.Empty(speaker.Rib.Received("nobody"));
        Assert.Empty(speaker.Rib.Advertised("nobody"));
        Assert.False(speaker.Rib.HasWork || speaker.Rib.HasOutput);
    }

    internal static LocalRoute[] Blocks(params string[] blocks) =>
        [.. blocks.Select(block => new LocalRoute(IpPrefix.Parse(block), LocalRouteKind.Block))];

    private static Speaker Reflector(params string[] clients)
    {
        var speaker = new Speaker();
        speaker.Rib.SetPolicy(Speaker.Pool("10.48.0.0/16"));
        for (var i = 0; i < clients.Length; i++) speaker.Up(clients[i], $"10.0.0.{i + 2}", policy: Client);
        foreach (var client in clients) Assert.Equal(["End-of-RIB"], speaker.Heard(client));
        return speaker;
    }
}
