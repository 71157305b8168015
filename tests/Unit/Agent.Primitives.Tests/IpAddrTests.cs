using System.Net;

namespace Agent.Primitives.Tests;

public sealed class IpAddrTests
{
    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("10.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("2001:db8::1")]
    [InlineData("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    public void Text_bytes_and_the_frameworks_type_lead_back_to_the_same_address(string text)
    {
        var address = IpAddr.Parse(text);
        var bytes = new byte[address.Size];

        Assert.Equal(text, address.ToString());
        Assert.Equal(address.Size, address.WriteTo(bytes));
        Assert.Equal(address, IpAddr.FromBytes(bytes));
        Assert.Equal(address, IpAddr.From(address.ToIPAddress()));
        Assert.Equal(IPAddress.Parse(text), address.ToIPAddress());
        Assert.Equal(address, IpAddr.FromValue(address.Family, address.Value));
        Assert.Equal(address.GetHashCode(), IpAddr.Parse(text).GetHashCode());
    }

    [Theory]
    [InlineData("")]
    [InlineData("10.0.0")]
    [InlineData("10.0.0.256")]
    [InlineData("010.0.0.1")]
    [InlineData("0x0a.0.0.1")]
    [InlineData("167772161")]
    [InlineData("fe80::1%eth0")]
    [InlineData("[fd00::1]")]
    [InlineData("[fd00::1]:179")]
    [InlineData("fd00::/64")]
    [InlineData("10.0.0.1/24")]
    [InlineData("name")]
    [InlineData(null)]
    public void What_is_not_an_address_is_refused(string? text) => Assert.False(IpAddr.TryParse(text, out _));

    [Fact]
    public void Refusals_say_what_was_wrong()
    {
        Assert.Equal("'10.0.0' is not an IP address", Assert.Throws<FormatException>(() => IpAddr.Parse("10.0.0")).Message);
        Assert.StartsWith("an address has 4 or 16 bytes, not 5", Assert.Throws<ArgumentException>(() => IpAddr.FromBytes(new byte[5])).Message, StringComparison.Ordinal);
        Assert.Equal("::1 is not an IPv4 address", Assert.Throws<InvalidOperationException>(() => IpAddr.Parse("::1").V4Value).Message);
    }

    [Fact]
    public void An_unset_value_is_no_address_of_either_family()
    {
        Assert.True(default(IpAddr).IsDefault);
        Assert.False(IpAddr.AnyV4.IsDefault);
        Assert.NotEqual(default, IpAddr.AnyV4);
        Assert.Equal("none", default(IpAddr).ToString());
    }

    [Fact]
    public void The_families_do_not_mix()
    {
        Assert.NotEqual(IpAddr.Parse("10.0.0.1"), IpAddr.Parse("::10.0.0.1"));
        Assert.Equal(IpAddr.Parse("10.0.0.1"), IpAddr.From(IPAddress.Parse("::ffff:10.0.0.1")));
        Assert.True(IpAddr.Parse("255.255.255.255") < IpAddr.AnyV6);
        Assert.True(IpAddr.Parse("10.0.0.2") > IpAddr.Parse("10.0.0.1"));
        Assert.True(IpAddr.Parse("10.0.0.1") <= IpAddr.Parse("10.0.0.1"));
        Assert.True(IpAddr.Parse("::2") >= IpAddr.Parse("::1"));
    }

    [Fact]
    public void Adding_stays_within_the_family()
    {
        Assert.Equal(IpAddr.Parse("10.0.1.0"), IpAddr.Parse("10.0.0.255").Add(1));
        Assert.Equal(IpAddr.Parse("2001:db8::1:0"), IpAddr.Parse("2001:db8::ffff").Add(1));
        Assert.Throws<OverflowException>(() => IpAddr.Parse("255.255.255.255").Add(1));
        Assert.Throws<OverflowException>(() => IpAddr.FromV6(UInt128.MaxValue).Add(1));
    }

    [Fact]
    public void Formatting_into_a_span_that_is_too_short_says_so()
    {
        Span<char> room = new char[8];

        Assert.True(IpAddr.Parse("10.0.0.1").TryFormat(room, out var written, default, null));
        Assert.Equal("10.0.0.1", room[..written].ToString());
        Assert.False(IpAddr.Parse("10.0.0.10").TryFormat(room, out written, default, null));
        Assert.Equal(0, written);
    }
}
