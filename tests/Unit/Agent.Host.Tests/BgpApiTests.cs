using Agent.Actors.Bgp;
using Agent.Bgp;
using Agent.Bgp.Policy;
using Agent.Bgp.Rib;
using Agent.Bgp.Wire;
using Agent.Host.LocalApi;
using Agent.Ipc;
using Agent.Primitives;

namespace Agent.Host.Tests;

/// <summary>What <c>agentctl bgp</c> is answered: every attribute of a path, and every verdict in a sentence.</summary>
public sealed class BgpApiTests
{
    private const string Peer = "Global_10_0_0_2";
    private const string Other = "Global_10_0_0_3";

    private static readonly IpAddr Own = IpAddr.Parse("10.0.0.1");

    private static readonly PathAttributes Full = new()
    {
        Origin = Origin.Incomplete,
        AsPath = AsPath.Of(65001, 65002),
        NextHop = IpAddr.Parse("10.0.0.2"),
        Med = 5,
        AtomicAggregate = true,
        Aggregator = new Aggregator(65002, IpAddr.Parse("10.0.0.9")),
        Communities = [0xFFFF029A, 64512u << 16 | 7],
        LargeCommunities = [new LargeCommunity(64512, 1, 2)],
        ExtendedCommunities = [new ExtendedCommunity(0x0002fde900000064), new ExtendedCommunity(0x8006000000000000)],
        Ipv6ExtendedCommunities = [new Ipv6ExtendedCommunity(2, IpAddr.Parse("2001:db8::1"), 100)],
        OnlyToCustomer = 65001,
        Unknown = [new UnknownAttribute(0xc0, 99, [1, 2])],
    };

    private readonly Rib _rib = new();
    private readonly List<string> _resent = [];
    private readonly List<PeerSetProtocol.Clear> _cleared = [];
    private string _state = "up";
    private readonly BgpApi _api;

    public BgpApiTests()
    {
        _api = new BgpApi((_, message, _) => Task.FromResult(Answer(message)), "node1");
        var preferred = new FilterRule(FilterAction.Accept) { Edits = new FilterEdits { LocalPref = 300 } };
        _rib.SetPolicy(new RibPolicy { Pools = [new PolicyPool(IpPrefix.Parse("10.0.0.0/8"))] });
        _rib.SetConnected(new ConnectedState { Networks = [new ConnectedNetwork(IpPrefix.Parse("10.0.0.0/24"), 2)], OwnAddresses = [Own] });
        var terms = new PeerTerms
        {
            PeerRouterId = 2,
            Families = [new FamilyTerms(new UpdateFormat(IpFamily.V4, AddPath: true, FourByteAs: true), Own)],
        };
        _rib.PeerUp(Spec(new PeerPolicy { Filters = new FilterList(new RouteFilter("prefer") { ImportV4 = [preferred] }) }), terms);
        _rib.PeerUp(Spec(new PeerPolicy()) with { Name = Other }, terms);
        Announce("10.48.0.0/16", 7);
        Announce("10.48.1.0/26", 7);
        _rib.SetOriginated([new LocalRoute(IpPrefix.Parse("10.49.0.0/26"), LocalRouteKind.Block)]);
        Settle();
    }

    [Fact]
    public async Task Every_attribute_of_a_received_path_is_shown_as_it_came_and_as_the_policy_on_import_made_it()
    {
        var route = Assert.Single((await RoutesAsync(new IpcRequest.BgpRoutesRequest(BgpTable.AdjRibIn, Peer, "10.48.1.0/26"))).Routes);

        var path = Assert.Single(route.Paths);
        Assert.Equal((7L, "Accepted", true), (path.PathId, path.Import, path.Best));
        var attributes = path.Attributes!;
        Assert.Equal(("incomplete", "65001 65002", "10.0.0.2"), (attributes.Origin, attributes.AsPath, attributes.NextHop));
        Assert.Equal((5L, null, 65001L), (attributes.Med, attributes.LocalPref, attributes.OnlyToCustomer));
        Assert.Equal((true, "AS 65002 10.0.0.9"), (attributes.AtomicAggregate, attributes.Aggregator));
        Assert.Equal(["BLACKHOLE", "64512:7"], attributes.Communities);
        Assert.Equal(["64512:1:2"], attributes.LargeCommunities);
        Assert.Equal(["RT:65001:100", "0x8006000000000000", "RT:[2001:db8::1]:100"], attributes.ExtendedCommunities);
        Assert.Equal(["type 99 flags c0 0102"], attributes.Unknown);
        Assert.Equal(300, path.Effective!.LocalPref);
        Assert.Equal(attributes.ExtendedCommunities, path.Effective.ExtendedCommunities);
        Assert.Equal("the best path (BGPFilter(prefer) rule 1)", path.Why);
    }

    [Fact]
    public void What_a_peer_is_held_to_is_told()
    {
        var spec = Spec(new PeerPolicy { PrefixLimit = new PrefixLimit(10, 80, TimeSpan.FromMinutes(5)), AdvertisementInterval = TimeSpan.FromSeconds(5) });
        spec = spec with { Session = spec.Session with { TtlSecurity = 2 } };

        var peer = BgpDocuments.Of(
            new PeerSetProtocol.PeerStatus(Peer, PeerType.Global, spec.Session.PeerAddress, "start", DateTimeOffset.UnixEpoch, "Active", spec), null, null);

        Assert.Equal((2, 5.0, new BgpPrefixLimit(10, 80, 300)), (peer.TtlSecurity, peer.AdvertisementSeconds, peer.PrefixLimit));
    }

    [Fact]
    public async Task What_a_peer_is_told_has_the_path_identifier_that_it_knows_it_by()
    {
        var told = (await RoutesAsync(new IpcRequest.BgpRoutesRequest(BgpTable.AdjRibOut, Peer))).Routes;

        var path = Assert.Single(Assert.Single(told).Paths);
        Assert.Equal(_rib.Advertised(Peer).Single().PathId, path.PathId);
        Assert.NotEqual(0, path.PathId);
        Assert.Equal("10.0.0.1", path.Attributes!.NextHop);
    }

    [Theory]
    [InlineData(BgpTable.LocRib)]
    [InlineData(BgpTable.AdjRibIn)]
    [InlineData(BgpTable.AdjRibOut)]
    public async Task A_page_fits_a_frame_however_many_paths_with_however_many_communities_its_prefixes_have(BgpTable table)
    {
        const int Frame = 8 * 1024 * 1024;
        var attributes = Full with { Communities = [.. Enumerable.Range(0, 300).Select(number => 64512u << 16 | (uint)number)] };
        string[] prefixes = [.. Enumerable.Range(0, 500).Select(number => $"10.{100 + number / 250}.{number % 250}.0/24")];
        foreach (var prefix in prefixes)
            for (var path = 1u; path <= 5; path++) Announce(prefix, path, attributes);
        for (var number = 0; table == BgpTable.AdjRibOut && number < prefixes.Length; number++) Announce(prefixes[number], 9, attributes, Other);
        Settle();

        var (seen, pages) = (new List<string>(), 0);
        for (string? after = null; pages == 0 || after is not null; pages++)
        {
            var page = await RoutesAsync(new IpcRequest.BgpRoutesRequest(table, table == BgpTable.LocRib ? null : Peer, "10.100.0.0/15", BgpMatch.Longer, after, Most: 2000));
            Assert.InRange(IpcTypes.ToJson(page).GetRawText().Length, 1, Frame);
            seen.AddRange(page.Routes.Select(route => route.Prefix).Distinct());
            after = page.Next;
        }

        Assert.Equal(prefixes.Order(Comparer<string>.Create((left, right) => IpPrefix.Parse(left).CompareTo(IpPrefix.Parse(right)))), seen);
        Assert.True(pages > 1 || table == BgpTable.AdjRibOut);
    }

    [Theory]
    [InlineData(BgpTable.LocRib, "10.48.1.7", "10.48.1.0/26")]
    [InlineData(BgpTable.AdjRibIn, "10.48.1.7", "10.48.1.0/26")]
    [InlineData(BgpTable.AdjRibIn, "10.48.9.9", "10.48.0.0/16")]
    [InlineData(BgpTable.AdjRibOut, "10.49.0.5", "10.49.0.0/26")]
    [InlineData(BgpTable.AdjRibOut, "10.48.1.7", null)]
    public async Task An_address_stands_for_the_longest_prefix_around_it_in_the_table_that_is_asked(BgpTable table, string address, string? prefix)
    {
        var found = await RoutesAsync(new IpcRequest.BgpRoutesRequest(table, table == BgpTable.LocRib ? null : Peer, address, BgpMatch.Longest));

        Assert.Equal(prefix is null ? [] : [prefix], found.Routes.Select(route => route.Prefix));
        Assert.Null(found.Next);
    }

    [Theory]
    [InlineData("10.48.1.7/16", "10.48.1.7/16 has host bits: write 10.48.0.0/16 for the prefix, or 10.48.1.7 for the route that packets for it take")]
    [InlineData("10.1/16", "'10.1/16' is no prefix and no address; write 10.48.0.0/26, 10.48.0.5 or 2001:db8::/48")]
    [InlineData("010.0.0.0/8", "'010.0.0.0/8' is no prefix and no address; write 10.48.0.0/26, 10.48.0.5 or 2001:db8::/48")]
    public async Task A_prefix_that_is_none_is_refused_with_what_to_write(string text, string refusal)
    {
        Assert.Equal(new IpcReply.Error(refusal), await _api.Answer(new IpcRequest.BgpRoutesRequest(BgpTable.LocRib, null, text), default)!);
        Assert.Equal(new IpcReply.Error(refusal), await _api.Answer(new IpcRequest.BgpExplain(text), default)!);
    }

    [Fact]
    public async Task A_peer_that_is_not_there_is_named_and_so_is_who_lists_them()
    {
        var refusal = new IpcReply.Error("no peer named '10.0.0.77': 'agentctl bgp peers' lists them");

        Assert.Equal(refusal, await _api.Answer(new IpcRequest.BgpPeersRequest("10.0.0.77"), default)!);
        Assert.Equal(refusal, await _api.Answer(new IpcRequest.BgpRoutesRequest(BgpTable.AdjRibIn, "10.0.0.77"), default)!);
        Assert.Equal(refusal, await _api.Answer(new IpcRequest.BgpClear("10.0.0.77"), default)!);
    }

    [Theory]
    [InlineData("up", null)]
    [InlineData("start", "the session is not established")]
    public async Task What_is_told_again_is_told_only_where_there_is_a_session(string state, string? refusal)
    {
        _state = state;

        var done = Assert.IsType<IpcReply.BgpDone>(await _api.Answer(new IpcRequest.BgpRefresh(In: false, Out: true), default)!);

        Assert.Equal(refusal is null ? [Peer] : [], done.Peers);
        Assert.Equal(refusal is null ? [] : [new BgpRefusal(Peer, refusal)], done.Refusals);
        Assert.Equal(done.Peers, _resent);
    }

    [Fact]
    public async Task An_operators_words_go_to_each_session_that_is_cleared()
    {
        await _api.Answer(new IpcRequest.BgpClear(null, "new disk"), default)!;

        Assert.Equal([new PeerSetProtocol.Clear(Peer, "new disk")], _cleared);
    }

    [Fact]
    public void Every_verdict_has_words_that_are_not_its_name()
    {
        var sentences = Enum.GetValues<RouteReason>().Select(each => (each.ToString(), BgpWords.Of(each, ImportVerdict.AsLoop)))
            .Concat(Enum.GetValues<ImportVerdict>().Select(each => (each.ToString(), BgpWords.Of(each))))
            .Concat(Enum.GetValues<ExportVerdict>().Select(each => (each.ToString(), BgpWords.Of(each))))
            .Concat(Enum.GetValues<KernelVerdict>().Select(each => (each.ToString(), BgpWords.Of(each))));

        Assert.All(sentences, each => Assert.NotEqual(each.Item1, each.Item2));
    }

    [Fact]
    public void Capabilities_of_both_ends_are_lines_with_what_the_peer_says()
    {
        var ours = new Capability[] { new Capability.RouteRefresh(), new Capability.AddPath([new AddPathFamily(1, 1, 3)]) };
        var theirs = new Capability[] { new Capability.AddPath([new AddPathFamily(1, 1, 3), new AddPathFamily(2, 1, 1)]) };

        Assert.Equal(
            [
                "route refresh (RFC 2918): advertised",
                "ADD-PATH (RFC 7911): advertised and received, the peer sends and receives IPv4 unicast, receives IPv6 unicast",
            ],
            CapabilityWords.Of(ours, theirs));
    }

    [Fact]
    public void A_pod_that_peers_is_no_peer_by_node()
    {
        var types = Enum.GetValues<PeerType>().Select(BgpWords.Of).ToArray();

        Assert.Equal(types.Distinct(), types);
    }

    private static PeerSpec Spec(PeerPolicy policy) => new()
    {
        Name = Peer,
        Type = PeerType.Global,
        Session = new SessionSettings { LocalAs = 64512, PeerAs = 65001, RouterId = 1, PeerAddress = IpAddr.Parse("10.0.0.2") },
        Policy = policy,
    };

    private void Announce(string prefix, uint pathId, PathAttributes? attributes = null, string peer = Peer)
    {
        using var batch = new UpdateBatch();
        var nlri = new Nlri(IpPrefix.Parse(prefix), pathId);
        batch.Add(new RouteOperation(RouteOperationKind.Announce, IpFamily.V4, batch.Add(attributes ?? Full), nlri));
        Assert.True(_rib.Apply(peer, batch));
    }

    private void Settle()
    {
        while (_rib.HasWork || _rib.HasOutput)
        {
            _rib.Work();
            foreach (var output in _rib.TakeOutput()) _rib.Sent(output.Peer, output.Bytes);
        }
    }

    private async Task<IpcReply.BgpRoutes> RoutesAsync(IpcRequest request) =>
        Assert.IsType<IpcReply.BgpRoutes>(await _api.Answer(request, default)!);

    private static Done Note<T>(List<T> list, T what)
    {
        list.Add(what);
        return Done.Instance;
    }

    /// <summary>What the actors of the RIB and of the peers answer.</summary>
    private object Answer(object message) => message switch
    {
        PeerSetProtocol.GetStatus => new PeerSetProtocol.Status(
            [new PeerSetProtocol.PeerStatus(Peer, PeerType.Global, Spec(new PeerPolicy()).Session.PeerAddress, _state, DateTimeOffset.UnixEpoch, "Established", Spec(new PeerPolicy()))]),
        RibProtocol.Lookup(var address) => new RibProtocol.Routes(_rib.Lookup(address) is { } route ? [route] : []),
        PeerSetProtocol.Clear clear => Note(_cleared, clear),
        RibProtocol.Resend(var peer) => Note(_resent, peer),
        RibProtocol.GetRoutePage(var range) => _rib.Routes(range),
        RibProtocol.GetReceived(var peer, var range) => _rib.Received(peer, range),
        RibProtocol.GetAdvertised(var peer, var range) => _rib.Advertised(peer, range),
        _ => throw new InvalidOperationException($"nobody is asked {message}"),
    };
}
