using System.Runtime.InteropServices;
using Agent.Primitives;

namespace Agent.Netlink.Wire;

/// <summary>Addresses to RTM_NEWADDR and back (rtnetlink(7)).</summary>
internal static class AddressMessages
{
    // IPv6 only: an address that is on no shared link needs no duplicate detection.
    private const uint NoDuplicateDetection = 0x02;

    /// <summary><c>struct ifaddrmsg</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct AddressHeader
    {
        internal byte Family;
        internal byte Length;
        internal byte Flags;
        internal byte Scope;
        internal int Index;
    }

    /// <summary>A request for all addresses of both families.</summary>
    internal static int WriteDump(Span<byte> buffer, uint sequence)
    {
        var message = new NetlinkWriter(buffer, NetlinkType.GetAddress, NetlinkFlags.Request | NetlinkFlags.Dump,
            sequence);
        message.Fixed(default(AddressHeader));
        return message.Complete();
    }

    /// <summary>Gives a link a lone address (/32 or /128).</summary>
    internal static int WriteAdd(
        Span<byte> buffer, int index, IpAddr address, uint sequence, RouteScope scope = RouteScope.Universe)
    {
        var message = new NetlinkWriter(
            buffer, NetlinkType.NewAddress,
            NetlinkFlags.Request | NetlinkFlags.Create | NetlinkFlags.Exclusive | NetlinkFlags.Acknowledge, sequence);
        message.Fixed(new AddressHeader
        {
            Family = KernelFamily.Of(address.Family),
            Length = (byte)address.Bits,
            Scope = (byte)scope,
            Index = index
        });
        message.Attribute(AddressAttribute.Local, address);
        message.Attribute(AddressAttribute.Address, address);
        if (!address.IsV4) message.Attribute(AddressAttribute.Flags, NoDuplicateDetection);
        return message.Complete();
    }

    /// <summary>Takes a lone address (/32 or /128) from a link.</summary>
    internal static int WriteDelete(Span<byte> buffer, int index, IpAddr address, uint sequence)
    {
        var message = new NetlinkWriter(
            buffer, NetlinkType.DeleteAddress, NetlinkFlags.Request | NetlinkFlags.Acknowledge, sequence);
        message.Fixed(new AddressHeader
        {
            Family = KernelFamily.Of(address.Family),
            Length = (byte)address.Bits,
            Index = index
        });
        message.Attribute(AddressAttribute.Local, address);
        return message.Complete();
    }

    /// <summary>Reads an RTM_NEWADDR or RTM_DELADDR; false where it tells of another family.</summary>
    internal static bool TryRead(in NetlinkMessage message, out KernelAddress address)
    {
        address = default;
        if (!message.TrySplit(out AddressHeader header, out var attributes)) return false;
        var size = header.Family switch { KernelFamily.V4 => 4, KernelFamily.V6 => 16, _ => 0 };
        if (size == 0 || header.Length > size * 8) return false;

        // On a point-to-point link IFA_ADDRESS is the far end and IFA_LOCAL is ours; elsewhere they are the same or
        // only one is there.
        IpAddr local = default, network = default;
        while (attributes.TryRead(out var type, out var value))
        {
            if (value.Length != size) continue;
            if (type == AddressAttribute.Local) local = IpAddr.FromBytes(value);
            else if (type == AddressAttribute.Address) network = IpAddr.FromBytes(value);
        }

        if (local.IsDefault) local = network;
        if (network.IsDefault) network = local;
        if (local.IsDefault) return false;
        address = new KernelAddress(header.Index, local, new IpPrefix(network, header.Length),
            (RouteScope)header.Scope);
        return true;
    }
}
