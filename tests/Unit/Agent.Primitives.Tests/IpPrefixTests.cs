namespace Agent.Primitives.Tests;

public sealed class IpPrefixTests
{
    [Theory]
    [InlineData("10.48.110.77", 26, "10.48.110.64/26")]
    [InlineData("10.48.110.77", 32, "10.48.110.77/32")]
    [InlineData("10.48.110.77", 0, "0.0.0.0/0")]
    [InlineData("2001:db8::ff", 122, "2001:db8::c0/122")]
    [InlineData("2001:db8::ff", 0, "::/0")]
    public void Host_bits_are_cleared(string address, int length, string expected)
    {
        var prefix = new IpPrefix(IpAddr.Parse(address), length);

        Assert.Equal(expected, prefix.ToString());
        Assert.Equal(prefix, IpPrefix.Parse(expected));
        Assert.Equal(prefix.GetHashCode(), IpPrefix.Parse(expected).GetHashCode());
        Assert.True(prefix.Contains(IpAddr.Parse(address)));
    }

    [Theory]
    [InlineData("10.0.0.1/24")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/024")]
    [InlineData("10.0.0.0/+24")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0")]
    [InlineData("/24")]
    [InlineData("::/129")]
    [InlineData(null)]
    public void What_is_not_a_network_is_refused(string? text) => Assert.False(IpPrefix.TryParse(text, out _));

    [Fact]
    public void A_refused_network_is_named() => Assert.Equal(
        "'10.0.0.1/24' is not a network (address/length, host bits zero)",
        Assert.Throws<FormatException>(() => IpPrefix.Parse("10.0.0.1/24")).Message);

    [Fact]
    public void A_length_beyond_the_family_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new IpPrefix(IpAddr.AnyV4, 33));
        Assert.Throws<ArgumentOutOfRangeException>(() => new IpPrefix(IpAddr.AnyV4, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new IpPrefix(IpAddr.AnyV6, 129));
    }

    [Fact]
    public void An_interface_gives_both_its_address_and_its_network()
    {
        Assert.True(IpPrefix.TryParseInterface("10.0.0.10/24", out var address, out var network));
        Assert.Equal((IpAddr.Parse("10.0.0.10"), IpPrefix.Parse("10.0.0.0/24")), (address, network));
    }

    [Theory]
    [InlineData("10.0.0.0/24", "10.0.0.0/24", true, true)]
    [InlineData("10.0.0.0/24", "10.0.0.128/25", true, true)]
    [InlineData("10.0.0.128/25", "10.0.0.0/24", false, true)]
    [InlineData("10.0.0.0/24", "10.0.1.0/24", false, false)]
    [InlineData("0.0.0.0/0", "10.0.1.0/24", true, true)]
    [InlineData("::/0", "10.0.1.0/24", false, false)]
    public void Containment_and_overlap_are_of_networks(string left, string right, bool contains, bool overlaps)
    {
        Assert.Equal(contains, IpPrefix.Parse(left).Contains(IpPrefix.Parse(right)));
        Assert.Equal(overlaps, IpPrefix.Parse(left).Overlaps(IpPrefix.Parse(right)));
    }

    [Theory]
    [InlineData("10.0.0.0/26", "10.0.0.63", "64")]
    [InlineData("10.0.0.7/32", "10.0.0.7", "1")]
    [InlineData("0.0.0.0/0", "255.255.255.255", "4294967296")]
    [InlineData("2001:db8::/122", "2001:db8::3f", "64")]
    [InlineData("::/1", "7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "170141183460469231731687303715884105728")]
    [InlineData("::/0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "340282366920938463463374607431768211455")]
    public void A_network_knows_its_last_address_and_its_size(string prefix, string last, string count)
    {
        Assert.Equal(last, IpPrefix.Parse(prefix).Last.ToString());
        Assert.Equal(count, IpPrefix.Parse(prefix).Count.ToString(null, null));
    }

    [Fact]
    public void Networks_are_ordered_by_family_address_and_then_the_shorter_first()
    {
        string[] ordered = ["0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/16", "10.0.0.0/32", "10.0.0.1/32", "10.1.0.0/16", "::/0", "::/64", "::1/128"];

        Assert.Equal(ordered, ordered.Reverse().Select(IpPrefix.Parse).Order().Select(prefix => prefix.ToString()));
        Assert.True(IpPrefix.Parse("10.0.0.0/8") < IpPrefix.Parse("10.0.0.0/16"));
        Assert.True(IpPrefix.Parse("::/0") > IpPrefix.Parse("10.0.0.0/16"));
        Assert.True(IpPrefix.Parse("::/0") >= IpPrefix.Parse("::/0"));
        Assert.True(IpPrefix.Parse("::/0") <= IpPrefix.Parse("::/0"));
    }

    [Fact]
    public void The_network_of_one_address_is_a_host()
    {
        Assert.Equal("10.0.0.7/32", IpPrefix.Host(IpAddr.Parse("10.0.0.7")).ToString());
        Assert.True(IpPrefix.Parse("::1/128").IsHost);
        Assert.False(IpPrefix.Parse("::/127").IsHost);
        Assert.True(default(IpPrefix).IsDefault);
    }
}
