using System.Collections.Immutable;
using Agent.Netlink.Wire;
using Agent.Primitives;

namespace Agent.Netlink.Linux;

/// <summary>Whole tables, read over a request socket.</summary>
internal static class Tables
{
    /// <summary>The routes of the main table.</summary>
    /// <param name="socket">Who asks.</param>
    /// <param name="objects">Receives the next hops' objects that the routes name.</param>
    /// <param name="cancellation">Gives up between attempts.</param>
    internal static ImmutableArray<KernelRoute> Routes(
        NetlinkSocket socket, HashSet<uint> objects, CancellationToken cancellation)
    {
        var routes = new List<KernelRoute>();
        foreach (var family in (ReadOnlySpan<IpFamily>)[IpFamily.V4, IpFamily.V6])
        {
            var asked = family;
            var start = routes.Count;
            var interner = new NextHopInterner();
            try
            {
                socket.Dump(
                    "routes",
                    (buffer, sequence) => RouteMessages.WriteDump(buffer, asked, sequence),
                    () => routes.RemoveRange(start, routes.Count - start),
                    (in NetlinkMessage message) =>
                    {
                        if (message.Type == NetlinkType.NewRoute
                            && RouteMessages.TryRead(message, interner, out var route)
                            && route.Table == KernelRoute.MainTable
                            && route.Destination.Family == asked) routes.Add(route);
                    },
                    cancellation);
                objects.UnionWith(interner.Objects);
            }
            catch (NetlinkException missing)
                when (missing.Error.Number is Errno.NoEntry or Errno.NotSupported or Errno.FamilyNotSupported)
            {
                // The main table comes into being with its first route, and IPv6 may be left out of a kernel: no
                // routes.
                routes.RemoveRange(start, routes.Count - start);
            }
        }

        return [.. routes.OrderBy(route => route.Key)];
    }

    internal static ImmutableArray<KernelLink> Links(NetlinkSocket socket, CancellationToken cancellation)
    {
        var links = new List<KernelLink>();
        socket.Dump(
            "links",
            (buffer, sequence) => LinkMessages.WriteDump(buffer, sequence),
            links.Clear,
            (in NetlinkMessage message) =>
            {
                if (LinkMessages.TryRead(message, out var link)) links.Add(link);
            },
            cancellation);
        return [.. links.OrderBy(link => link.Index)];
    }

    internal static ImmutableArray<KernelAddress> Addresses(NetlinkSocket socket, CancellationToken cancellation)
    {
        var addresses = new List<KernelAddress>();
        socket.Dump(
            "addresses",
            (buffer, sequence) => AddressMessages.WriteDump(buffer, sequence),
            addresses.Clear,
            (in NetlinkMessage message) =>
            {
                if (AddressMessages.TryRead(message, out var address)) addresses.Add(address);
            },
            cancellation);
        return [.. addresses.OrderBy(address => address.Interface).ThenBy(address => address.Address)];
    }
}
