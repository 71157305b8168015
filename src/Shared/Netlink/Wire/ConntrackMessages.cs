using System.Runtime.InteropServices;
using Agent.Primitives;

namespace Agent.Netlink.Wire;

/// <summary>Tracked connections over NETLINK_NETFILTER: list all, delete one by its tuple
/// (linux/netfilter/nfnetlink_conntrack.h).</summary>
internal static class ConntrackMessages
{
    private const ushort Subsystem = 1 << 8;
    private const ushort Get = Subsystem | 1;
    private const ushort Delete = Subsystem | 2;
    private const ushort Nested = 0x8000;
    private const ushort TupleOriginal = 1;
    private const ushort TupleReply = 2;
    private const ushort Id = 12;
    private const ushort Zone = 18;
    private const ushort TupleIp = 1;
    private const ushort LastAddress = 4;

    /// <summary><c>struct nfgenmsg</c>; the resource id is 0.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct NetfilterHeader
    {
        internal byte Family;
        internal byte Version;
        internal ushort Resource;
    }

    /// <summary>A request for all connections of one family.</summary>
    internal static int WriteDump(Span<byte> buffer, IpFamily family, uint sequence)
    {
        var message = new NetlinkWriter(buffer, Get, NetlinkFlags.Request | NetlinkFlags.Dump, sequence);
        message.Fixed(new NetfilterHeader { Family = KernelFamily.Of(family) });
        return message.Complete();
    }

    /// <summary>
    /// Writes the deletion of a dumped connection, if the address is source or destination in either direction; else
    /// returns 0.
    /// </summary>
    /// <remarks>The connection's id goes along, so that a new one between the same ports is not deleted in its
    /// place.</remarks>
    internal static int WriteDeleteIfOf(in NetlinkMessage connection, IpAddr address, Span<byte> buffer, uint sequence)
    {
        if (!connection.TrySplit(out NetfilterHeader _, out var attributes)) return 0;
        ReadOnlySpan<byte> original = default, id = default, zone = default;
        var matches = false;
        while (attributes.TryRead(out var type, out var value))
        {
            switch (type)
            {
                case TupleOriginal:
                    original = value;
                    matches |= Mentions(value, address);
                    break;
                case TupleReply: matches |= Mentions(value, address); break;
                case Id: id = value; break;
                case Zone: zone = value; break;
            }
        }

        if (!matches || original.IsEmpty) return 0;
        var message = new NetlinkWriter(buffer, Delete, NetlinkFlags.Request | NetlinkFlags.Acknowledge, sequence);
        message.Fixed(new NetfilterHeader { Family = KernelFamily.Of(address.Family) });
        message.Attribute(TupleOriginal | Nested, original);
        if (!id.IsEmpty) message.Attribute(Id, id);
        if (!zone.IsEmpty) message.Attribute(Zone, zone);
        return message.Complete();
    }

    private static bool Mentions(ReadOnlySpan<byte> tuple, IpAddr address)
    {
        var parts = new AttributeReader(tuple);
        while (parts.TryRead(out var part, out var value))
        {
            if (part != TupleIp) continue;
            // Types 1 to 4: IPv4 source and destination, IPv6 source and destination.
            var addresses = new AttributeReader(value);
            while (addresses.TryRead(out var type, out var bytes))
                if (type <= LastAddress && bytes.Length == address.Size && IpAddr.FromBytes(bytes) == address)
                    return true;
        }

        return false;
    }
}
