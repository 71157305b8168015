using System.Text;
using static Agent.Ipam.Tests.Support.Samples;

namespace Agent.Ipam.Tests;

public sealed class IpamNamesTests
{
    [Theory]
    [InlineData("10.48.0.0/26", "10-48-0-0-26")]
    [InlineData("fd00:10:48::40/122", "fd00-10-48--40-122")]
    public void A_block_is_named_by_its_network(string cidr, string name) => Assert.Equal(name, IpamNames.Block(Net(cidr)));

    [Fact]
    public void An_affinity_is_named_by_host_and_network() =>
        Assert.Equal("node1-10-48-0-64-26", IpamNames.Affinity("node1", Net("10.48.0.64/26")));

    [Fact]
    public void A_name_stays_whole_up_to_252_characters()
    {
        var host = new string('h', 252 - "-10-0-0-0-26".Length);

        Assert.Equal(host + "-10-0-0-0-26", IpamNames.Affinity(host, Net("10.0.0.0/26")));
    }

    [Fact]
    public void Longer_names_are_cut_to_252_and_told_apart_by_a_hash()
    {
        var (one, two) = (new string('h', 251) + "a", new string('h', 251) + "b");

        var (first, second) = (IpamNames.Affinity(one, Net("10.0.0.0/26")), IpamNames.Affinity(two, Net("10.0.0.0/26")));

        Assert.Equal((252, 252), (first.Length, second.Length));
        Assert.NotEqual(first, second);
        Assert.NotEqual(first, IpamNames.Affinity(one, Net("10.0.0.64/26")));
        Assert.Matches("^h+-10-0-0-0-26-[0-9a-f]{11}$", first);
        Assert.Matches("^h+[.]h+-10-0-0-0-26-[0-9a-f]{11}$",
            IpamNames.Affinity("h." + new string('h', 225) + "." + new string('h', 20), Net("10.0.0.0/26")));
    }

    [Fact]
    public void The_label_of_a_host_is_the_base32_of_its_sha3() => Assert.Equal(
        "7DS2CCNJGGLTHBDQLLFO6SX24SY2YDDEG3W2VN556FA2W4DLLV5A", IpamNames.HostNameHash("node1"));

    [Theory]
    [InlineData(0, "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a")]
    [InlineData(200, "79f38adec5c20307a98ef76e8324afbfd46cfd81b22e3973c65fa1bd9de31787")]
    public void Sha3_of_known_messages_is_known(int length, string hash) =>
        Assert.Equal(hash, Convert.ToHexStringLower(Sha3.Hash256(Enumerable.Repeat((byte)0xA3, length).ToArray())));

    [Fact]
    public void Sha3_of_abc_is_that_of_the_standard() => Assert.Equal(
        "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
        Convert.ToHexStringLower(Sha3.Hash256(Encoding.ASCII.GetBytes("abc"))));

    [Theory]
    [InlineData(135)]
    [InlineData(136)]
    [InlineData(137)]
    [InlineData(272)]
    public void Sha3_at_the_borders_of_its_blocks_agrees_with_openssl(int length)
    {
        var message = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
        Assert.True(System.Security.Cryptography.SHA3_256.IsSupported);

        Assert.Equal(System.Security.Cryptography.SHA3_256.HashData(message), Sha3.Hash256(message));
    }
}
