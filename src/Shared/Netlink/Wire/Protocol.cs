namespace Agent.Netlink.Wire;

/// <summary>Message types of NETLINK_ROUTE (rtnetlink(7)) and the two that every netlink family shares.</summary>
internal static class NetlinkType
{
    internal const ushort Error = 2;
    internal const ushort Done = 3;
    internal const ushort NewLink = 16;
    internal const ushort DeleteLink = 17;
    internal const ushort GetLink = 18;
    internal const ushort NewAddress = 20;
    internal const ushort DeleteAddress = 21;
    internal const ushort GetAddress = 22;
    internal const ushort NewRoute = 24;
    internal const ushort DeleteRoute = 25;
    internal const ushort GetRoute = 26;
    internal const ushort NewNextHop = 104;
    internal const ushort DeleteNextHop = 105;
    internal const ushort GetNextHop = 106;
}

/// <summary>Flags of a message's header; GET, NEW and error messages give some bits a different meaning.</summary>
[Flags]
internal enum NetlinkFlags : ushort
{
    None = 0,
    Request = 0x1,
    Acknowledge = 0x4,
    DumpInterrupted = 0x10,
    Dump = 0x300,
    Replace = 0x100,
    Exclusive = 0x200,
    Create = 0x400,
}

/// <summary>Groups to subscribe to.</summary>
internal static class NetlinkGroup
{
    internal const int Link = 1;
    internal const int AddressV4 = 5;
    internal const int RouteV4 = 7;
    internal const int AddressV6 = 9;
    internal const int RouteV6 = 11;
    internal const int NextHop = 32;
}

/// <summary>Attributes of a route message.</summary>
internal static class RouteAttribute
{
    internal const ushort Destination = 1;
    internal const ushort OutInterface = 4;
    internal const ushort Gateway = 5;
    internal const ushort Priority = 6;
    internal const ushort PrefSource = 7;
    internal const ushort Multipath = 9;
    internal const ushort Table = 15;
    internal const ushort Via = 18;
    internal const ushort NextHopObject = 30;
}

/// <summary>Attributes of a message about a next hop that is an object.</summary>
internal static class NextHopAttribute
{
    internal const ushort Id = 1;
    internal const ushort OutInterface = 5;
    internal const ushort Gateway = 6;
}

/// <summary>Attributes of a link message.</summary>
internal static class LinkAttribute
{
    internal const ushort Address = 1;
    internal const ushort Name = 3;
    internal const ushort Mtu = 4;
    internal const ushort Link = 5;
    internal const ushort Detail = 18;
    internal const ushort NamespaceFd = 28;
    internal const ushort ExtendedMask = 29;
    internal const ushort DetailKind = 1;
    internal const ushort DetailData = 2;
    internal const ushort VethPeer = 1;
}

/// <summary>Attributes of an address message.</summary>
internal static class AddressAttribute
{
    internal const ushort Address = 1;
    internal const ushort Local = 2;
    internal const ushort Flags = 8;
}

/// <summary>The address families' numbers in the kernel.</summary>
internal static class KernelFamily
{
    internal const byte Unspecified = 0;
    internal const byte V4 = 2;
    internal const byte V6 = 10;

    internal static byte Of(Primitives.IpFamily family) => family == Primitives.IpFamily.V6 ? V6 : V4;
}
