using Agent.Bgp.Wire;
using Agent.Primitives;
using static Agent.Bgp.Tests.Wire.Octets;

namespace Agent.Bgp.Tests.Wire;

public sealed class UpdateDecoderTests
{
    private const string Origin = "400101 00";
    private const string AsPath65001 = "400206 0201 0000fde9";
    private const string NextHop = "400304 0a000009";
    private const string LocalPref = "400504 00000064";
    private const string Plain = Origin + AsPath65001 + NextHop + LocalPref;
    private const string Block = "1a 0a306e00";                                  // 10.48.110.0/26

    private static readonly PathAttributes PlainSet = new()
    {
        AsPath = AsPath.Of(65001),
        NextHop = IpAddr.Parse("10.0.0.9"),
        LocalPref = 100,
    };

    [Fact]
    public void Withdrawals_come_before_announcements()
    {
        var decoded = Decoded.Of(Body("18 0a0100 00", Plain, Block + "20 0a000105"), Decoded.Internal);

        Assert.Null(decoded.Error);
        Assert.Null(decoded.Complaint);
        Assert.Equal(["- 10.1.0.0/24", "- 0.0.0.0/0", "+ 10.48.110.0/26 0", "+ 10.0.1.5/32 0"], decoded.Lines);
        Assert.Equal([PlainSet], decoded.Attributes);
    }

    [Fact]
    public void Every_attribute_is_read()
    {
        const string all = "400101 02" + "40020a 0202 0000fde9 0000fdea" + NextHop + "800404 00000005" + LocalPref
            + "400600" + "c00708 0000fde9 01020304" + "c00808 fde90001 ffffff01" + "800904 01010101" + "800a08 02020202 03030303"
            + "d0e1 0002 beef" + "c0200c 000000010000000200000003" + "80e2 00" + "c02304 0000fde9"
            + "c01010 0002fde900000064 430c000000000008" + "c01914 0002 20010db8000000000000000000000001 0064";
        var decoded = Decoded.Of(Body("", all, Block), Decoded.Internal);

        Assert.Null(decoded.Complaint);
        Assert.Equal(
            [
                new PathAttributes
                {
                    Origin = Agent.Bgp.Origin.Incomplete,
                    AsPath = Bgp.AsPath.Of(65001, 65002),
                    NextHop = IpAddr.Parse("10.0.0.9"),
                    Med = 5,
                    LocalPref = 100,
                    AtomicAggregate = true,
                    Aggregator = new Aggregator(65001, IpAddr.Parse("1.2.3.4")),
                    Communities = [0xfde90001, 0xffffff01],
                    OriginatorId = 0x01010101,
                    ClusterList = [0x02020202, 0x03030303],
                    LargeCommunities = [new LargeCommunity(1, 2, 3)],
                    Unknown = [new UnknownAttribute(0xc0, 0xe1, [0xbe, 0xef])],
                    ExtendedCommunities = [new ExtendedCommunity(0x0002fde900000064), new ExtendedCommunity(0x430c000000000008)],
                    Ipv6ExtendedCommunities = [new Ipv6ExtendedCommunity(2, IpAddr.Parse("2001:db8::1"), 100)],
                    OnlyToCustomer = 65001,
                },
            ],
            decoded.Attributes);
    }

    [Fact]
    public void An_external_peer_has_no_say_in_what_is_internal()
    {
        var decoded = Decoded.Of(Body("", Plain + "800904 01010101" + "800a04 02020202", Block), Decoded.External);

        Assert.Equal([PlainSet with { LocalPref = null }], decoded.Attributes);
        Assert.Null(decoded.Complaint);
    }

    [Fact]
    public void Ipv6_routes_come_in_the_mp_attributes()
    {
        const string reach = "800e2e 0002 01 20 20010db8000000000000000000000001 fe800000000000000000000000000001 00 40 fd00000000000001";
        const string unreach = "800f0c 0002 01 40 fd00000000000002";
        var decoded = Decoded.Of(Body("", unreach + reach + Origin + AsPath65001 + LocalPref, ""), Decoded.Internal);

        Assert.Null(decoded.Error);
        Assert.Equal(["- fd00:0:0:2::/64", "+ fd00:0:0:1::/64 0"], decoded.Lines);
        Assert.Equal([PlainSet with { NextHop = IpAddr.Parse("2001:db8::1") }], decoded.Attributes);
    }

    [Fact]
    public void One_message_may_announce_both_families_with_a_next_hop_each()
    {
        const string reach = "800e1e 0002 01 10 20010db8000000000000000000000001 00 40 fd00000000000001";
        var decoded = Decoded.Of(Body("", reach + Plain, Block), Decoded.Internal);

        Assert.Equal(["+ 10.48.110.0/26 0", "+ fd00:0:0:1::/64 1"], decoded.Lines);
        Assert.Equal([PlainSet, PlainSet with { NextHop = IpAddr.Parse("2001:db8::1") }], decoded.Attributes);
    }

    [Fact]
    public void Path_identifiers_are_read_where_they_were_negotiated()
    {
        var context = Decoded.Internal with { AddPath = [IpFamily.V4] };
        var decoded = Decoded.Of(Body("00000007 08 0a", Plain, "00000009" + Block), context);

        Assert.Equal([Nlri("10.0.0.0/8", 7), Nlri("10.48.110.0/26", 9)], decoded.Operations.Select(each => each.Nlri));
    }

    [Theory]
    [InlineData("", "", "end V4")]
    [InlineData("", "800f03 0002 01", "end V6")]
    [InlineData("", "900f0003 0001 01", "end V4")]
    public void An_empty_update_ends_the_rib_of_its_family(string withdrawn, string attributes, string line) =>
        Assert.Equal([line], Decoded.Of(Body(withdrawn, attributes, ""), Decoded.Internal).Lines);

    [Fact]
    public void Families_that_were_not_negotiated_are_passed_over()
    {
        var onlyV4 = new UpdateContext(true, true, IpFamily.V4);
        const string reach = "800e1e 0002 01 10 20010db8000000000000000000000001 00 40 fd00000000000001";
        const string multicast = "800e09 0001 02 04 0a000009 00";

        Assert.Equal(["+ 10.48.110.0/26 0"], Decoded.Of(Body("", reach + Plain, Block), onlyV4).Lines);
        Assert.Empty(Decoded.Of(Body("", multicast + Plain, ""), onlyV4).Lines);
        Assert.Empty(Decoded.Of(Body("", "800f03 0002 01", ""), onlyV4).Lines);
        Assert.Empty(Decoded.Of(Body("", Plain, Block), new UpdateContext(true, true, IpFamily.V6)).Lines);
    }

    [Theory]
    [InlineData("400206 0202 fde9 5ba0", "c0110a 0202 0000fde9 00010000", "65001 65536")]
    [InlineData("400208 0203 0064 fde9 5ba0", "c0110a 0202 0000fde9 00010000", "100 65001 65536")]
    [InlineData("400206 0202 fde9 5ba0", "c01106 0201 00010000", "65001 65536")]
    [InlineData("400204 0201 fde9", "c0110a 0202 0000fde9 00010000", "65001")]
    [InlineData("400206 0202 fde9 5ba0", "c01105 0201 000100", "65001 23456")]
    public void A_two_byte_peers_path_is_merged_with_as4_path(string asPath, string as4Path, string merged)
    {
        var twoBytes = new UpdateContext(false, true, IpFamily.V4);
        var decoded = Decoded.Of(Body("", Origin + asPath + NextHop + LocalPref + as4Path, Block), twoBytes);

        Assert.Equal(merged, Assert.Single(decoded.Attributes).AsPath.ToString());
    }

    [Theory]
    [InlineData("c00706 5ba0 01020304", "c01208 00010000 01020304", 65536, "65536")]
    [InlineData("c00706 0064 01020304", "c01208 00010000 01020304", 100, "23456")]
    public void A_two_byte_peers_aggregator_decides_whether_the_four_byte_attributes_count(
        string aggregator, string as4Aggregator, uint asn, string path)
    {
        var twoBytes = new UpdateContext(false, true, IpFamily.V4);
        var attributes = Origin + "400204 0201 5ba0" + NextHop + LocalPref + aggregator + "c01106 0201 00010000" + as4Aggregator;
        var set = Assert.Single(Decoded.Of(Body("", attributes, Block), twoBytes).Attributes);

        Assert.Equal(new Aggregator(asn, IpAddr.Parse("1.2.3.4")), set.Aggregator);
        Assert.Equal(path, set.AsPath.ToString());
    }

    [Fact]
    public void Attributes_that_stand_in_another_order_or_form_are_the_same_set()
    {
        using var batch = new UpdateBatch();
        var decoder = new UpdateDecoder(Decoded.Internal);
        foreach (var attributes in new[] { Plain, LocalPref + AsPath65001 + Origin + NextHop, "5001 0001 00" + NextHop + AsPath65001 + LocalPref })
            Assert.True(decoder.TryDecode(Body("", attributes, Block), batch, out _));

        Assert.Equal([PlainSet], batch.Attributes.ToArray());
        Assert.Equal([0, 0, 0], batch.Operations.ToArray().Select(each => each.Attributes));
    }
}
