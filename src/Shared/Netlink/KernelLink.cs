using Agent.Primitives;

namespace Agent.Netlink;

/// <summary>One network interface of the kernel.</summary>
/// <param name="Index">Its number, unique within its namespace.</param>
/// <param name="Name">Its name, at most 15 characters.</param>
/// <param name="Kind">What it is (<c>veth</c>, <c>bridge</c>, <c>vxlan</c>); empty for loopback and hardware.</param>
/// <param name="Mac">Its Ethernet address; zero where it has none.</param>
/// <param name="Mtu">The largest packet that it carries, in bytes.</param>
/// <param name="IsUp">True when it was set up (IFF_UP).</param>
/// <param name="HasCarrier">True when the other end is there and up as well (IFF_LOWER_UP).</param>
/// <param name="Peer">The index of a veth's other end, in the other end's namespace; 0 where there is none.</param>
public sealed record KernelLink(int Index, string Name, string Kind, MacAddress Mac, int Mtu, bool IsUp,
    bool HasCarrier, int Peer);

/// <summary>One address of an interface.</summary>
/// <param name="Interface">The index of the interface.</param>
/// <param name="Address">The address itself.</param>
/// <param name="Network">The network that it is connected to; a /32 or /128 where it is alone.</param>
/// <param name="Scope">How far the address is valid; loopback addresses have host scope, link-local ones link
/// scope.</param>
public readonly record struct KernelAddress(int Interface, IpAddr Address, IpPrefix Network, RouteScope Scope);
