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
    /// <param name="method">The setting <c>ipAutodetectionMethod</c>.</param>
    /// <param name="links">The node's links.</param>
    /// <param name="addresses">Their addresses.</param>
    public static string? Detect(string method, IReadOnlyList<KernelLink> links, IReadOnlyList<KernelAddress> addresses)
    {
        var separator = method.IndexOf('=', StringComparison.Ordinal);
        var argument = method[(separator + 1)..];
        return (separator < 0 ? method : method[..separator]) switch
        {
            "can-reach" => Find(addresses, address => address.Address == SourceTowards(argument)),
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
            : Find(addresses, address => address.Address.ToString() == given) ?? given + "/32";

    private static string? First(
        IReadOnlyList<KernelLink> links, IReadOnlyList<KernelAddress> addresses, Func<KernelLink, bool> fits) =>
        links.OrderByDescending(link => link.Index)
            .Where(link => link.IsUp && fits(link))
            .Select(link => Find(addresses, address => address.Interface == link.Index && IsGlobal(address.Address)))
            .FirstOrDefault(found => found is not null);

    private static string? Find(IReadOnlyList<KernelAddress> addresses, Func<KernelAddress, bool> fits)
    {
        foreach (var address in addresses)
            if (address.Address.IsV4 && fits(address)) return $"{address.Address}/{address.Network.Length}";
        return null;
    }

    private static bool Matches(string patterns, string name) =>
        patterns.Split(',').Any(pattern => Regex.IsMatch(name, pattern));

    private static bool IsGlobal(IpAddr address) =>
        address.IsV4 && !IpPrefix.Parse("127.0.0.0/8").Contains(address)
        && !IpPrefix.Parse("169.254.0.0/16").Contains(address);

    private static IpAddr SourceTowards(string destination)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.Connect(destination, 80);
            return IpAddr.From(((IPEndPoint)socket.LocalEndPoint!).Address);
        }
        catch (SocketException error)
        {
            throw new StartRefusedException($"ipAutodetectionMethod can-reach={destination}: {error.Message}");
        }
    }
}
