using Agent.Bgp.Wire;
using Agent.Primitives;
using static Agent.Bgp.Tests.Wire.Octets;

namespace Agent.Bgp.Tests.Wire;

public sealed class OpenCodecTests
{
    private static readonly OpenMessage Ours = new(
        64512, 240, 0x0a000001,
        [
            new Capability.MultiProtocol(IpFamily.V4),
            new Capability.RouteRefresh(),
            new Capability.GracefulRestart(false, 120, [new GracefulRestartFamily(1, 1, false)]),
            new Capability.FourOctetAs(64512),
        ]);

    private const string OursOnTheWire =
        Marker + "0037 01 04 fc00 00f0 0a000001 18" + "02 16" + "0104 00010001" + "0200" + "4006 0078 00010100" + "4104 0000fc00";

    [Fact]
    public void An_open_is_written_as_the_rfcs_say()
    {
        var buffer = new byte[4096];

        var size = OpenCodec.Write(buffer, Ours);

        Assert.Equal(Text(Hex(OursOnTheWire.Replace("0037", $"{size:x4}", StringComparison.Ordinal))), Text(buffer.AsSpan(0, size)));
        Assert.Equal(19 + 10 + 2 + 6 + 2 + 8 + 6, size);
    }

    [Fact]
    public void Every_capability_is_read_as_it_was_written()
    {
        var message = new OpenMessage(
            4200000001, 90, 0xc0a80101,
            [
                new Capability.MultiProtocol(IpFamily.V4),
                new Capability.MultiProtocol(25, 70),
                new Capability.RouteRefresh(),
                new Capability.ExtendedNextHop(true),
                new Capability.ExtendedNextHop(false),
                new Capability.ExtendedMessage(),
                new Capability.Role(BgpRole.RouteServerClient),
                new Capability.GracefulRestart(true, 4095, [new GracefulRestartFamily(1, 1, true), new GracefulRestartFamily(2, 1, false)]),
                new Capability.GracefulRestart(false, 1, []) { AfterNotification = true },
                new Capability.FourOctetAs(4200000001),
                new Capability.AddPath([new AddPathFamily(1, 1, 3)]),
                new Capability.EnhancedRouteRefresh(),
                new Capability.LongLivedGracefulRestart([new LongLivedFamily(2, 1, true, 0xabcdef)]),
                new Capability.HostName("node", "cluster.örtlich"),
                new Capability.Unknown(73, [4, (byte)'n', (byte)'o', (byte)'d', (byte)'e']),
                new Capability.Unknown(199, [1, 2, 3]),
            ]);
        var buffer = new byte[4096];
        var size = OpenCodec.Write(buffer, message);

        Assert.True(OpenCodec.TryDecode(buffer.AsSpan(19, size - 19), out var read, out _));
        Assert.Equal(message, read);
    }

    [Fact]
    public void An_as_of_four_bytes_is_as_trans_in_the_fixed_field()
    {
        var buffer = new byte[4096];

        OpenCodec.Write(buffer, Ours with { Asn = 65536 });

        Assert.Equal("5ba0", Text(buffer.AsSpan(20, 2)));
    }

    [Fact]
    public void Capabilities_spread_over_several_parameters_are_read_as_one_list()
    {
        Assert.True(OpenCodec.TryDecode(Hex("04 fc00 0000 01020304 0c 0206 010400010001 0202 0200"), out var open, out _));
        Assert.Equal(new OpenMessage(64512, 0, 0x01020304, [new Capability.MultiProtocol(1, 1), new Capability.RouteRefresh()]), open);
    }

    [Fact]
    public void The_long_form_of_parameters_is_read()
    {
        Assert.True(OpenCodec.TryDecode(Hex("04 fc00 00b4 01020304 ff ff 0005 02 0002 0200"), out var open, out _));
        Assert.Equal(new OpenMessage(64512, 180, 0x01020304, [new Capability.RouteRefresh()]), open);
    }

    [Theory]
    [InlineData(251, "ff 02 fd")]
    [InlineData(252, "ff ff 0101 02 00fe")]
    public void The_long_form_is_written_where_one_byte_does_not_hold_the_length(int length, string head)
    {
        var open = new OpenMessage(64512, 180, 0x01020304, [new Capability.Unknown(200, [.. new byte[length]])]);
        var buffer = new byte[MessageCodec.MaxMessageSize];

        var body = buffer[MessageCodec.HeaderSize..OpenCodec.Write(buffer, open)];

        Assert.Equal(Hex("04 fc00 00b4 01020304" + head), body[..(9 + Hex(head).Length)]);
        Assert.True(OpenCodec.TryDecode(body, out var again, out _));
        Assert.Equal(open, again);
    }

    [Theory]
    [InlineData("03 fc00 00b4 01020304 00", 1, "0004")]
    [InlineData("04 fc00 00b4 01020304 03 01 01 00", 4, "")]
    [InlineData("04 fc00 00b4 01020304 05", 0, "")]
    [InlineData("04 fc00 00b4 01020304 00 00", 0, "")]
    [InlineData("04 fc00 00b4 01020304 02 02 05", 0, "")]
    [InlineData("04 fc00 00b4 01020304 05 02 03 41 01 00", 0, "")]
    [InlineData("04 fc00 00b4 01020304 04 02 02 41 04", 0, "")]
    [InlineData("04 fc00 00b4 01020304 05 02 03 40 01 00", 0, "")]
    [InlineData("04 fc00 00b4 01020304 05 02 03 45 01 00", 0, "")]
    [InlineData("04 fc00 00b4 01020304 05 02 03 47 01 00", 0, "")]
    [InlineData("04 fc00", 0, "")]
    [InlineData("", 0, "")]
    public void An_open_that_cannot_be_read_is_an_error_with_its_subcode(string body, byte subcode, string data)
    {
        Assert.False(OpenCodec.TryDecode(Hex(body), out var open, out var error));
        Assert.Null(open);
        Assert.Equal(new BgpError(BgpErrorCode.OpenMessage, subcode, [.. Hex(data)]), error);
    }

    [Fact]
    public void No_truncation_of_an_open_throws()
    {
        var buffer = new byte[4096];
        var size = OpenCodec.Write(buffer, Ours);
        var readable = Enumerable.Range(0, size - 19).Count(length => OpenCodec.TryDecode(buffer.AsSpan(19, length), out _, out _));

        Assert.Equal(0, readable);
    }

    [Fact]
    public void A_buffer_that_is_too_small_is_refused() =>
        Assert.Throws<ArgumentException>(() => OpenCodec.Write(new byte[40], Ours));

    [Fact]
    public void Openings_are_equal_by_value() =>
        Assert.Equal(Ours, Ours with { Capabilities = [.. Ours.Capabilities.ToArray()] });

    [Theory]
    [InlineData("05 06 0001 0001 0002", "0501020001000100 02")]
    [InlineData("06 00", "")]
    [InlineData("09 01 03", "")]
    [InlineData("40 02 c078", "")]
    [InlineData("49 07 02 6e31 03 6f7267", "")]
    public void Capabilities_look_as_their_documents_say(string wire, string notAllowed)
    {
        var bytes = Hex(wire);
        var buffer = new byte[4096];
        var read = Assert.IsType<OpenMessage>(Read(bytes));

        var size = OpenCodec.Write(buffer, read);

        Assert.Equal(Text(bytes), Text(buffer.AsSpan(31, size - 31)));
        if (notAllowed.Length > 0) Assert.Null(Read(Hex(notAllowed)));

        static OpenMessage? Read(byte[] capability) => OpenCodec.TryDecode(
            [.. Hex("04 fc00 00b4 01020304"), (byte)(capability.Length + 2), 2, (byte)capability.Length, .. capability], out var open, out _)
            ? open
            : null;
    }

    [Fact]
    public void A_name_that_would_steer_a_terminal_is_read_without_what_steers()
    {
        Assert.True(OpenCodec.TryDecode(Hex("04 fc00 00b4 01020304 09 02 07 49 05 03 1b5b41 00"), out var open, out _));

        Assert.Equal(new Capability.HostName(" [A", ""), open.Find<Capability.HostName>());
    }
}
