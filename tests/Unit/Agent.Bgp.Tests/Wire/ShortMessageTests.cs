using Agent.Bgp.Wire;
using Agent.Primitives;
using static Agent.Bgp.Tests.Wire.Octets;

namespace Agent.Bgp.Tests.Wire;

public sealed class ShortMessageTests
{
    private readonly byte[] _buffer = new byte[4096];

    [Fact]
    public void A_keepalive_is_a_header() => Assert.Equal(Text(Hex(Marker + "0013 04")), Written(BgpMessage.KeepAlive.Instance));

    [Theory]
    [InlineData(IpFamily.V4, "0001 00 01")]
    [InlineData(IpFamily.V6, "0002 00 01")]
    public void A_route_refresh_names_its_family(IpFamily family, string body)
    {
        Assert.Equal(Text(Hex(Marker + "0017 05" + body)), Written(new BgpMessage.RouteRefresh(family)));
        Assert.True(RouteRefreshCodec.TryDecode(Hex(body), out var message));
        Assert.Equal((family, RefreshSubtype.Request), (message.Family, message.Subtype));
    }

    [Theory]
    [InlineData("0001 00 02")]
    [InlineData("0019 00 41")]
    public void A_refresh_of_another_family_is_none_of_ours(string body)
    {
        Assert.True(RouteRefreshCodec.TryDecode(Hex(body), out var message));
        Assert.Null(message.Family);
    }

    [Theory]
    [InlineData(RefreshSubtype.Begin, "0001 01 01")]
    [InlineData(RefreshSubtype.End, "0001 02 01")]
    public void A_refresh_is_marked_at_its_begin_and_end(RefreshSubtype subtype, string body)
    {
        Assert.Equal(Text(Hex(Marker + "0017 05" + body)), Written(new BgpMessage.RouteRefresh(IpFamily.V4, subtype)));
        Assert.True(RouteRefreshCodec.TryDecode(Hex(body), out var message));
        Assert.Equal((IpFamily.V4, subtype), (message.Family, message.Subtype));
    }

    [Fact]
    public void A_refresh_of_another_size_is_refused() => Assert.False(RouteRefreshCodec.TryDecode(Hex("0001 00 01 00"), out _));

    [Fact]
    public void A_notification_carries_code_subcode_and_data()
    {
        var error = BgpErrors.Open(OpenSubcode.UnsupportedVersionNumber, [0, 4]);

        Assert.Equal(Text(Hex(Marker + "0017 03 02 01 0004")), Written(new BgpMessage.Notification(error)));
        Assert.True(NotificationCodec.TryDecode(Hex("02 01 0004"), out var read));
        Assert.Equal(error, read);
    }

    [Fact]
    public void A_notification_too_short_for_a_code_is_refused() => Assert.False(NotificationCodec.TryDecode([6], out _));

    [Fact]
    public void Data_beyond_the_largest_message_is_cut()
    {
        var size = NotificationCodec.Write(_buffer, BgpErrors.Update(UpdateSubcode.OptionalAttributeError, new byte[5000]));

        Assert.Equal(4096, size);
    }

    [Fact]
    public void A_shutdown_tells_the_operator_why()
    {
        var error = NotificationCodec.Shutdown(CeaseSubcode.AdministrativeShutdown, "back at 9 ☕");

        Assert.Equal("0d" + "6261636b206174203920" + "e29895", Text(error.Data.AsSpan()));
        Assert.Equal("back at 9 ☕", NotificationCodec.ShutdownText(error));
    }

    [Fact]
    public void A_long_shutdown_text_is_cut_between_characters()
    {
        var error = NotificationCodec.Shutdown(CeaseSubcode.AdministrativeReset, new string('é', 200));

        Assert.Equal(255, error.Data.Length);
        Assert.Equal(new string('é', 127), NotificationCodec.ShutdownText(error));
    }

    [Theory]
    [InlineData(6, 2, "")]
    [InlineData(6, 2, "00")]
    [InlineData(6, 2, "05 6162")]
    [InlineData(6, 2, "02 c328")]
    [InlineData(6, 3, "02 6162")]
    [InlineData(2, 2, "02 6162")]
    public void What_is_no_shutdown_text_is_none(byte code, byte subcode, string data) =>
        Assert.Null(NotificationCodec.ShutdownText(new BgpError((BgpErrorCode)code, subcode, [.. Hex(data)])));

    [Fact]
    public void Only_shutdown_and_reset_carry_a_text() =>
        Assert.Throws<ArgumentException>(() => NotificationCodec.Shutdown(CeaseSubcode.PeerDeconfigured, "why"));

    [Theory]
    [InlineData(2, 2, "Bad peer AS")]
    [InlineData(4, 0, "Hold timer expired")]
    [InlineData(6, 2, "Administrative shutdown")]
    [InlineData(9, 7, "Unknown error 9.7")]
    public void Errors_have_the_words_of_node_status(byte code, byte subcode, string words) =>
        Assert.Equal(words, BgpErrors.Describe(new BgpError((BgpErrorCode)code, subcode)));

    private string Written(BgpMessage message) => Text(_buffer.AsSpan(0, MessageCodec.Write(_buffer, message)));
}
