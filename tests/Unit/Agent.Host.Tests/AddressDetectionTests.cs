using Agent.Host.Bootstrap;
using Agent.Netlink;
using Agent.Primitives;

namespace Agent.Host.Tests;

/// <summary>Which of a node's addresses is its BGP address (spec calico-bgp 7.5).</summary>
public sealed class AddressDetectionTests
{
    private readonly List<KernelLink> _links = [];
    private readonly List<KernelAddress> _addresses = [];

    [Fact]
    public void First_found_takes_the_interface_with_the_highest_index()
    {
        Add("eth0", "10.0.0.10/24");
        Add("eth1", "10.1.0.10/16");

        Assert.Equal("10.1.0.10/16", Detect("first-found"));
    }

    [Theory]
    [InlineData("docker0")]
    [InlineData("cbr0")]
    [InlineData("dummy0")]
    [InlineData("podman1")]
    [InlineData("virbr0")]
    [InlineData("lxcbr0")]
    [InlineData("veth12")]
    [InlineData("lo")]
    [InlineData("br-0a1b")]
    [InlineData("cali0123456789a")]
    [InlineData("tunl0")]
    [InlineData("flannel.1")]
    [InlineData("kube-ipvs0")]
    [InlineData("cni0")]
    [InlineData("vxlan.calico")]
    [InlineData("vxlan-v6.calico")]
    [InlineData("wireguard.cali")]
    [InlineData("wg-v6.cali")]
    [InlineData("nodelocaldns")]
    public void Interfaces_that_are_no_uplinks_are_skipped_unless_they_are_asked_for(string name)
    {
        Add("eth0", "10.0.0.10/24");
        Add(name, "10.1.0.10/16");

        Assert.Equal("10.0.0.10/24", Detect("first-found"));
        Assert.Null(Detect("skip-interface=eth"));
        Assert.Equal("10.1.0.10/16", Detect("cidr=10.1.0.0/16"));
        Assert.Equal("10.1.0.10/16", Detect($"interface={name.Replace(".", "\\.", StringComparison.Ordinal)}$"));
    }

    [Theory]
    [InlineData("mybr-1")]
    [InlineData("bond0")]
    [InlineData("vxlanxcalico")]
    public void The_exclusions_hold_for_whole_names(string name)
    {
        Add("eth0", "10.0.0.10/24");
        Add(name, "10.1.0.10/16");

        Assert.Equal("10.1.0.10/16", Detect("first-found"));
    }

    [Fact]
    public void A_link_that_is_down_has_no_say()
    {
        Add("eth0", "10.0.0.10/24");
        Add("eth1", "10.1.0.10/16", isUp: false);

        Assert.Equal("10.0.0.10/24", Detect("first-found"));
        Assert.Null(Detect("interface=eth1"));
    }

    [Fact]
    public void Only_global_unicast_IPv4_addresses_are_found()
    {
        Add("eth0", "10.0.0.10/24");
        Add("eth1", "169.254.7.7/16", "fd00::1/64");
        Add("eth2");

        Assert.Equal("10.0.0.10/24", Detect("first-found"));
    }

    [Fact]
    public void An_IPv6_address_is_found_by_the_same_methods()
    {
        Add("eth0", "10.0.0.10/24", "fe80::1/64", "2001:db8::10/64");
        Add("eth1", "10.1.0.10/16", "fe80::2/64", "fd00:1::10/64");
        Add("eth2", "fe80::3/64");

        Assert.Equal("fd00:1::10/64", Detect("first-found", IpFamily.V6));
        Assert.Equal("2001:db8::10/64", Detect("cidr=2001:db8::/32", IpFamily.V6));
        Assert.Equal("2001:db8::10/64", Detect("interface=eth0", IpFamily.V6));
        Assert.Equal("2001:db8::10/64", Detect("skip-interface=eth1", IpFamily.V6));
        Assert.Null(Detect("interface=eth2", IpFamily.V6));
    }

    [Fact]
    public void The_first_global_address_of_an_interface_is_taken()
    {
        Add("eth0", "169.254.1.1/16", "10.0.0.10/24", "10.0.0.11/24");

        Assert.Equal("10.0.0.10/24", Detect("first-found"));
    }

    [Fact]
    public void An_interface_matches_any_of_the_patterns_anywhere_in_its_name()
    {
        Add("eth0", "10.0.0.10/24");
        Add("bond7", "10.1.0.10/16");
        Add("eth1", "10.2.0.10/16");

        Assert.Equal("10.1.0.10/16", Detect("interface=h0,ond"));
        Assert.Equal("10.0.0.10/24", Detect("interface=^eth0$"));
        Assert.Null(Detect("interface=^th"));
    }

    [Fact]
    public void Skip_interface_adds_to_the_exclusions()
    {
        Add("eth0", "10.0.0.10/24");
        Add("eth1", "10.1.0.10/16");
        Add("docker0", "172.17.0.1/16");

        Assert.Equal("10.0.0.10/24", Detect("skip-interface=eth1,eth2"));
    }

    [Fact]
    public void A_cidr_takes_the_first_address_in_any_of_the_networks()
    {
        Add("eth0", "10.0.0.10/24");
        Add("docker0", "172.17.0.1/16");
        Add("eth1", "10.1.0.10/16");

        Assert.Equal("172.17.0.1/16", Detect("cidr=10.1.0.0/16,172.16.0.0/12"));
        Assert.Null(Detect("cidr=192.168.0.0/16"));
    }

    [Fact]
    public void Can_reach_takes_the_source_address_towards_the_destination()
    {
        Add("eth0", "10.0.0.10/24");
        Add("lo", "127.0.0.1/8");

        Assert.Equal("127.0.0.1/8", Detect("can-reach=127.0.0.1"));
    }

    [Fact]
    public void A_destination_that_cannot_be_reached_is_named()
    {
        Add("eth0", "10.0.0.10/24");

        var refused = Assert.Throws<StartRefusedException>(() => Detect("can-reach=255.255.255.255"));

        Assert.StartsWith("ipAutodetectionMethod can-reach=255.255.255.255: ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_given_address_takes_the_length_of_the_interface_that_has_it()
    {
        Add("eth0", "10.0.0.10/24");

        Assert.Equal("10.0.0.10/24", AddressDetection.WithLength("10.0.0.10", _addresses));
        Assert.Equal("10.0.0.10/16", AddressDetection.WithLength("10.0.0.10/16", _addresses));
        Assert.Equal("10.9.9.9/32", AddressDetection.WithLength("10.9.9.9", _addresses));
        Assert.Equal("fd00::9/128", AddressDetection.WithLength("FD00:0::9", _addresses));
    }

    private string? Detect(string method, IpFamily family = IpFamily.V4) =>
        AddressDetection.Detect(method, _links, _addresses, family);

    private void Add(string name, params string[] addresses) => Add(name, isUp: true, addresses);

    private void Add(string name, string address, bool isUp) => Add(name, isUp, address);

    private void Add(string name, bool isUp, params string[] addresses)
    {
        var index = _links.Count + 1;
        _links.Add(new KernelLink(index, name, "", default, 1500, isUp, isUp, 0));
        foreach (var text in addresses)
        {
            Assert.True(IpPrefix.TryParseInterface(text, out var address, out var network));
            _addresses.Add(new KernelAddress(index, address, network, default));
        }
    }
}
