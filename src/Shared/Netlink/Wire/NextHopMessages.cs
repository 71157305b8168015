using System.Runtime.InteropServices;
using Agent.Primitives;

namespace Agent.Netlink.Wire;

/// <summary>Next hops that are objects of their own, to RTM_NEWNEXTHOP and RTM_DELNEXTHOP and back
/// (linux/nexthop.h).</summary>
internal static class NextHopMessages
{
    /// <summary><c>struct nhmsg</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct NextHopHeader
    {
        internal byte Family;
        internal byte Scope;
        internal byte Protocol;
        internal byte Reserved;
        internal uint Flags;
    }

    /// <summary>A new object under a number of our own, marked as BGP's; the number must be free.</summary>
    internal static int WriteNew(Span<byte> buffer, uint id, in NextHop hop, uint sequence)
    {
        var message = new NetlinkWriter(
            buffer, NetlinkType.NewNextHop,
            NetlinkFlags.Request | NetlinkFlags.Create | NetlinkFlags.Exclusive | NetlinkFlags.Acknowledge, sequence);
        message.Fixed(new NextHopHeader
        {
            Family = KernelFamily.Of(hop.Gateway.Family),
            Protocol = (byte)RouteOwner.BgpProtocol,
        });
        message.Attribute(NextHopAttribute.Id, id);
        message.Attribute(NextHopAttribute.OutInterface, (uint)hop.Interface);
        message.Attribute(NextHopAttribute.Gateway, hop.Gateway);
        return message.Complete();
    }

    /// <summary>Deletes an object, and with it, without news, every route that uses it.</summary>
    internal static int WriteDelete(Span<byte> buffer, uint id, uint sequence)
    {
        var message = new NetlinkWriter(
            buffer, NetlinkType.DeleteNextHop, NetlinkFlags.Request | NetlinkFlags.Acknowledge, sequence);
        message.Fixed(default(NextHopHeader));
        message.Attribute(NextHopAttribute.Id, id);
        return message.Complete();
    }

    /// <summary>A request for all objects.</summary>
    internal static int WriteDump(Span<byte> buffer, uint sequence)
    {
        var message = new NetlinkWriter(
            buffer, NetlinkType.GetNextHop, NetlinkFlags.Request | NetlinkFlags.Dump, sequence);
        message.Fixed(default(NextHopHeader));
        return message.Complete();
    }

    /// <summary>Reads an object of BGP's; false for any other.</summary>
    /// <param name="message">An RTM_NEWNEXTHOP or RTM_DELNEXTHOP.</param>
    /// <param name="id">Its number.</param>
    /// <param name="hop">What it is; unset gateway or interface where it is not one neighbour on one link.</param>
    internal static bool TryRead(in NetlinkMessage message, out uint id, out NextHop hop)
    {
        (id, hop) = (0, default);
        if (message.Type is not (NetlinkType.NewNextHop or NetlinkType.DeleteNextHop)) return false;
        if (!message.TrySplit(out NextHopHeader header, out var attributes)) return false;
        if (header.Protocol != (byte)RouteOwner.BgpProtocol) return false;
        IpAddr gateway = default;
        var index = 0;
        while (attributes.TryRead(out var type, out var value))
        {
            if (type == NextHopAttribute.Id) id = AttributeReader.Number(value);
            else if (type == NextHopAttribute.OutInterface) index = (int)AttributeReader.Number(value);
            else if (type == NextHopAttribute.Gateway && value.Length is 4 or 16) gateway = IpAddr.FromBytes(value);
        }

        hop = new NextHop(gateway, index);
        return id != 0;
    }
}
