using Agent.Bgp.Policy;
using Agent.Bgp.Rib;
using Agent.Primitives;

namespace Agent.Bgp.Tests.Routing;

/// <summary>Tables are shown a page at a time; the pages together are the table.</summary>
public sealed class RibPageTests
{
    private readonly Speaker _speaker = new();

    public RibPageTests()
    {
        var random = new Random(7);
        _speaker.Rib.SetPolicy(Speaker.Pool("10.0.0.0/8"));
        foreach (var peer in (string[])["b", "c", "d"])
            _speaker.Up(peer, $"10.0.0.{(int)peer[0]}", peerAs: 65000 + (uint)peer[0]);
        for (var i = 0; i < 300; i++)
        {
            var peer = (string[])["b", "c", "d"];
            var from = peer[random.Next(3)];
            _speaker.Announce(from, Speaker.External($"10.0.0.{(int)from[0]}", 65000 + (uint)from[0]),
                $"10.{random.Next(20)}.{random.Next(4) * 64}.0/{random.Next(18, 25)}");
        }

        _speaker.Settle();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void The_pages_of_a_table_are_the_table(int most)
    {
        var rib = _speaker.Rib;
        Assert.Equal(rib.Routes(), Pages(most, range => rib.Routes(range)));
        Assert.Equal(rib.Received("b"), Pages(most, range => rib.Received("b", range)));
        Assert.Equal(rib.Advertised("c"), Pages(most, range => rib.Advertised("c", range)));
        Assert.True(rib.Received("b").Count > 50);
    }

    [Fact]
    public void A_page_is_of_the_prefixes_inside_the_one_that_is_named()
    {
        var within = IpPrefix.Parse("10.3.0.0/16");

        var page = _speaker.Rib.Routes(new RouteRange { Within = within, Most = 1000 });

        Assert.Equal(_speaker.Rib.Routes().Where(route => within.Contains(route.Prefix)), page.Items);
        Assert.NotEmpty(page.Items);
        Assert.Null(page.Next);
    }

    [Fact]
    public void One_prefix_is_looked_up()
    {
        var rib = _speaker.Rib;
        foreach (var prefix in rib.Routes().Select(route => route.Prefix).Append(IpPrefix.Parse("10.0.0.0/9")))
        {
            var only = new RouteRange { Only = prefix, Within = prefix, Most = 1 };
            Assert.Equal(rib.Routes().Where(route => route.Prefix == prefix), rib.Routes(only).Items);
            Assert.Equal(rib.Received("b").Where(route => route.Prefix == prefix), rib.Received("b", only).Items);
            Assert.Equal(rib.Advertised("c").Where(route => route.Prefix == prefix), rib.Advertised("c", only).Items);
            Assert.Null(rib.Advertised("c", only).Next);
        }

        Assert.False(rib.HasListings);
    }

    [Fact]
    public void The_longest_prefix_around_an_address_is_looked_up_in_the_table_that_is_meant()
    {
        var rib = _speaker.Rib;
        _speaker.Announce("b", Speaker.Internal("10.0.0.2"), "0.0.0.0/0", "10.3.0.0/16", "10.3.4.5/32");
        _speaker.Settle();
        foreach (var address in (IpAddr[])[IpAddr.Parse("10.3.4.5"), IpAddr.Parse("10.3.4.6"), IpAddr.Parse("192.0.2.1"), IpAddr.Parse("fd00::1")])
        {
            var around = new RouteRange { Around = address, Most = 1 };
            var given = rib.Received("b").Where(route => route.Prefix.Contains(address)).OrderByDescending(route => route.Prefix.Length).Take(1);
            var told = rib.Advertised("c").Where(route => route.Prefix.Contains(address)).OrderByDescending(route => route.Prefix.Length).Take(1);
            Assert.Equal(given, rib.Received("b", around).Items);
            Assert.Equal(told, rib.Advertised("c", around).Items);
        }

        Assert.Equal("10.3.4.5/32", rib.Received("b", new RouteRange { Around = IpAddr.Parse("10.3.4.5"), Most = 1 }).Items.Single().Prefix.ToString());
        Assert.False(rib.HasListings);
    }

    [Fact]
    public void Pages_of_several_readers_and_of_a_table_that_changes_are_in_order_and_leave_out_only_what_came_or_went()
    {
        var rib = _speaker.Rib;
        var before = rib.Routes().Select(route => route.Prefix).ToArray();
        var readers = Enumerable.Range(0, 6).Select(_ => (Seen: new List<IpPrefix>(), Range: new RouteRange { Most = 9 })).ToArray();
        var (gone, random) = (new HashSet<IpPrefix>(), new Random(5));
        for (var open = readers.Length; open > 0;)
        {
            var at = random.Next(readers.Length);
            var (seen, range) = readers[at];
            if (range.Most == 0) continue;
            var page = rib.Routes(range);
            Assert.True(page.Items.Length <= 9);
            seen.AddRange(page.Items.Select(route => route.Prefix));
            readers[at].Range = page.Next is { } next ? range with { After = next } : default;
            if (page.Next is null) open--;

            var victim = before[random.Next(before.Length)];
            if (!gone.Add(victim)) continue;
            foreach (var peer in (string[])["b", "c", "d"]) _speaker.Withdraw(peer, victim.ToString());
            _speaker.Announce("b", Speaker.External("10.0.0.98", 65098), $"10.99.{gone.Count}.0/24");
            _speaker.Settle();
        }

        foreach (var (seen, _) in readers)
        {
            Assert.Equal(seen.Order().Distinct(), seen);
            Assert.Empty(before.Except(gone).Except(seen));
        }

        rib.Routes(new RouteRange { Most = 1 });
        Assert.True(rib.HasListings);
        rib.EndListings();
        Assert.False(rib.HasListings);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_large_table_in_any_order_is_listed_in_order(int seed)
    {
        var random = new Random(seed);
        var prefixes = Enumerable.Range(0, 20_000).Select(number => new IpPrefix(IpAddr.FromV4((uint)number << 10), 22)).ToArray();
        if (seed == 2) random.Shuffle(prefixes);
        var rib = new Agent.Bgp.Rib.Rib();
        rib.SetOriginated(prefixes.Select(prefix => new LocalRoute(prefix, LocalRouteKind.Service)));
        rib.Work();

        Assert.Equal(prefixes.Order(), Pages(1000, range => rib.Routes(range)).Select(route => route.Prefix));
        Assert.Equal(prefixes.Order().Skip(7001).Take(10), rib.Routes(new RouteRange { Most = 10, After = prefixes.Order().ElementAt(7000) })
            .Items.Select(route => route.Prefix));
    }

    [Fact]
    public void An_address_is_looked_up_by_its_longest_prefix_that_has_a_usable_path()
    {
        _speaker.Announce("b", Speaker.External("10.0.0.98", 65098), "10.200.0.0/16");
        _speaker.Announce("b", Speaker.External("10.0.0.98", 65098, Speaker.As), "10.200.1.0/24");
        _speaker.Settle();

        Assert.Equal("10.200.0.0/16", _speaker.Rib.Lookup(IpAddr.Parse("10.200.1.1"))?.Prefix.ToString());
        Assert.Null(_speaker.Rib.Lookup(IpAddr.Parse("192.0.2.1")));
    }

    [Fact]
    public void What_each_peer_gave_and_was_told_is_counted()
    {
        var rib = _speaker.Rib;
        _speaker.Announce("b", Speaker.External("10.0.0.98", 65098, Speaker.As), "10.201.0.0/16");
        _speaker.Settle();
        _speaker.Rib.PeerDown("d", keepStale: true);
        _speaker.Settle();

        foreach (var count in rib.Counts())
        {
            var received = rib.Received(count.Peer);
            Assert.Equal(
                (received.Count, received.Count(route => route.Path.Import == ImportVerdict.Accepted),
                    received.Count(route => route.Path.Best), received.Count(route => route.Path.Stale),
                    rib.Advertised(count.Peer).Count),
                (count.Received, count.Accepted, count.Best, count.Stale, count.Advertised));
        }

        Assert.Equal(["b", "c", "d"], rib.Counts().Select(count => count.Peer));
    }

    private static IEnumerable<T> Pages<T>(int most, Func<RouteRange, RoutePage<T>> read)
    {
        var range = new RouteRange { Most = most };
        while (true)
        {
            var page = read(range);
            foreach (var item in page.Items) yield return item;
            if (page.Next is not { } next) yield break;
            range = range with { After = next };
        }
    }
}
