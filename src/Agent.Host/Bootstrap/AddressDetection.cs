using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Agent.Netlink;
using Agent.Primitives;

namespace Agent.Host.Bootstrap;

/// <summary>Finds this node's BGP address among those of its interfaces (spec calico-bgp 7.5).</summary>
internal static class AddressDetection
{
    private static readonly Regex Skipped = new(
        "^(docker.*|cbr.*|dummy.*|podman.*|virbr.*|lxcbr.*|veth.*|lo.*|br-.*|cali.*|tunl.*|flannel.*|kube-ipvs.*"
        + "|cni.*|vxlan\\.calico.*|vxlan-v6\\.calico.*"
        + "|wireguard\\.cali.*|wg-v6\\.cali.*|nodelocaldns.*)$",
        RegexOptions.CultureInvariant);

    /// <summary>An address with its prefix length, as a Node resource has it; null when no interface fits.</summary>
    /// <param name="method">The setting <c>ipAutodetectionMethod</c>, or that of IPv6.</param>
    /// <param name="links">The node's links.</param>
    /// <param name="everyAddress">Their addresses, of both families.</param>
    /// <param name="family">The family of the address.</param>
    public static string? Detect(string method, IReadOnlyList<KernelLink> links,
        IReadOnlyList<KernelAddress> everyAddress, IpFamily family = IpFamily.V4)
    {
        KernelAddress[] addresses = [.. everyAddress.Where(address => address.Address.Family == family)];
        var separator = method.IndexOf('=', StringComparison.Ordinal);
        var argument = method[(separator + 1)..];
        return (separator < 0 ? method : method[..separator]) switch
        {
            "can-reach" => Find(addresses, address => address.Address == SourceTowards(argument, family)),
            "interface" => First(links, addresses, link => Matches(argument, link.Name)),
            "skip-interface" =>
                First(links, addresses, link => !Skipped.IsMatch(link.Name) && !Matches(argument, link.Name)),
            "cidr" => Find(addresses, address =>
                argument.Split(',')
                .Any(cidr => IpPrefix.TryParse(cidr, out var range) && range.Contains(address.Address))),
            _ => First(links, addresses, link => !Skipped.IsMatch(link.Name)),
        };
    }

    /// <summary>An address that a user gave, with the prefix length of the interface that has it where he gave
    /// none.</summary>
    public static string WithLength(string given, IReadOnlyList<KernelAddress> addresses) =>
        given.Contains('/', StringComparison.Ordinal)
            ? given
            : Find(addresses, address => address.Address == IpAddr.Parse(given))
                ?? IpPrefix.Host(IpAddr.Parse(given)).ToString();

    private static string? First(
        IReadOnlyList<KernelLink> links, IReadOnlyList<KernelAddress> addresses, Func<KernelLink, bool> fits) =>
        links.OrderByDescending(link => link.Index)
            .Where(link => link.IsUp && fits(link))
            .Select(link => Find(addresses, address => address.Interface == link.Index && IsGlobal(address.Address)))
            .FirstOrDefault(found => found is not null);

    private static string? Find(IReadOnlyList<KernelAddress> addresses, Func<KernelAddress, bool> fits)
    {
        foreach (var address in addresses)
            if (fits(address)) return $"{address.Address}/{address.Network.Length}";
        return null;
    }

    private static bool Matches(string patterns, string name) =>
        patterns.Split(',').Any(pattern => Regex.IsMatch(name, pattern));

    private static readonly IpPrefix[] NotGlobal =
    [
        IpPrefix.Parse("127.0.0.0/8"), IpPrefix.Parse("169.254.0.0/16"),
        IpPrefix.Parse("::1/128"), IpPrefix.Parse("fe80::/10"),
    ];

    private static bool IsGlobal(IpAddr address) => !NotGlobal.Any(network => network.Contains(address));

    private static IpAddr SourceTowards(string destination, IpFamily family)
    {
        using var socket = new Socket(
            family == IpFamily.V4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6, SocketType.Dgram,
            ProtocolType.Udp);
        try
        {
            socket.Connect(destination, 80);
            return IpAddr.From(((IPEndPoint)socket.LocalEndPoint!).Address);
        }
        catch (SocketException error)
        {
            throw new StartRefusedException(
                $"{(family == IpFamily.V4 ? "ip" : "ip6")}AutodetectionMethod can-reach={destination}: "
                + error.Message);
        }
    }
}
