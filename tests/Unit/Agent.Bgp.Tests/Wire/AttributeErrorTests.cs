using Agent.Bgp.Wire;
using Agent.Primitives;
using static Agent.Bgp.Tests.Wire.Octets;

namespace Agent.Bgp.Tests.Wire;

/// <summary>RFC 7606 for every attribute: one row each, from which wrong flags, lengths, values, repetitions and orders are made.</summary>
public sealed class AttributeErrorTests
{
    private const string V6Hop = "20010db8000000000000000000000001";

    public static TheoryData<string> Names => [.. AttributeRow.Names];

    [Theory, MemberData(nameof(Names))]
    public void A_right_attribute_passes(string name) => Assert.Null(Decode(AttributeRow.Of(name), AttributeRow.Of(name).Whole).Complaint);

    [Theory, MemberData(nameof(Names))]
    public void Wrong_flags_withdraw_the_routes(string name)
    {
        var row = AttributeRow.Of(name);
        foreach (var wrong in new[] { 0x40, 0x80, 0xc0 })
        {
            var decoded = Decode(row, row.With(row.Flags ^ wrong, row.Good));

            // An optional attribute may not come as well-known: of that sort we know them all.
            Withdraws(decoded, UpdateSubcode.AttributeFlagsError, row.With(row.Flags ^ wrong, row.Good));
            Assert.StartsWith($"Invalid attribute flags: {name} (", decoded.Complaint!.Describe(), StringComparison.Ordinal);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void The_flags_that_are_free_make_no_difference(string name)
    {
        var row = AttributeRow.Of(name);
        var bytes = Hex(row.Good);

        Assert.Null(Decode(row, row.With(row.Flags | 0x20, row.Good)).Complaint);
        Assert.Null(Decode(row, row.With(row.Flags | 0x0f, row.Good)).Complaint);
        var longForm = $"{row.Flags | 0x10:x2}{row.Type:x2}{bytes.Length:x4}{Text(bytes)}";
        var decoded = Decode(row, longForm);
        Assert.Null(decoded.Complaint);
        Assert.Equal(Decode(row, row.Whole).Attributes, decoded.Attributes);
    }

    [Theory, MemberData(nameof(Names))]
    public void A_wrong_length_or_value_is_treated_as_the_attribute_demands(string name)
    {
        var row = AttributeRow.Of(name);
        foreach (var value in row.Lengths.Concat(row.Values))
        {
            var decoded = Decode(row, row.With(row.Flags, value));

            Assert.Null(decoded.Error);
            Assert.Equal(row.OnError, decoded.Complaint?.Treatment);
            Assert.Equal(row.OnError == UpdateTreatment.AttributeDiscard ? "+ 10.48.110.0/26 0" : "- 10.48.110.0/26", Assert.Single(decoded.Lines));
            if (row.OnError == UpdateTreatment.AttributeDiscard) Assert.Equal(Decode(row, "").Attributes, decoded.Attributes);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Of_two_the_first_counts(string name)
    {
        var row = AttributeRow.Of(name);
        var decoded = Decode(row, row.Whole + row.With(row.Flags, row.Lengths[0]));

        Assert.Equal(UpdateTreatment.AttributeDiscard, decoded.Complaint?.Treatment);
        Assert.Equal(UpdateSubcode.MalformedAttributeList, (UpdateSubcode)decoded.Complaint!.Error.Subcode);
        Assert.Equal(Decode(row, row.Whole).Attributes, decoded.Attributes);
    }

    [Fact]
    public void Any_order_is_the_same_set()
    {
        var rows = AttributeRow.Mandatory.Concat(AttributeRow.Optional).ToArray();
        var expected = Decoded.Of(Body("", string.Concat(rows.Select(row => row.Whole)), "1a0a306e00"), Decoded.Internal);
        var random = new Random(7606);
        for (var i = 0; i < 50; i++)
        {
            random.Shuffle(rows);
            var decoded = Decoded.Of(Body("", string.Concat(rows.Select(row => row.Whole)), "1a0a306e00"), Decoded.Internal);
            Assert.Null(decoded.Complaint);
            Assert.Equal(expected.Attributes, decoded.Attributes);
        }
    }

    [Fact]
    public void What_is_internal_is_left_out_from_an_external_peer_however_wrong()
    {
        foreach (var row in AttributeRow.Mandatory.Concat(AttributeRow.Optional).Where(row => row.Name is "LOCAL_PREF" or "ORIGINATOR_ID" or "CLUSTER_LIST"))
        {
            foreach (var value in row.Lengths)
            {
                var decoded = Decoded.Of(Body("", AttributeRow.Others("LOCAL_PREF") + row.With(row.Flags, value), "1a0a306e00"), Decoded.External);
                Assert.Equal(["+ 10.48.110.0/26 0"], decoded.Lines);
            }
        }
    }

    [Theory]
    [InlineData("0301 0000fde9", "Malformed AS_PATH: AS_CONFED segment in the path, though the peer is in no confederation with us (RFC 5065)")]
    [InlineData("0401 0000fde9", "Malformed AS_PATH: AS_CONFED segment in the path, though the peer is in no confederation with us (RFC 5065)")]
    [InlineData("0201 0000fde9 0101 00000007", "Malformed AS_PATH: AS_SET in the path (RFC 9774)")]
    [InlineData("0101 00000007", "Malformed AS_PATH: AS_SET in the path (RFC 9774)")]
    public void Sets_and_confederations_in_a_path_withdraw_its_routes_and_the_operator_reads_why(string path, string why)
    {
        var row = AttributeRow.Mandatory[1];
        var decoded = Decode(row, row.With(row.Flags, path));

        Assert.Equal(["- 10.48.110.0/26"], decoded.Lines);
        Assert.Equal(why, decoded.Complaint?.Describe());
    }

    [Theory]
    [InlineData("c01106 0101 00010000", UpdateTreatment.TreatAsWithdraw)]
    [InlineData("c01105 0201 000100", UpdateTreatment.AttributeDiscard)]
    [InlineData("c01106 0301 00010000", UpdateTreatment.AttributeDiscard)]
    [InlineData("c01206 fde9 01020304", UpdateTreatment.AttributeDiscard)]
    [InlineData("c01208 00000000 01020304", UpdateTreatment.AttributeDiscard)]
    [InlineData("401106 0201 00010000", UpdateTreatment.TreatAsWithdraw)]
    public void The_four_byte_attributes_of_a_two_byte_peer_are_judged_too(string attribute, UpdateTreatment treatment)
    {
        var twoBytes = new UpdateContext(false, true, IpFamily.V4);
        var attributes = "400101 00" + "400204 0201 5ba0" + "400304 0a000009" + "400504 00000064" + attribute;

        Assert.Equal(treatment, Decoded.Of(Body("", attributes, "1a0a306e00"), twoBytes).Complaint?.Treatment);
    }

    [Theory]
    [InlineData("0001 01 04 0a000009 00 1a0a306e00", true, true)]
    [InlineData("0001 01 10 " + V6Hop + " 00 1a0a306e00", true, false)]
    [InlineData("0001 01 20 " + V6Hop + "fe800000000000000000000000000001 00 1a0a306e00", true, false)]
    [InlineData("0001 01 08 0a0000090a000009 00 1a0a306e00", false, false)]
    [InlineData("0002 01 04 0a000009 00 40fd00000000000001", false, false)]
    public void An_ipv4_route_may_have_an_ipv6_next_hop_where_that_was_negotiated(string reach, bool extended, bool plain)
    {
        var bytes = Hex(reach);
        var body = Body("", $"800e{bytes.Length:x2}{Text(bytes)}" + AttributeRow.Others("NEXT_HOP"), "");
        var may = new UpdateContext(true, true, [IpFamily.V4, IpFamily.V6], [], ExtendedNextHop: true);

        Assert.Equal(extended, Decoded.Of(body, may).Error is null);
        Assert.Equal(plain, Decoded.Of(body, Decoded.Internal).Error is null);
        if (extended && !plain) Assert.Equal(IpAddr.Parse("2001:db8::1"), Assert.Single(Decoded.Of(body, may).Attributes).NextHop);
    }

    [Fact]
    public void An_ipv4_route_with_an_ipv6_next_hop_goes_only_to_a_peer_that_takes_it()
    {
        var attributes = new PathAttributes { NextHop = IpAddr.Parse("2001:db8::1"), LocalPref = 100 };
        var buffer = new byte[4096];
        var format = new UpdateFormat(IpFamily.V4, false, true);

        var size = UpdateCodec.WriteAnnouncement(buffer, attributes, format with { ExtendedNextHop = true }, [Nlri("10.0.0.0/8")], out _);
        Assert.Equal(
            Text(Hex("900e0017 0001 01 10" + V6Hop + "00 080a" + "400101 00 400200 400504 00000064")), Text(buffer.AsSpan(23, size - 23)));
        Assert.Throws<ArgumentException>(() => UpdateCodec.WriteAnnouncement(buffer, attributes, format, [Nlri("10.0.0.0/8")], out _));
    }

    [Fact]
    public void A_peer_of_extended_messages_is_sent_them()
    {
        var buffer = new byte[65_535];
        var nlri = Enumerable.Range(0, 15_000).Select(i => new Nlri(new IpPrefix(IpAddr.FromV4(0x0a000000 + (uint)i * 256), 24))).ToArray();
        var attributes = new PathAttributes { NextHop = IpAddr.Parse("10.0.0.1") };
        var format = new UpdateFormat(IpFamily.V4, false, true);

        Assert.InRange(UpdateCodec.WriteAnnouncement(buffer, attributes, format, nlri, out _), 4092, 4096);
        var size = UpdateCodec.WriteAnnouncement(buffer, attributes, format with { ExtendedMessages = true }, nlri, out var consumed);
        Assert.Equal(15_000, consumed);
        Assert.Equal(19 + 4 + 14 + 15_000 * 4, size);
        Assert.Equal(nlri, Decoded.Of(buffer.AsSpan(19, size - 19), Decoded.External).Operations.Select(each => each.Nlri));
    }

    [Theory]
    [InlineData(0x0002fde900000064, "RT:65001:100")]
    [InlineData(0x0102010203040064, "RT:1.2.3.4:100")]
    [InlineData(0x0203000100000007, "SoO:65536:7")]
    [InlineData(0x0003fde900000064, "SoO:65001:100")]
    [InlineData(0x4004fde949742400, "LB:65001:1000000")]
    [InlineData(0x030b000000000007, "Color:7")]
    [InlineData(0x030c000000000008, "Encap:8")]
    [InlineData(0x8006000000000000, "0x8006000000000000")]
    public void Extended_communities_are_shown_as_operators_write_them(ulong value, string shown) =>
        Assert.Equal(shown, new ExtendedCommunity(value).ToString());

    private static Decoded Decode(AttributeRow row, string attribute) =>
        Decoded.Of(Body("", AttributeRow.Others(row.Name) + attribute, "1a0a306e00"), Decoded.Internal);

    private static void Withdraws(Decoded decoded, UpdateSubcode subcode, string data)
    {
        Assert.Null(decoded.Error);
        Assert.Equal(BgpErrors.Update(subcode, Hex(data)), decoded.Complaint?.Error);
        Assert.Equal(["- 10.48.110.0/26"], decoded.Lines);
    }
}
