using Agent.Bgp.Wire;
using Agent.Primitives;
using static Agent.Bgp.Tests.Wire.Octets;

namespace Agent.Bgp.Tests.Wire;

public sealed class UpdateCodecTests
{
    private static readonly UpdateFormat V4 = new(IpFamily.V4, AddPath: false, FourByteAs: true);
    private static readonly UpdateFormat V6 = new(IpFamily.V6, AddPath: false, FourByteAs: true);

    private static readonly PathAttributes Internal = new()
    {
        NextHop = IpAddr.Parse("10.0.0.1"),
        LocalPref = 100,
    };

    private readonly byte[] _buffer = new byte[4096];

    [Fact]
    public void A_block_is_announced_as_the_rfc_says()
    {
        var size = UpdateCodec.WriteAnnouncement(_buffer, Internal, V4, [Nlri("10.48.110.0/26"), Nlri("0.0.0.0/0")], out var consumed);

        Assert.Equal(2, consumed);
        Assert.Equal(
            Text(Hex(Marker + "0032 02 0000 0015" + "400101 00" + "400200" + "400304 0a000001" + "400504 00000064" + "1a 0a306e00 00")),
            Text(_buffer.AsSpan(0, size)));
        Assert.Equal(19 + 4 + 21 + 6, size);
    }

    [Fact]
    public void Attributes_stand_in_the_order_of_their_types_with_the_right_flags()
    {
        var all = Internal with
        {
            Origin = Origin.Incomplete,
            AsPath = new AsPath([new(AsSegmentKind.Sequence, [65001, 65536]), new(AsSegmentKind.Set, [7])]),
            Med = 5,
            AtomicAggregate = true,
            Aggregator = new Aggregator(65536, IpAddr.Parse("1.2.3.4")),
            Communities = [0xfde90001],
            OriginatorId = 0x01010101,
            ClusterList = [0x02020202],
            LargeCommunities = [new LargeCommunity(1, 2, 3)],
            ExtendedCommunities = [new ExtendedCommunity(0x0002fde900000064)],
            Ipv6ExtendedCommunities = [new Ipv6ExtendedCommunity(3, IpAddr.Parse("fd00::1"), 7)],
            OnlyToCustomer = 65001,
            Unknown = [new UnknownAttribute(0xc0, 19, [1]), new UnknownAttribute(0xc0, 26, [2]), new UnknownAttribute(0xe0, 225, [3])],
        };

        var size = UpdateCodec.WriteAnnouncement(_buffer, all, V4 with { FourByteAs = false }, [Nlri("10.0.0.0/8")], out _);

        Assert.Equal(
            Text(Hex(
                "400101 02" + "40020a 0202 fde9 5ba0 0101 0007" + "400304 0a000001" + "800404 00000005" + "400504 00000064" + "400600"
                + "c00706 5ba0 01020304" + "c00804 fde90001" + "800904 01010101" + "800a04 02020202" + "c01008 0002fde900000064"
                + "c01110 0202 0000fde9 00010000 0101 00000007" + "c01208 00010000 01020304" + "e01301 01"
                + "c01914 0003 fd000000000000000000000000000001 0007" + "e01a01 02"
                + "c0200c 000000010000000200000003" + "c02304 0000fde9" + "e0e101 03" + "08 0a")),
            Text(_buffer.AsSpan(23, size - 23)));
    }

    [Fact]
    public void Ipv6_is_announced_in_mp_reach_which_comes_first()
    {
        var attributes = Internal with { NextHop = IpAddr.Parse("2001:db8::1") };

        var size = UpdateCodec.WriteAnnouncement(_buffer, attributes, V6, [Nlri("fd00:1::/64")], out _);

        Assert.Equal(
            Text(Hex("900e001e 0002 01 10 20010db8000000000000000000000001 00 40 fd00000100000000" + "400101 00 400200 400504 00000064")),
            Text(_buffer.AsSpan(23, size - 23)));
    }

    [Fact]
    public void Withdrawals_and_end_of_rib_of_both_families()
    {
        var v4 = UpdateCodec.WriteWithdrawal(_buffer, V4, [Nlri("10.48.110.0/26")], out _);
        Assert.Equal(Text(Message(BgpMessageType.Update, Hex("0005 1a0a306e00 0000"))), Text(_buffer.AsSpan(0, v4)));

        var v6 = UpdateCodec.WriteWithdrawal(_buffer, V6, [Nlri("fd00::/16")], out _);
        Assert.Equal(Text(Message(BgpMessageType.Update, Hex("0000 000a 900f0006 0002 01 10fd00"))), Text(_buffer.AsSpan(0, v6)));

        var end4 = UpdateCodec.WriteEndOfRib(_buffer, IpFamily.V4);
        Assert.Equal(Text(Message(BgpMessageType.Update, Hex("0000 0000"))), Text(_buffer.AsSpan(0, end4)));

        var end6 = UpdateCodec.WriteEndOfRib(_buffer, IpFamily.V6);
        Assert.Equal(Text(Message(BgpMessageType.Update, Hex("0000 0007 900f0003 0002 01"))), Text(_buffer.AsSpan(0, end6)));
    }

    [Fact]
    public void Path_identifiers_stand_before_their_prefixes()
    {
        var size = UpdateCodec.WriteWithdrawal(_buffer, V4 with { AddPath = true }, [Nlri("10.0.0.0/8", 7)], out _);

        Assert.Equal(Text(Message(BgpMessageType.Update, Hex("0006 00000007 080a 0000"))), Text(_buffer.AsSpan(0, size)));
    }

    [Theory]
    [InlineData(IpFamily.V4, true)]
    [InlineData(IpFamily.V4, false)]
    [InlineData(IpFamily.V6, true)]
    [InlineData(IpFamily.V6, false)]
    public void What_does_not_fit_into_one_message_goes_into_the_next(IpFamily family, bool announces)
    {
        var nlri = Enumerable.Range(0, 5000)
            .Select(i => new Nlri(IpPrefix.Host(family == IpFamily.V4 ? IpAddr.FromV4(0x0a000000 + (uint)i) : IpAddr.Parse("fd00::").Add((uint)i))))
            .ToArray();
        var format = new UpdateFormat(family, false, true);
        var attributes = Internal with { NextHop = IpAddr.Parse(family == IpFamily.V4 ? "10.0.0.1" : "fd00::1") };
        using var batch = new UpdateBatch();
        var decoder = new UpdateDecoder(Decoded.Internal);
        var largest = 0;
        for (ReadOnlySpan<Nlri> rest = nlri; !rest.IsEmpty;)
        {
            var size = announces
                ? UpdateCodec.WriteAnnouncement(_buffer, attributes, format, rest, out var consumed)
                : UpdateCodec.WriteWithdrawal(_buffer, format, rest, out consumed);
            Assert.True(decoder.TryDecode(_buffer.AsSpan(19, size - 19), batch, out _));
            largest = Math.Max(largest, size);
            rest = rest[consumed..];
        }

        Assert.Equal(nlri, batch.Operations.ToArray().Select(each => each.Nlri));
        Assert.InRange(largest, 4096 - 16, 4096);
    }

    [Fact]
    public void Attributes_that_leave_no_room_withdraw_the_route_instead()
    {
        var large = Internal with { Communities = [.. Enumerable.Range(0, 1020).Select(i => (uint)i)] };

        var size = UpdateCodec.WriteAnnouncement(_buffer, large, V4, [Nlri("10.0.0.0/8")], out var consumed);

        Assert.Equal(1, consumed);
        Assert.Equal(Text(Message(BgpMessageType.Update, Hex("0002 080a 0000"))), Text(_buffer.AsSpan(0, size)));
    }

    [Fact]
    public void A_broken_call_is_refused()
    {
        var small = new byte[40];

        Assert.Throws<ArgumentException>(() => UpdateCodec.WriteAnnouncement(small, Internal, V4, [Nlri("10.0.0.0/8")], out _));
        Assert.Throws<ArgumentException>(() => UpdateCodec.WriteWithdrawal(small.AsSpan(0, 24), V4, [Nlri("10.0.0.0/8")], out _));
        Assert.Throws<ArgumentException>(() => UpdateCodec.WriteAnnouncement(_buffer, Internal, V4, [], out _));
        Assert.Throws<ArgumentException>(() => UpdateCodec.WriteWithdrawal(_buffer, V4, [], out _));
        Assert.Throws<ArgumentException>(() => UpdateCodec.WriteAnnouncement(_buffer, Internal, V6, [Nlri("fd00::/64")], out _));
    }
}
