using Agent.Bgp.Policy;
using Agent.Bgp.Rib;
using Agent.Primitives;

namespace Agent.Bgp.Tests.Routing;

/// <summary>The state depends on what was said, not on the road to it.</summary>
public sealed class RibOrderTests
{
    private static readonly string[] Peers = ["b", "c", "d", "tor", "tor2"];
    private static readonly string[] Prefixes =
    [
        "0.0.0.0/0", "10.0.0.2/32", "10.0.0.0/25", "10.48.1.0/26", "10.48.1.7/32", "10.48.2.0/26", "10.48.3.0/26", "10.96.0.0/16", "172.16.0.0/12",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void Any_road_to_the_same_inputs_ends_in_the_same_state_as_from_scratch(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 25; round++)
        {
            var world = World.Draw(random);

            var fresh = new Speaker();
            world.ApplyTo(fresh, random, detours: 0);
            var wandering = new Speaker();
            world.ApplyTo(wandering, random, detours: 40);

            Assert.Equal(Describe(fresh), Describe(wandering));
        }
    }

    private static string Describe(Speaker speaker)
    {
        speaker.Settle();
        var lines = new List<string>();
        lines.AddRange(speaker.KernelText);
        foreach (var route in speaker.Rib.Routes())
        {
            lines.Add($"{route.Prefix} {route.Kernel}");
            foreach (var path in route.Paths) lines.Add($"  {path.Peer} {path.Reason} {path.Multipath} {path.Import} {path.ResolvedTo} {path.Stale}");
        }

        foreach (var count in speaker.Rib.Counts())
        {
            var received = speaker.Rib.Received(count.Peer);
            Assert.Equal(
                (received.Count, received.Count(route => route.Path.Import == ImportVerdict.Accepted), received.Count(route => route.Path.Best),
                    received.Count(route => route.Path.Stale), speaker.Rib.Advertised(count.Peer).Count),
                (count.Received, count.Accepted, count.Best, count.Stale, count.Advertised));
        }

        foreach (var peer in Peers)
        {
            var told = speaker.Rib.Advertised(peer);

            // It believes what we think we told it.
            Assert.Equal(
                told.Select(route => $"{route.PathId} {Text(route.Prefix, route.Attributes)}"),
                speaker.Paths(peer).Select(path => $"{path.Key.Id} {Text(path.Key.Prefix, path.Value)}"));
            lines.AddRange(told.Select(route => $"{peer} <- {Text(route.Prefix, route.Attributes)}").Order(StringComparer.Ordinal));
        }

        return string.Join('\n', lines);
    }

    private static string Text(IpPrefix prefix, PathAttributes attributes) =>
        $"{prefix} via {attributes.NextHop} [{attributes.AsPath}] {attributes.Origin} med {attributes.Med} pref {attributes.LocalPref} "
        + $"from {attributes.OriginatorId} through {string.Join(',', attributes.ClusterList)}";

    private sealed class World
    {
        private readonly SortedDictionary<string, PeerPolicy> _peers = new(StringComparer.Ordinal);
        private readonly SortedDictionary<(string Peer, string Prefix), PathAttributes> _routes = [];
        private RibPolicy _policy = RibPolicy.Empty;
        private LocalRoute[] _originated = [];
        private bool _gateway;
        private int _link;

        public static World Draw(Random random)
        {
            var world = new World
            {
                _policy = Policy(random),
                _originated = Originated(random),
                _gateway = random.Next(2) == 0,
                _link = random.Next(2, 4),
            };
            foreach (var peer in Peers)
            {
                world._peers[peer] = PolicyOf(peer, random);
                foreach (var prefix in Prefixes)
                    if (random.Next(2) == 0) world._routes[(peer, prefix)] = Attributes(peer, random);
            }

            return world;
        }

        public void ApplyTo(Speaker speaker, Random random, int detours)
        {
            foreach (var peer in Peers.OrderBy(_ => random.Next())) Up(speaker, peer, PolicyOf(peer, random));
            for (var i = 0; i < detours; i++) Detour(speaker, random);

            var steps = new List<Action>
            {
                () => speaker.Rib.SetPolicy(_policy),
                () => speaker.Rib.SetOriginated(_originated),
                () => Connect(speaker, _link, _gateway),
            };
            foreach (var (peer, policy) in _peers) steps.Add(() => speaker.Rib.SetPeerPolicy(peer, policy));
            foreach (var peer in Peers)
            {
                foreach (var prefix in Prefixes)
                {
                    if (_routes.TryGetValue((peer, prefix), out var attributes)) steps.Add(() => speaker.Announce(peer, attributes, prefix));
                    else steps.Add(() => speaker.Withdraw(peer, prefix));
                }
            }

            foreach (var step in steps.OrderBy(_ => random.Next()).ToArray())
            {
                step();
                if (detours > 0) Pause(speaker, random);
            }

            foreach (var peer in Peers)
            {
                speaker.EndOfRib(peer);
                speaker.Ready(peer);
            }
        }

        private static void Detour(Speaker speaker, Random random)
        {
            var peer = Peers[random.Next(Peers.Length)];
            var prefix = Prefixes[random.Next(Prefixes.Length)];
            switch (random.Next(15))
            {
                case 12: speaker.Block(peer); break;
                case 13: speaker.Ready(peer); break;
                case 9:
                    speaker.Rib.RefreshBegun(peer, IpFamily.V4);
                    speaker.Announce(peer, Attributes(peer, random), prefix);
                    Pause(speaker, random);
                    speaker.Rib.RefreshEnded(peer, IpFamily.V4);
                    break;
                case 10:
                    speaker.Rib.PeerDown(peer, keepStale: true);
                    Pause(speaker, random);
                    speaker.Rib.StaleExpired(peer, IpFamily.V4);
                    Pause(speaker, random);
                    if (random.Next(2) == 0) speaker.Rib.LongLivedExpired(peer, IpFamily.V4);
                    Up(speaker, peer, PolicyOf(peer, random));
                    break;
                case 0: speaker.Rib.SetPolicy(Policy(random)); break;
                case 1: speaker.Rib.SetOriginated(Originated(random)); break;
                case 2: Connect(speaker, random.Next(2, 5), random.Next(2) == 0); break;
                case 3: speaker.Rib.SetPeerPolicy(peer, PolicyOf(peer, random)); break;
                case 4:
                    speaker.Rib.PeerDown(peer, keepStale: random.Next(2) == 0);
                    Pause(speaker, random);
                    Up(speaker, peer, PolicyOf(peer, random));
                    break;
                case 5: speaker.Rib.RefreshRequested(peer, IpFamily.V4); break;
                case 6: speaker.Withdraw(peer, prefix); break;
                default: speaker.Announce(peer, Attributes(peer, random), prefix); break;
            }

            Pause(speaker, random);
        }

        private static void Pause(Speaker speaker, Random random)
        {
            if (random.Next(3) == 0) speaker.Rib.Work(random.Next(10));
            if (random.Next(6) == 0) speaker.Settle(dumpBudget: 2);
        }

        private static void Up(Speaker speaker, string peer, PeerPolicy policy)
        {
            var address = $"10.0.0.{Array.IndexOf(Peers, peer) + 2}";
            speaker.Up(
                peer, address, peer.StartsWith("tor", StringComparison.Ordinal) ? 65001u : Speaker.As, policy: policy,
                terms: speaker.Terms(address, addPath: peer is "b" or "c" or "tor2"));
        }

        private static void Connect(Speaker speaker, int link, bool gateway) => speaker.Rib.SetConnected(gateway
            ? speaker.OnLink(link, new ForeignRoute(IpPrefix.Parse("0.0.0.0/0"), IpAddr.Parse("10.0.0.254"), link))
            : speaker.OnLink(link));

        private static PeerPolicy PolicyOf(string peer, Random random) => new()
        {
            ClientClusterId = peer is "b" or "c" or "d" && random.Next(2) == 0 ? (uint)random.Next(1, 3) : null,
            NextHopMode = (NextHopMode)random.Next(3),
            AllowedLocalAs = random.Next(2),
        };

        private static RibPolicy Policy(Random random) => new()
        {
            Pools = [new PolicyPool(IpPrefix.Parse("10.48.0.0/16"), random.Next(4) == 0, random.Next(4) == 0), new PolicyPool(IpPrefix.Parse("0.0.0.0/1"))],
            OwnBlocks = [new OwnBlock(IpPrefix.Parse("10.48.1.0/26"), (BlockState)random.Next(3))],
            KernelRejects = random.Next(2) == 0 ? [IpPrefix.Parse("10.96.0.0/16")] : [],
        };

        private static LocalRoute[] Originated(Random random)
        {
            LocalRoute[] all =
            [
                new(IpPrefix.Parse("10.48.1.0/26"), LocalRouteKind.Block),
                new(IpPrefix.Parse("10.48.1.7/32"), LocalRouteKind.Workload, random.Next(7, 9)),
                new(IpPrefix.Parse("10.96.0.0/16"), LocalRouteKind.Service),
            ];
            return [.. all.Where(_ => random.Next(2) == 0)];
        }

        private static PathAttributes Attributes(string peer, Random random)
        {
            string[] nextHops = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.48.1.7", "10.48.2.9", "192.0.2.1"];
            var isInternal = !peer.StartsWith("tor", StringComparison.Ordinal);
            uint[][] paths = [[65001], [65001, 65002], [65003], [64512]];
            return new PathAttributes
            {
                NextHop = IpAddr.Parse(nextHops[random.Next(nextHops.Length)]),
                AsPath = AsPath.Of(paths[random.Next(paths.Length)]),
                Origin = (Origin)random.Next(2),
                Med = random.Next(2) == 0 ? null : (uint)random.Next(3),
                LocalPref = isInternal ? (uint)random.Next(100, 102) : null,
                ClusterList = isInternal && random.Next(3) == 0 ? [(uint)random.Next(1, 3)] : [],
                OriginatorId = isInternal && random.Next(3) == 0 ? (uint)random.Next(1, 4) : null,
            };
        }
    }
}
