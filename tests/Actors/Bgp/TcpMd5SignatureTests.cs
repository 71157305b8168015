using System.Text;
using Agent.Actors.Bgp;
using Agent.Primitives;

namespace Agent.Actors.Tests.Bgp;

/// <summary>The bytes of struct tcp_md5sig, and what a key says of itself.</summary>
public sealed class TcpMd5SignatureTests
{
    private static readonly TcpMd5Key Key = new("swordfish"u8);

    [Fact]
    public void An_IPv4_peer_s_address_stands_at_4() => Assert.Equal(
        Expected("0200" + "0000" + "0a000001", "0000" + "0900" + "00000000" + "73776f726466697368"), Written("10.0.0.1", Key));

    [Fact]
    public void An_IPv6_peer_s_address_stands_at_8() => Assert.Equal(
        Expected("0a00" + "0000" + "00000000" + "fd000000000000000000000000000001", "0000" + "0900" + "00000000" + "73776f726466697368"),
        Written("fd00::1", Key));

    [Fact]
    public void No_key_removes_the_peer_s() => Assert.Equal(Expected("0200" + "0000" + "0a000001", ""), Written("10.0.0.1", null));

    [Fact]
    public void The_longest_key_fills_the_structure() => Assert.Equal(
        Expected("0200" + "0000" + "0a000001", "0000" + "5000" + "00000000" + string.Concat(Enumerable.Repeat("78", 80))),
        Written("10.0.0.1", new TcpMd5Key(Encoding.ASCII.GetBytes(new string('x', 80)))));

    [Theory]
    [InlineData(0)]
    [InlineData(81)]
    public void A_key_has_1_to_80_bytes(int length) =>
        Assert.Throws<ArgumentException>(() => new TcpMd5Key(new byte[length]));

    [Fact]
    public void A_key_is_compared_by_its_bytes_and_never_printed()
    {
        Assert.Equal(new TcpMd5Key("swordfish"u8), Key);
        Assert.NotEqual(new TcpMd5Key("swordfisH"u8), Key);
        Assert.Equal("<redacted, 9 bytes>", Key.ToString());
    }

    private static string Written(string peer, TcpMd5Key? key)
    {
        var bytes = new byte[TcpMd5Signature.Size];
        Array.Fill(bytes, (byte)0xff);
        TcpMd5Signature.Write(bytes, IpAddr.Parse(peer), key);
        return Convert.ToHexStringLower(bytes);
    }

    // sockaddr_storage of 128 bytes, then flags, prefixlen, keylen, ifindex and 80 bytes of key.
    private static string Expected(string address, string rest) => address.PadRight(256, '0') + rest.PadRight(176, '0');
}
