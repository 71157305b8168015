using System.Buffers.Binary;
using Agent.Netlink.Wire;
using Agent.Primitives;

namespace Agent.Netlink.Tests.Wire;

public sealed class RouteBatchTests
{
    private const ushort Acknowledge = 4;
    private readonly byte[] _buffer = new byte[RouteBatch.BufferSize];

    [Fact]
    public void A_thousand_routes_fill_one_send_and_only_the_last_asks_for_an_acknowledgement()
    {
        var length = RouteBatch.Write(_buffer, Changes(1500), 100, out var taken);

        Assert.Equal((1000, 52_000), (taken, length));
        var asked = new List<uint>();
        for (var at = 0; at < length; at += 52)
            if ((BinaryPrimitives.ReadUInt16LittleEndian(_buffer.AsSpan(at + 6)) & Acknowledge) != 0)
                asked.Add(BinaryPrimitives.ReadUInt32LittleEndian(_buffer.AsSpan(at + 8)));
        Assert.Equal([1099u], asked);
    }

    [Fact]
    public void Routes_that_do_not_fit_are_left_for_the_next_send()
    {
        var wide = NextHops.Of([.. Enumerable.Range(1, NextHops.Limit).Select(i => new NextHop(IpAddr.FromV4((uint)i), i))]);
        var changes = Changes(100).Select(change => RouteChange.Replace(change.Route with { NextHops = wide })).ToArray();

        var length = RouteBatch.Write(_buffer, changes, 1, out var taken);

        Assert.Equal(14, taken);
        Assert.Equal(taken * (16 + 12 + 8 + 4 + NextHops.Limit * 16), length);
    }

    [Fact]
    public void Nothing_to_write_writes_nothing()
    {
        Assert.Equal(0, RouteBatch.Write(_buffer, [], 1, out var taken));
        Assert.Equal(0, taken);
    }

    [Fact]
    public void Writing_a_batch_allocates_nothing()
    {
        var changes = Changes(1000);
        RouteBatch.Write(_buffer, changes, 1, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 20; i++) RouteBatch.Write(_buffer, changes, 1, out _);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static RouteChange[] Changes(int count)
    {
        var hops = NextHops.Of(new NextHop(IpAddr.Parse("10.0.0.10"), 2));
        return [.. Enumerable.Range(0, count).Select(i =>
            RouteChange.Replace(KernelRoute.Via(new IpPrefix(IpAddr.FromV4(0x0B00_0000u + (uint)i * 256), 24), hops)))];
    }
}
