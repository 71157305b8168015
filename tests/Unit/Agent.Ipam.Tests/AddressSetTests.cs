using static Agent.Ipam.Tests.Support.Samples;

namespace Agent.Ipam.Tests;

public sealed class AddressSetTests
{
    [Fact]
    public void Two_adjacent_networks_cover_the_network_that_they_make_up()
    {
        var set = Reserve("192.168.1.64/26", "192.168.1.0/26");

        Assert.True(set.Covers(Net("192.168.1.0/25")));
        Assert.True(set.Covers(Net("192.168.1.32/27")));
        Assert.False(set.Covers(Net("192.168.1.0/24")));
    }

    [Fact]
    public void Networks_may_nest_repeat_and_be_of_either_family()
    {
        var set = Reserve("10.0.0.0/24", "10.0.0.0/24", "10.0.0.128/25", "10.0.1.0/32", "fd00::/64", "::a00:0/120");

        Assert.True(set.Contains(Ip("10.0.1.0")));
        Assert.False(set.Contains(Ip("10.0.1.1")));
        Assert.True(set.Contains(Ip("fd00::1")));
        Assert.True(set.Contains(Ip("::10.0.0.7")));
        Assert.False(set.Contains(Ip("::10.0.1.0")));
        Assert.False(AddressSet.Empty.Contains(Ip("10.0.0.0")));
        Assert.Equal((UInt128)257, set.CountIn(Net("10.0.0.0/16")));
        Assert.Equal(UInt128.One << 64, set.CountIn(Net("fd00::/8")));
    }

    [Theory]
    [InlineData("10.0.0.32/30", "10.0.0.0/24", 4)]
    [InlineData("10.0.0.5/32", "10.0.0.0/26", 1)]
    [InlineData("10.0.0.0/8", "10.0.0.0/26", 64)]
    [InlineData("10.0.0.64/26", "10.0.0.0/26", 0)]
    public void Reserved_addresses_of_a_network_are_counted(string reserved, string network, int count) =>
        Assert.Equal((UInt128)count, Reserve(reserved).CountIn(Net(network)));

    [Fact]
    public void The_last_address_of_a_family_is_an_address_like_any_other()
    {
        var set = Reserve("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff00/120", "255.255.255.255/32");

        Assert.True(set.Contains(Ip("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")));
        Assert.True(set.Covers(Net("255.255.255.255/32")));
        Assert.False(set.Contains(Ip("255.255.255.254")));
    }
}
