using System.Runtime.InteropServices;

namespace Agent.Netlink.Wire;

/// <summary>What to change about a link; null leaves it.</summary>
internal readonly record struct LinkSettings(
    bool? Up = null, string? Name = null, MacAddress? Mac = null, int? Mtu = null, int? NamespaceFd = null);

/// <summary>Links to RTM_NEWLINK and RTM_DELLINK and back (rtnetlink(7)).</summary>
internal static class LinkMessages
{
    private const uint FlagUp = 0x1;
    private const uint FlagLowerUp = 0x10000;
    private const uint SkipStatistics = 8;

    /// <summary><c>struct ifinfomsg</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct LinkHeader
    {
        internal byte Family;
        internal byte Padding;
        internal ushort Type;
        internal int Index;
        internal uint Flags;
        internal uint Change;
    }

    /// <summary>A request for all links, without their statistics.</summary>
    internal static int WriteDump(Span<byte> buffer, uint sequence)
    {
        var message = new NetlinkWriter(buffer, NetlinkType.GetLink, NetlinkFlags.Request | NetlinkFlags.Dump,
            sequence);
        message.Fixed(default(LinkHeader));
        message.Attribute(LinkAttribute.ExtendedMask, SkipStatistics);
        return message.Complete();
    }

    /// <summary>A request for one link by its name.</summary>
    internal static int WriteGet(Span<byte> buffer, string name, uint sequence)
    {
        var message = new NetlinkWriter(buffer, NetlinkType.GetLink, NetlinkFlags.Request | NetlinkFlags.Acknowledge,
            sequence);
        message.Fixed(default(LinkHeader));
        message.Attribute(LinkAttribute.Name, name);
        message.Attribute(LinkAttribute.ExtendedMask, SkipStatistics);
        return message.Complete();
    }

    /// <summary>Creates a veth: this end in the socket's namespace, the peer in the namespace of a file
    /// descriptor.</summary>
    internal static int WriteCreateVeth(
        Span<byte> buffer, string name, MacAddress mac, string peerName, MacAddress? peerMac, int mtu,
        int peerNamespaceFd, uint sequence)
    {
        var message = new NetlinkWriter(
            buffer, NetlinkType.NewLink,
            NetlinkFlags.Request | NetlinkFlags.Create | NetlinkFlags.Exclusive | NetlinkFlags.Acknowledge, sequence);
        message.Fixed(default(LinkHeader));
        message.Attribute(LinkAttribute.Name, name);
        message.Attribute(LinkAttribute.Address, mac);
        if (mtu > 0) message.Attribute(LinkAttribute.Mtu, (uint)mtu);

        var detail = message.Begin(LinkAttribute.Detail);
        message.Attribute(LinkAttribute.DetailKind, "veth");
        var data = message.Begin(LinkAttribute.DetailData);
        var peer = message.Begin(LinkAttribute.VethPeer);
        message.Fixed(default(LinkHeader));
        message.Attribute(LinkAttribute.Name, peerName);
        if (peerMac is { } given) message.Attribute(LinkAttribute.Address, given);
        if (mtu > 0) message.Attribute(LinkAttribute.Mtu, (uint)mtu);
        message.Attribute(LinkAttribute.NamespaceFd, (uint)peerNamespaceFd);
        message.End(peer);
        message.End(data);
        message.End(detail);
        return message.Complete();
    }

    /// <summary>Changes a link that exists.</summary>
    internal static int WriteChange(Span<byte> buffer, int index, in LinkSettings settings, uint sequence)
    {
        var message = new NetlinkWriter(buffer, NetlinkType.NewLink, NetlinkFlags.Request | NetlinkFlags.Acknowledge,
            sequence);
        message.Fixed(new LinkHeader
        {
            Index = index,
            Flags = settings.Up is true ? FlagUp : 0,
            Change = settings.Up is null ? 0 : FlagUp,
        });
        if (settings.Name is { } name) message.Attribute(LinkAttribute.Name, name);
        if (settings.Mac is { } mac) message.Attribute(LinkAttribute.Address, mac);
        if (settings.Mtu is { } mtu) message.Attribute(LinkAttribute.Mtu, (uint)mtu);
        if (settings.NamespaceFd is { } fd) message.Attribute(LinkAttribute.NamespaceFd, (uint)fd);
        return message.Complete();
    }

    /// <summary>Deletes a link; a veth takes its peer with it.</summary>
    internal static int WriteDelete(Span<byte> buffer, string name, uint sequence)
    {
        var message = new NetlinkWriter(buffer, NetlinkType.DeleteLink, NetlinkFlags.Request | NetlinkFlags.Acknowledge,
            sequence);
        message.Fixed(default(LinkHeader));
        message.Attribute(LinkAttribute.Name, name);
        return message.Complete();
    }

    /// <summary>Reads a link; false where the message is none, or speaks of a bridge's port only.</summary>
    internal static bool TryRead(in NetlinkMessage message, out KernelLink link)
    {
        link = null!;
        // AF_BRIDGE messages share the type and tell of a port, with few of the link's attributes.
        if (!message.TrySplit(out LinkHeader header, out var attributes) || header.Family != KernelFamily.Unspecified)
            return false;

        string name = "", kind = "";
        MacAddress mac = default;
        int mtu = 0, peer = 0;
        while (attributes.TryRead(out var type, out var value))
        {
            switch (type)
            {
                case LinkAttribute.Name: name = AttributeReader.Text(value); break;
                case LinkAttribute.Address when value.Length == 6: mac = MacAddress.FromBytes(value); break;
                case LinkAttribute.Mtu: mtu = (int)AttributeReader.Number(value); break;
                case LinkAttribute.Link: peer = (int)AttributeReader.Number(value); break;
                case LinkAttribute.Detail: kind = Kind(value); break;
            }
        }

        link = new KernelLink(
            header.Index, name, kind, mac, mtu, (header.Flags & FlagUp) != 0, (header.Flags & FlagLowerUp) != 0, peer);
        return true;
    }

    private static string Kind(ReadOnlySpan<byte> detail)
    {
        var attributes = new AttributeReader(detail);
        while (attributes.TryRead(out var type, out var value))
            if (type == LinkAttribute.DetailKind) return AttributeReader.Text(value);

        return "";
    }
}
