using Agent.Bgp.Wire;
using Agent.Primitives;
using static Agent.Bgp.Tests.Wire.Octets;

namespace Agent.Bgp.Tests.Wire;

/// <summary>Malformed UPDATEs by RFC 7606: what is left out, withdrawn, or ends the session.</summary>
public sealed class TreatmentTests
{
    private const string Origin = "400101 00";
    private const string AsPath = "400206 0201 0000fde9";
    private const string NextHop = "400304 0a000009";
    private const string LocalPref = "400504 00000064";
    private const string Block = "1a 0a306e00";

    private static readonly PathAttributes Plain = new()
    {
        AsPath = Bgp.AsPath.Of(65001),
        NextHop = IpAddr.Parse("10.0.0.9"),
        LocalPref = 100,
    };

    [Theory]
    [InlineData("400600" + "400601 00", UpdateSubcode.MalformedAttributeList, "400601 00")]
    [InlineData("400601 00", UpdateSubcode.AttributeLengthError, "400601 00")]
    [InlineData("c00706 00640102 0304", UpdateSubcode.OptionalAttributeError, "c00706 006401020304")]
    [InlineData("c00708 00000000 01020304", UpdateSubcode.OptionalAttributeError, "c00708 0000000001020304")]
    public void A_fault_that_does_not_touch_the_route_leaves_the_attribute_out(string extra, UpdateSubcode subcode, string data)
    {
        var decoded = Decoded.Of(Body("", Origin + AsPath + NextHop + LocalPref + extra, Block), Decoded.Internal);

        Assert.Equal(new UpdateComplaint(UpdateTreatment.AttributeDiscard, BgpErrors.Update(subcode, Hex(data))), decoded.Complaint);
        Assert.Equal(["+ 10.48.110.0/26 0"], decoded.Lines);
        Assert.Equal([Plain with { AtomicAggregate = extra.StartsWith("400600", StringComparison.Ordinal) }], decoded.Attributes);
    }

    [Fact]
    public void An_internal_route_without_LOCAL_PREF_stands()
    {
        var decoded = Decoded.Of(Body("", Origin + AsPath + NextHop, Block), Decoded.Internal);

        Assert.Equal(["+ 10.48.110.0/26 0"], decoded.Lines);
        Assert.Equal([Plain with { LocalPref = null }], decoded.Attributes);
        Assert.Null(decoded.Complaint);
    }

    [Theory]
    [InlineData("400102 0000" + AsPath + NextHop + LocalPref, UpdateSubcode.AttributeLengthError, "400102 0000")]
    [InlineData("400101 03" + AsPath + NextHop + LocalPref, UpdateSubcode.InvalidOrigin, "400101 03")]
    [InlineData("c00101 00" + AsPath + NextHop + LocalPref, UpdateSubcode.AttributeFlagsError, "c00101 00")]
    [InlineData(Origin + "400206 0202 0000fde9" + NextHop + LocalPref, UpdateSubcode.MalformedAsPath, "")]
    [InlineData(Origin + "400202 0200" + NextHop + LocalPref, UpdateSubcode.MalformedAsPath, "")]
    [InlineData(Origin + "400206 0201 00000000" + NextHop + LocalPref, UpdateSubcode.MalformedAsPath, "")]
    [InlineData(Origin + AsPath + "400305 0a00000900" + LocalPref, UpdateSubcode.AttributeLengthError, "400305 0a00000900")]
    [InlineData(Origin + AsPath + "400304 e0000001" + LocalPref, UpdateSubcode.InvalidNextHop, "400304 e0000001")]
    [InlineData(Origin + AsPath + "400304 00000000" + LocalPref, UpdateSubcode.InvalidNextHop, "400304 00000000")]
    [InlineData(Origin + AsPath + NextHop + "400503 000064", UpdateSubcode.AttributeLengthError, "400503 000064")]
    [InlineData(Origin + AsPath + NextHop + LocalPref + "800402 0001", UpdateSubcode.AttributeLengthError, "800402 0001")]
    [InlineData(Origin + AsPath + NextHop + LocalPref + "c00803 fde900", UpdateSubcode.OptionalAttributeError, "c00803 fde900")]
    [InlineData(Origin + AsPath + NextHop + LocalPref + "c00800", UpdateSubcode.OptionalAttributeError, "c00800")]
    [InlineData(Origin + AsPath + NextHop + LocalPref + "800903 010101", UpdateSubcode.AttributeLengthError, "800903 010101")]
    [InlineData(Origin + AsPath + NextHop + LocalPref + "800a05 0101010101", UpdateSubcode.AttributeLengthError, "800a05 0101010101")]
    [InlineData(Origin + AsPath + NextHop + LocalPref + "c02004 00000001", UpdateSubcode.OptionalAttributeError, "c02004 00000001")]
    [InlineData(AsPath + NextHop + LocalPref, UpdateSubcode.MissingWellKnownAttribute, "01")]
    [InlineData(Origin + NextHop + LocalPref, UpdateSubcode.MissingWellKnownAttribute, "02")]
    [InlineData(Origin + AsPath + LocalPref, UpdateSubcode.MissingWellKnownAttribute, "03")]
    [InlineData(Origin + AsPath + NextHop + LocalPref + "c00808 fde9", UpdateSubcode.AttributeLengthError, "c00808 fde9")]
    [InlineData(Origin + AsPath + NextHop + LocalPref + "c0", UpdateSubcode.MalformedAttributeList, "")]
    public void A_fault_that_touches_the_route_withdraws_it(string attributes, UpdateSubcode subcode, string data)
    {
        var decoded = Decoded.Of(Body("18 0a0100", attributes, Block), Decoded.Internal);

        Assert.Null(decoded.Error);
        Assert.Equal(new UpdateComplaint(UpdateTreatment.TreatAsWithdraw, BgpErrors.Update(subcode, Hex(data))), decoded.Complaint);
        Assert.Equal(["- 10.1.0.0/24", "- 10.48.110.0/26"], decoded.Lines);
    }

    [Theory]
    [InlineData("0001", UpdateSubcode.MalformedAttributeList, "")]
    [InlineData("0000 0005 4001", UpdateSubcode.MalformedAttributeList, "")]
    [InlineData("0002 18 0a 0000", UpdateSubcode.InvalidNetworkField, "")]
    [InlineData("0005 21 0a000000 0000", UpdateSubcode.InvalidNetworkField, "")]
    [InlineData("0000 0000 18 0a00", UpdateSubcode.InvalidNetworkField, "")]
    [InlineData("0000 0003 406300", UpdateSubcode.UnrecognizedWellKnownAttribute, "406300")]
    [InlineData("0000 0004 400101 09", UpdateSubcode.InvalidOrigin, "400101 09")]
    [InlineData("0000 000c 800f03 000201 800f03 000201", UpdateSubcode.MalformedAttributeList, "")]
    [InlineData("0000 0006 800f03 000201 18", UpdateSubcode.InvalidNetworkField, "")]
    [InlineData("0000 0004 800f01 00", UpdateSubcode.OptionalAttributeError, "800f0100")]
    [InlineData("0000 0007 800f04 000201 81", UpdateSubcode.OptionalAttributeError, "800f0400020181")]
    [InlineData("0000 0005 800e02 0002", UpdateSubcode.OptionalAttributeError, "800e020002")]
    [InlineData("0000 000c 800e09 000201 04 0a000001 00", UpdateSubcode.OptionalAttributeError, "800e09 000201 04 0a000001 00")]
    public void A_fault_that_hides_the_routes_ends_the_session_and_leaves_nothing(string body, UpdateSubcode subcode, string data)
    {
        var decoded = Decoded.Of(Hex(body), Decoded.Internal);

        Assert.Equal(BgpErrors.Update(subcode, Hex(data)), decoded.Error);
        Assert.Empty(decoded.Operations);
    }

    [Fact]
    public void The_strongest_treatment_wins()
    {
        var decoded = Decoded.Of(Body("", Origin + AsPath + NextHop + LocalPref + "400601 00" + "800402 0001", Block), Decoded.Internal);

        Assert.Equal(UpdateTreatment.TreatAsWithdraw, decoded.Complaint?.Treatment);
        Assert.Equal(["- 10.48.110.0/26"], decoded.Lines);
    }

    [Fact]
    public void A_complaint_is_forgotten_with_the_next_message()
    {
        var decoder = new UpdateDecoder(Decoded.Internal);
        Decoded.Of(Body("", Origin + AsPath + NextHop + LocalPref + "400601 00", Block), decoder);

        Assert.Null(Decoded.Of(Body("", Origin + AsPath + NextHop + LocalPref, Block), decoder).Complaint);
    }

    [Theory]
    [InlineData("c01106 0201 00010000")]
    [InlineData("c01208 00010000 01020304")]
    public void What_only_a_two_byte_peer_may_send_is_left_out_and_said_once(string stray)
    {
        var decoder = new UpdateDecoder(Decoded.Internal);
        var first = Decoded.Of(Body("", Origin + AsPath + NextHop + LocalPref + stray, Block), decoder);
        var second = Decoded.Of(Body("", Origin + AsPath + NextHop + LocalPref + stray, Block), decoder);

        Assert.Equal([Plain], first.Attributes);
        Assert.Equal(UpdateTreatment.AttributeDiscard, first.Complaint?.Treatment);
        Assert.StartsWith("AS4_PATH or AS4_AGGREGATOR of a peer with four-byte AS numbers", first.Complaint?.Reason, StringComparison.Ordinal);
        Assert.Equal([Plain], second.Attributes);
        Assert.Null(second.Complaint);
    }

    [Fact]
    public void An_unknown_attribute_of_the_lowest_type_is_not_taken_for_ORIGIN()
    {
        var decoded = Decoded.Of(Body("", "c00002 beef" + Origin + AsPath + NextHop + LocalPref, Block), Decoded.Internal);

        Assert.Equal([Plain with { Unknown = [new UnknownAttribute(0xc0, 0, [0xbe, 0xef])] }], decoded.Attributes);
        Assert.Null(decoded.Complaint);
    }

    [Fact]
    public void Optional_attributes_that_are_unknown_and_not_transitive_vanish()
    {
        var decoded = Decoded.Of(Body("", Origin + AsPath + NextHop + LocalPref + "80e102 beef", Block), Decoded.Internal);

        Assert.Equal([Plain], decoded.Attributes);
        Assert.Null(decoded.Complaint);
    }
}
