using System.Globalization;
using Agent.Bgp.Rib;
using Agent.Primitives;

namespace Agent.Bgp.Tests.Routing;

public sealed class RibAllocationTests
{
    private const int Routes = 1000;

    [Fact]
    public void Announcing_a_thousand_routes_again_allocates_nothing_for_them()
    {
        var speaker = Loaded(out var first, out _);

        Assert.InRange(Allocated(speaker, first, rounds: 1), 0, 1024);
    }

    [Fact]
    public void Changing_a_thousand_routes_allocates_less_than_their_bytes_on_the_wire_and_a_constant()
    {
        var speaker = Loaded(out var first, out var second);
        Allocated(speaker, second, 1);
        Allocated(speaker, first, 1);

        // One copy of the messages, some 5 bytes for a route, which two peers share; attribute sets and lists once per round.
        Assert.InRange(Allocated(speaker, second, rounds: 1), 1, 16 * 1024);
    }

    private static long Allocated(Speaker speaker, UpdateBatch batch, int rounds)
    {
        var changes = new RibChange[2 * Routes];
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < rounds; i++)
        {
            speaker.Rib.Apply("b", batch);
            speaker.Rib.Work();
            speaker.Rib.TakeOutput();
            speaker.Rib.TakeRouteChanges(changes);
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static Speaker Loaded(out UpdateBatch first, out UpdateBatch second)
    {
        var speaker = new Speaker();
        speaker.Rib.SetPolicy(Speaker.Pool("10.48.0.0/16"));
        foreach (var (name, last) in new[] { ("b", 2), ("c", 3), ("d", 4) })
            speaker.Up(name, string.Create(CultureInfo.InvariantCulture, $"10.0.0.{last}"), policy: new PeerPolicy { ClientClusterId = 1 });
        first = Batch("10.0.0.2");
        second = Batch("10.0.0.20");
        foreach (var batch in new[] { first, second, first, first }) Allocated(speaker, batch, 1);
        Assert.Equal(Routes, speaker.Rib.Advertised("c").Count);
        return speaker;
    }

    private static UpdateBatch Batch(string nextHop)
    {
        var batch = new UpdateBatch();
        var attributes = batch.Add(Speaker.Internal(nextHop));
        for (uint i = 0; i < Routes; i++)
        {
            var prefix = new IpPrefix(IpAddr.FromV4(0x0a300000 + i * 64), 26);
            batch.Add(new RouteOperation(RouteOperationKind.Announce, IpFamily.V4, attributes, new Nlri(prefix)));
        }

        return batch;
    }
}
