using Agent.Bgp.Rib;
using Agent.Primitives;

namespace Agent.Bgp.Tests.Routing;

/// <summary>Next hops against a model that looks at everything anew, while links, gateways and routes come and go (spec 4.2).</summary>
public sealed class NextHopModelTests
{
    private static readonly string[] NextHops =
    [
        "10.0.0.2", "10.0.1.2", "10.0.0.130", "10.48.1.7", "192.0.2.1", "10.0.0.1",
        "198.51.100.7", "203.0.113.1", "203.0.113.129", "fe80::7",
    ];
    private static readonly string[] Routes = ["10.0.0.0/25", "10.0.0.128/25", "10.48.1.0/26", "192.0.2.0/24", "0.0.0.0/0", "10.48.1.7/32"];

    private static readonly IpAddr Peer = IpAddr.Parse("10.0.0.2");

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Every_answer_is_the_one_of_the_longest_match_over_all_that_the_node_knows(int seed)
    {
        var random = new Random(seed);
        var speaker = new Speaker();
        speaker.Up("b", "10.0.0.2");
        var state = ConnectedState.Empty;
        LocalRoute[] local = [];
        for (var step = 0; step < 300; step++)
        {
            var prefix = Routes[random.Next(Routes.Length)];
            switch (random.Next(4))
            {
                case 0: speaker.Rib.SetConnected(state = Connected(random)); break;
                case 1: speaker.Rib.SetOriginated(local = Originated(random)); break;
                case 2: speaker.Withdraw("b", prefix); break;
                default: speaker.Announce("b", Speaker.Internal(NextHops[random.Next(NextHops.Length)]), prefix); break;
            }

            if (random.Next(3) > 0) continue;
            speaker.Settle();
            var routes = speaker.Rib.Routes();
            foreach (var path in routes.SelectMany(route => route.Paths).Where(path => path.Peer is not null))
                Assert.Equal(Model(path.Attributes!.NextHop, state, local, routes).FirstOrDefault(), path.ResolvedTo ?? default);
            foreach (var route in routes.Where(route => route.Paths is [{ Best: true, Peer: not null }]))
                Assert.Equal(
                    Model(route.Paths[0].Attributes!.NextHop, state, local, routes).Distinct().Order(),
                    route.Kernel.Kind == RibRouteKind.Via ? route.Kernel.NextHops : []);
        }
    }

    private static NextHop[] Model(IpAddr address, ConnectedState state, LocalRoute[] local, IReadOnlyList<RouteView> routes)
    {
        if (address.IsV6LinkLocal)
            return [.. Model(Peer, state, local, []).Where(hop => hop.Gateway == Peer).Select(hop => hop with { Gateway = address })];
        var known = new List<(IpPrefix Prefix, int Rank, NextHop[] Answer)>();
        known.AddRange(state.OwnAddresses.Select(own => (IpPrefix.Host(own), 4, (NextHop[])[])));
        known.AddRange(state.Networks.Select(network => (network.Network, 3, (NextHop[])[new(address, network.Link)])));
        known.AddRange(routes.Select(route => (
            route.Prefix, 2, local.FirstOrDefault(each => each.Prefix == route.Prefix) is { Kind: LocalRouteKind.Workload } pod
                ? (NextHop[])[new(address, pod.Link)]
                : [])));
        known.AddRange(state.Foreign.GroupBy(route => route.Destination).Select(ways => (
            ways.Key, 1, ways.Where(way => way.Link != 0)
                .Select(way => new NextHop(way.Gateway.IsDefault ? address : way.Gateway, way.Link)).ToArray())));
        return known.Where(each => each.Prefix.Contains(address))
            .OrderByDescending(each => each.Prefix.Length).ThenByDescending(each => each.Rank)
            .Select(each => each.Answer).FirstOrDefault() ?? [];
    }

    private static ConnectedState Connected(Random random) => new()
    {
        Networks = [.. Some(random, new ConnectedNetwork(IpPrefix.Parse("10.0.0.0/24"), random.Next(2, 4)), new ConnectedNetwork(IpPrefix.Parse("10.0.1.0/24"), 4))],
        OwnAddresses = [IpAddr.Parse("10.0.0.1")],
        Foreign = [.. Some(random, Default(random), Network(random), OnLink, Dropped).SelectMany(ways => ways)],
    };

    private static readonly ForeignRoute[] OnLink = [new(IpPrefix.Parse("198.51.100.0/24"), default, 5)];

    private static readonly ForeignRoute[] Dropped = [new(IpPrefix.Parse("203.0.113.0/25"), default, 0)];

    private static ForeignRoute[] Default(Random random) =>
    [
        new(IpPrefix.Parse("0.0.0.0/0"), IpAddr.Parse("10.0.0.254"), 2),
        .. Some(random, new ForeignRoute(IpPrefix.Parse("0.0.0.0/0"), IpAddr.Parse("10.0.1.254"), 4)),
    ];

    private static ForeignRoute[] Network(Random random) =>
    [
        new(IpPrefix.Parse("192.0.2.0/24"), random.Next(2) == 0 ? default : IpAddr.Parse("10.0.1.254"), 4),
        .. Some(random, new ForeignRoute(IpPrefix.Parse("192.0.2.0/24"), default, 3)),
    ];

    private static LocalRoute[] Originated(Random random) =>
    [
        .. Some(
            random, new LocalRoute(IpPrefix.Parse("10.48.1.0/26"), LocalRouteKind.Block),
            new LocalRoute(IpPrefix.Parse("10.48.1.7/32"), LocalRouteKind.Workload, random.Next(7, 9))),
    ];

    private static IEnumerable<T> Some<T>(Random random, params T[] all) => all.Where(_ => random.Next(2) == 0).ToArray();
}
