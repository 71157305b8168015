using Agent.Actors.Bgp;
using Agent.Bgp.Rib;

namespace Agent.Conformance.Tests.Robustness;

/// <summary>A peer sends a full table, and operators list it: a peer with a short hold time stays.</summary>
[Collection(Alone.Name)]
public sealed class FullTableTests
{
    private const byte Host = 1;

    [Fact]
    public Task A_hundred_thousand_routes_come_are_listed_and_go() => LoadAsync(100_000);

    [Fact]
    [Trait("Category", "Slow")]
    public Task A_million_routes_come_are_listed_and_go() => LoadAsync(1_000_000);

    private static async Task LoadAsync(int routes)
    {
        using var arena = await Arena.CreateAsync(RawPeer.Spec(Host));
        using (var peer = (await arena.PeerAsync(Host)).Live())
        {
            peer.Send(Bytes.Announce(0, routes, peer.As, Host));
            await arena.KnownAsync(routes);

            // As fast as one can read, with another reader beside and the counts that 'bgp peers --watch' wants.
            await Task.WhenAll(ListAsync(arena, routes), ListAsync(arena, routes));
            await arena.AssertWitnessAsync();
        }

        await arena.KnownAsync(0);
    }

    private static async Task ListAsync(Arena arena, int routes)
    {
        var (range, listed) = (new RouteRange { Most = 1000 }, 0);
        while (true)
        {
            var page = await arena.Node.AskRibAsync<RoutePage<RouteView>>(new RibProtocol.GetRoutePage(range));
            listed += page.Items.Length;
            var counts = await arena.Node.AskRibAsync<RibProtocol.Counts>(RibProtocol.GetCounts.Instance);
            Assert.Equal(routes, counts.Peers.Single(count => count.Peer == RawPeer.NameOf(Host)).Best);
            if (page.Next is not { } next) break;
            range = range with { After = next };
        }

        Assert.Equal(routes, listed);
    }
}
