using System.Runtime.InteropServices;
using Agent.Primitives;

namespace Agent.Netlink.Wire;

/// <summary>Routes to RTM_NEWROUTE and RTM_DELROUTE and back. Pure: the caller owns buffer and socket
/// (rtnetlink(7)).</summary>
internal static class RouteMessages
{
    private const byte OnLink = 4;
    private const uint Cloned = 0x200;
    private const byte CompatibilityTable = 252;

    /// <summary><c>struct rtmsg</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct RouteHeader
    {
        internal byte Family;
        internal byte DestinationLength;
        internal byte SourceLength;
        internal byte TypeOfService;
        internal byte Table;
        internal byte Protocol;
        internal byte Scope;
        internal byte Kind;
        internal uint Flags;
    }

    /// <summary>How many bytes a message about this route needs at most.</summary>
    internal static int MaxSize(in KernelRoute route) => 112 + 32 * route.NextHops.Count;

    /// <summary>Writes one change and returns its length; without a request for acknowledgement.</summary>
    /// <param name="buffer">Room for the message.</param>
    /// <param name="change">What to write.</param>
    /// <param name="sequence">The message's number.</param>
    /// <param name="nextHop">The object that stands for the route's next hop; 0 for none.</param>
    internal static int Write(Span<byte> buffer, in RouteChange change, uint sequence, uint nextHop = 0) =>
        change.Action switch
        {
            RouteAction.Delete => WriteDelete(buffer, change.Route, sequence),
            RouteAction.Add => WriteNew(buffer, change.Route, NetlinkFlags.Exclusive, sequence, nextHop),
            _ => WriteNew(buffer, change.Route, NetlinkFlags.Replace, sequence, nextHop),
        };

    /// <summary>Writes one change that asks for an acknowledgement of its own.</summary>
    internal static int WriteAcknowledged(Span<byte> buffer, in RouteChange change, uint sequence)
    {
        var length = Write(buffer, change, sequence);
        NetlinkWriter.AddFlags(buffer, NetlinkFlags.Acknowledge);
        return length;
    }

    /// <summary>Writes a request for all routes of the main table, one family.</summary>
    internal static int WriteDump(Span<byte> buffer, IpFamily family, uint sequence)
    {
        var message = new NetlinkWriter(buffer, NetlinkType.GetRoute, NetlinkFlags.Request | NetlinkFlags.Dump,
            sequence);
        message.Fixed(new RouteHeader { Family = KernelFamily.Of(family), Table = (byte)KernelRoute.MainTable });
        return message.Complete();
    }

    /// <summary>Reads a route; false for what has no <see cref="KernelRoute"/>: cached entries, other families, a type
    /// of service.</summary>
    /// <param name="message">An RTM_NEWROUTE or RTM_DELROUTE.</param>
    /// <param name="interner">Shares equal sets of next hops among the routes of one dump.</param>
    /// <param name="route">The route.</param>
    internal static bool TryRead(in NetlinkMessage message, NextHopInterner interner, out KernelRoute route)
    {
        route = default;
        if (!message.TrySplit(out RouteHeader header, out var attributes)) return false;
        if (header.Family is not (KernelFamily.V4 or KernelFamily.V6)) return false;
        if (header.TypeOfService != 0 || (header.Flags & Cloned) != 0) return false;

        var any = header.Family == KernelFamily.V6 ? IpAddr.AnyV6 : IpAddr.AnyV4;
        if (header.DestinationLength > any.Bits) return false;
        var destination = any;
        IpAddr gateway = default, source = default;
        uint table = header.Table, priority = 0;
        var index = 0;
        ReadOnlySpan<byte> multipath = default;

        while (attributes.TryRead(out var type, out var value))
        {
            switch (type)
            {
                case RouteAttribute.Destination when value.Length == any.Size:
                    destination = IpAddr.FromBytes(value);
                    break;
                case RouteAttribute.PrefSource when value.Length == any.Size: source = IpAddr.FromBytes(value); break;
                case RouteAttribute.Gateway when value.Length == any.Size: gateway = IpAddr.FromBytes(value); break;
                case RouteAttribute.Via: gateway = ReadVia(value); break;
                case RouteAttribute.OutInterface: index = (int)AttributeReader.Number(value); break;
                case RouteAttribute.Priority: priority = AttributeReader.Number(value); break;
                case RouteAttribute.Table: table = AttributeReader.Number(value); break;
                case RouteAttribute.Multipath: multipath = value; break;
                case RouteAttribute.NextHopObject: interner.Objects.Add(AttributeReader.Number(value)); break;
            }
        }

        var kind = (RouteKind)header.Kind;
        var hops = NextHops.None;
        if (kind is not (RouteKind.Blackhole or RouteKind.Unreachable or RouteKind.Prohibit or RouteKind.Throw))
        {
            hops = multipath.IsEmpty
                ? interner.One(new NextHop(gateway, index, 1, (header.Flags & OnLink) != 0))
                : interner.Many(multipath);
        }

        route = new KernelRoute(
            new IpPrefix(destination, header.DestinationLength), kind, (RouteProtocol)header.Protocol,
            (RouteScope)header.Scope,
            hops, table, priority, source);
        return true;
    }

    /// <summary>Reads the next <c>struct rtnexthop</c> and moves on; false at the end.</summary>
    internal static bool TryReadNextHop(ref ReadOnlySpan<byte> rest, out NextHop hop)
    {
        hop = default;
        if (rest.Length < 8) return false;
        var length = MemoryMarshal.Read<ushort>(rest);
        if (length < 8 || length > rest.Length) return false;

        IpAddr gateway = default;
        var attributes = new AttributeReader(rest[8..length]);
        while (attributes.TryRead(out var type, out var value))
        {
            if (type == RouteAttribute.Gateway && value.Length is 4 or 16) gateway = IpAddr.FromBytes(value);
            else if (type == RouteAttribute.Via) gateway = ReadVia(value);
        }

        hop = new NextHop(gateway, MemoryMarshal.Read<int>(rest[4..]), rest[3] + 1, (rest[2] & OnLink) != 0);
        rest = rest[Math.Min(rest.Length, (length + 3) & ~3)..];
        return true;
    }

    private static int WriteNew(
        Span<byte> buffer, in KernelRoute route, NetlinkFlags mode, uint sequence, uint nextHop)
    {
        var message = new NetlinkWriter(
            buffer, NetlinkType.NewRoute, NetlinkFlags.Request | NetlinkFlags.Create | mode, sequence);
        var hops = route.NextHops.AsSpan();
        var only = hops.Length == 1;

        message.Fixed(Header(route, (byte)route.Scope, only && hops[0].OnLink ? OnLink : 0u));
        message.Attribute(RouteAttribute.Destination, route.Destination.Address);
        if (nextHop != 0)
        {
            message.Attribute(RouteAttribute.NextHopObject, nextHop);
        }
        else if (only)
        {
            if (!hops[0].Gateway.IsDefault) WriteGateway(ref message, route.Destination.Family, hops[0].Gateway);
            if (hops[0].Interface != 0) message.Attribute(RouteAttribute.OutInterface, (uint)hops[0].Interface);
        }
        else if (hops.Length > 1)
        {
            WriteMultipath(ref message, route.Destination.Family, hops);
        }

        if (!route.PrefSource.IsDefault) message.Attribute(RouteAttribute.PrefSource, route.PrefSource);
        WriteKey(ref message, route);
        return message.Complete();
    }

    private static int WriteDelete(Span<byte> buffer, in KernelRoute route, uint sequence)
    {
        var message = new NetlinkWriter(buffer, NetlinkType.DeleteRoute, NetlinkFlags.Request, sequence);
        // No next hop, and a scope that matches all: key, protocol and kind say which route is meant.
        message.Fixed(Header(route, (byte)RouteScope.Nowhere, 0));
        message.Attribute(RouteAttribute.Destination, route.Destination.Address);
        WriteKey(ref message, route);
        return message.Complete();
    }

    private static RouteHeader Header(in KernelRoute route, byte scope, uint flags) => new()
    {
        Family = KernelFamily.Of(route.Destination.Family),
        DestinationLength = route.Destination.Length,
        Table = route.Table <= byte.MaxValue ? (byte)route.Table : CompatibilityTable,
        Protocol = (byte)route.Protocol,
        Scope = scope,
        Kind = (byte)route.Kind,
        Flags = flags,
    };

    private static void WriteKey(ref NetlinkWriter message, in KernelRoute route)
    {
        if (route.Priority != 0) message.Attribute(RouteAttribute.Priority, route.Priority);
        if (route.Table > byte.MaxValue) message.Attribute(RouteAttribute.Table, route.Table);
    }

    private static void WriteMultipath(ref NetlinkWriter message, IpFamily family, ReadOnlySpan<NextHop> hops)
    {
        var multipath = message.Begin(RouteAttribute.Multipath);
        foreach (ref readonly var hop in hops)
        {
            var start = message.BeginNextHop(hop.OnLink ? OnLink : (byte)0, (byte)(hop.Weight - 1), hop.Interface);
            if (!hop.Gateway.IsDefault) WriteGateway(ref message, family, hop.Gateway);
            message.End(start);
        }

        message.End(multipath);
    }

    private static void WriteGateway(ref NetlinkWriter message, IpFamily family, IpAddr gateway)
    {
        if (gateway.Family == family) message.Attribute(RouteAttribute.Gateway, gateway);
        else message.Via(RouteAttribute.Via, gateway);
    }

    private static IpAddr ReadVia(ReadOnlySpan<byte> value) =>
        value.Length is 6 or 18 ? IpAddr.FromBytes(value[2..]) : default;
}

/// <summary>Shares equal sets of next hops, so that a dump of many routes through few gateways allocates few
/// arrays.</summary>
internal sealed class NextHopInterner
{
    private readonly Dictionary<NextHop, NextHops> _ones = [];
    private NextHops _lastMany;

    /// <summary>The objects that routes named instead of a next hop.</summary>
    internal HashSet<uint> Objects { get; } = [];

    internal NextHops One(NextHop hop)
    {
        if (_ones.TryGetValue(hop, out var shared)) return shared;
        return _ones[hop] = NextHops.Of(hop);
    }

    internal NextHops Many(ReadOnlySpan<byte> multipath)
    {
        var members = new List<NextHop>();
        while (members.Count < NextHops.Limit && RouteMessages.TryReadNextHop(ref multipath, out var hop))
            members.Add(hop);
        var many = NextHops.Of(CollectionsMarshal.AsSpan(members));
        return many == _lastMany ? _lastMany : _lastMany = many;
    }
}
