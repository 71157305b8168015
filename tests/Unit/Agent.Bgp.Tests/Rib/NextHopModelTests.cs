using Agent.Bgp.Rib;
using Agent.Primitives;

namespace Agent.Bgp.Tests.Routing;

/// <summary>Next hops against a model that looks at everything anew, while links, gateways and routes come and go (spec 4.2).</summary>
public sealed class NextHopModelTests
{
    private static readonly string[] NextHops = ["10.0.0.2", "10.0.1.2", "10.0.0.130", "10.48.1.7", "192.0.2.1", "10.0.0.1"];
    private static readonly string[] Routes = ["10.0.0.0/25", "10.0.0.128/25", "10.48.1.0/26", "192.0.2.0/24", "0.0.0.0/0", "10.48.1.7/32"];

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
                Assert.Equal(Model(path.Attributes!.NextHop, state, local, routes), path.ResolvedTo);
        }
    }

    private static NextHop? Model(IpAddr address, ConnectedState state, LocalRoute[] local, IReadOnlyList<RouteView> routes)
    {
        var known = new List<(IpPrefix Prefix, int Rank, NextHop? Answer)>();
        known.AddRange(state.OwnAddresses.Select(own => (IpPrefix.Host(own), 4, (NextHop?)null)));
        known.AddRange(state.Networks.Select(network => (network.Network, 3, (NextHop?)new NextHop(address, network.Link))));
        known.AddRange(routes.Select(route => (
            route.Prefix, 2, local.FirstOrDefault(each => each.Prefix == route.Prefix) is { Kind: LocalRouteKind.Workload } pod
                ? new NextHop(address, pod.Link)
                : (NextHop?)null)));
        known.AddRange(state.Gateways.Select(route => (route.Destination, 1, (NextHop?)new NextHop(route.Gateway, route.Link))));
        return known.Where(each => each.Prefix.Contains(address))
            .OrderByDescending(each => each.Prefix.Length).ThenByDescending(each => each.Rank)
            .Select(each => each.Answer).FirstOrDefault();
    }

    private static ConnectedState Connected(Random random) => new()
    {
        Networks = [.. Some(random, new ConnectedNetwork(IpPrefix.Parse("10.0.0.0/24"), random.Next(2, 4)), new ConnectedNetwork(IpPrefix.Parse("10.0.1.0/24"), 4))],
        OwnAddresses = [IpAddr.Parse("10.0.0.1")],
        Gateways = [.. Some(
            random, new GatewayRoute(IpPrefix.Parse("0.0.0.0/0"), IpAddr.Parse("10.0.0.254"), 2),
            new GatewayRoute(IpPrefix.Parse("192.0.2.0/24"), IpAddr.Parse("10.0.1.254"), 4))],
    };

    private static LocalRoute[] Originated(Random random) =>
    [
        .. Some(
            random, new LocalRoute(IpPrefix.Parse("10.48.1.0/26"), LocalRouteKind.Block),
            new LocalRoute(IpPrefix.Parse("10.48.1.7/32"), LocalRouteKind.Workload, random.Next(7, 9))),
    ];

    private static IEnumerable<T> Some<T>(Random random, params T[] all) => all.Where(_ => random.Next(2) == 0).ToArray();
}
