using Agent.Bgp.Wire;
using static Agent.Bgp.Tests.Wire.Octets;

namespace Agent.Bgp.Tests.Wire;

public sealed class FramerTests
{
    private static readonly byte[] KeepAlive = Hex(Marker + "0013 04");

    [Fact]
    public void A_message_that_arrives_byte_by_byte_is_read_once_it_is_whole()
    {
        var framer = new Framer();
        for (var i = 0; i < KeepAlive.Length - 1; i++)
        {
            framer.Append(KeepAlive.AsSpan(i, 1));
            Assert.False(framer.TryRead(out _, out var early));
            Assert.Null(early);
        }

        framer.Append(KeepAlive.AsSpan(^1));

        Assert.True(framer.TryRead(out var frame, out var error));
        Assert.Equal((BgpMessageType.KeepAlive, 0), (frame.Type, frame.Body.Length));
        Assert.Null(error);
        Assert.Equal(0, framer.Pending);
    }

    [Fact]
    public void Many_messages_in_odd_pieces_come_out_as_they_went_in()
    {
        var stream = new List<byte>();
        for (var i = 0; i < 300; i++)
        {
            var body = new byte[4 + i % 40];
            body[^1] = (byte)i;
            stream.AddRange(Message(BgpMessageType.Update, body));
        }

        var framer = new Framer();
        var ends = new List<byte>();
        for (var at = 0; at < stream.Count; at += 37)
        {
            framer.Append(stream.Skip(at).Take(37).ToArray());
            while (framer.TryRead(out var frame, out _)) ends.Add(frame.Body[^1]);
        }

        Assert.Equal(Enumerable.Range(0, 300).Select(i => (byte)i), ends);
    }

    [Theory]
    [InlineData("feffffffffffffffffffffffffffffff 0013 04", 1, "")]
    [InlineData(Marker + "0012 04", 2, "0012")]
    [InlineData(Marker + "1001 02", 2, "1001")]
    [InlineData(Marker + "0014 04", 2, "0014")]
    [InlineData(Marker + "001c 01", 2, "001c")]
    [InlineData(Marker + "0016 02", 2, "0016")]
    [InlineData(Marker + "0014 03", 2, "0014")]
    [InlineData(Marker + "0013 06", 3, "06")]
    [InlineData(Marker + "0013 00", 3, "00")]
    public void A_wrong_header_is_an_error_with_its_subcode_and_data(string header, byte subcode, string data)
    {
        var framer = new Framer();
        framer.Append(Hex(header));

        Assert.False(framer.TryRead(out _, out var error));
        Assert.Equal(new BgpError(BgpErrorCode.MessageHeader, subcode, [.. Hex(data)]), error);
    }

    [Fact]
    public void The_largest_message_passes()
    {
        var framer = new Framer();
        framer.Append(Message(BgpMessageType.Update, new byte[4096 - 19]));

        Assert.True(framer.TryRead(out var frame, out _));
        Assert.Equal(4077, frame.Body.Length);
    }

    [Fact]
    public void An_extended_message_passes_where_it_was_negotiated()
    {
        var framer = new Framer { TakesExtendedMessages = true };
        framer.Append(Message(BgpMessageType.Update, new byte[65_535 - 19]));

        Assert.True(framer.TryRead(out var frame, out _));
        Assert.Equal(65_516, frame.Body.Length);
    }

    [Theory]
    [InlineData("1001 01")]
    [InlineData("1001 04")]
    public void An_open_and_a_keepalive_never_are_extended_messages(string header)
    {
        var framer = new Framer { TakesExtendedMessages = true };
        framer.Append(Hex(Marker + header));

        Assert.False(framer.TryRead(out _, out var error));
        Assert.Equal(BgpErrors.Header(HeaderSubcode.BadMessageLength, [0x10, 0x01]), error);
    }
}
