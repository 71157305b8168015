using System.Text;
using Agent.Netlink.Wire;

namespace Agent.Netlink.Tests.Wire;

public sealed class AckMessagesTests
{
    private static readonly byte[] Text = [0x0B, 0, 1, 0, .. Encoding.ASCII.GetBytes("no way"), 0, 0];
    private static readonly byte[] Request = [20, 0, 0, 0, .. new byte[12]];

    [Fact]
    public void Zero_is_success() =>
        Assert.Null(AckMessages.Read(new NetlinkMessage(NetlinkType.Error, 0, 1, 0, new byte[20])));

    [Fact]
    public void A_short_refusal_has_number_and_text() => Assert.Equal(
        new KernelError(Errno.NetworkUnreachable, "no way"),
        AckMessages.Read(new NetlinkMessage(NetlinkType.Error, (NetlinkFlags)0x300, 1, 0, (byte[])[.. Number(-101), .. Request, .. Text])));

    [Fact]
    public void The_text_comes_after_the_whole_request_where_that_is_returned() => Assert.Equal(
        new KernelError(Errno.Exists, "no way"),
        AckMessages.Read(new NetlinkMessage(
            NetlinkType.Error, (NetlinkFlags)0x200, 1, 0, (byte[])[.. Number(-17), .. Request, 1, 2, 3, 4, .. Text])));

    [Fact]
    public void The_end_of_a_dump_can_refuse_too() => Assert.Equal(
        new KernelError(Errno.NoEntry, "no way"),
        AckMessages.Read(new NetlinkMessage(NetlinkType.Done, (NetlinkFlags)0x202, 1, 0, (byte[])[.. Number(-2), .. Text])));

    [Fact]
    public void A_length_that_lies_gives_the_number_alone() => Assert.Equal(
        new KernelError(Errno.Exists),
        AckMessages.Read(new NetlinkMessage(
            NetlinkType.Error, (NetlinkFlags)0x200, 1, 0, (byte[])[.. Number(-17), 0xF0, 0xFF, 0, 0, .. new byte[12]])));

    private static byte[] Number(int value) => BitConverter.GetBytes(value);
}
