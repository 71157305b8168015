using Agent.Netlink.Wire;
using Agent.Primitives;

namespace Agent.Netlink.Tests.Wire;

/// <summary>Byte for byte what goes to the kernel (rtnetlink(7), little-endian host).</summary>
public sealed class RouteVectorTests
{
    // length, type 24 RTM_NEWROUTE, flags REQUEST|CREATE|REPLACE 0x501, sequence 7, port 0
    private const string ReplaceHeader = "1800 0105 07000000 00000000";

    [Fact]
    public void A_blackhole_has_a_destination_and_nothing_else() => Same(
        "24000000" + ReplaceHeader
        + "02 1a 00 00 fe 0c 00 06 00000000"        // inet /26 table 254 proto 12 scope 0 blackhole
        + "0800 0100 0a306e00",                     // RTA_DST 10.48.110.0
        RouteChange.Replace(KernelRoute.Blackhole(IpPrefix.Parse("10.48.110.0/26"))));

    [Fact]
    public void A_device_route_has_an_interface_and_link_scope() => Same(
        "2c000000" + ReplaceHeader
        + "02 20 00 00 fe 03 fd 01 00000000"        // inet /32 table 254 proto 3 scope 253 unicast
        + "0800 0100 0a306e0e"                      // RTA_DST 10.48.110.14
        + "0800 0400 09000000",                     // RTA_OIF 9
        RouteChange.Replace(KernelRoute.ToPod(IpAddr.Parse("10.48.110.14"), 9)));

    [Fact]
    public void A_gateway_route_has_52_bytes() => Same(
        "34000000" + ReplaceHeader
        + "02 1a 00 00 fe 0c 00 01 00000000"
        + "0800 0100 0a30b140"                      // RTA_DST 10.48.177.64
        + "0800 0500 0a00000a"                      // RTA_GATEWAY 10.0.0.10
        + "0800 0400 02000000",                     // RTA_OIF 2
        RouteChange.Replace(KernelRoute.Via(
            IpPrefix.Parse("10.48.177.64/26"), NextHops.Of(new NextHop(IpAddr.Parse("10.0.0.10"), 2)))));

    [Fact]
    public void A_multipath_route_lists_its_next_hops_in_canonical_order() => Same(
        "50000000" + ReplaceHeader
        + "02 18 00 00 fe 0c 00 01 00000000"
        + "0800 0100 c0000200"                      // RTA_DST 192.0.2.0
        + "2400 0900"                               // RTA_MULTIPATH, 36 bytes
        + "1000 00 00 02000000 0800 0500 0a00000a"  // rtnexthop 16, flags 0, weight 1, dev 2, gateway 10.0.0.10
        + "1000 04 02 03000000 0800 0500 0a00000b"  // onlink, weight 3, dev 3, gateway 10.0.0.11
        + "0800 0600 00040000",                     // RTA_PRIORITY 1024
        RouteChange.Replace(KernelRoute.Via(
            IpPrefix.Parse("192.0.2.0/24"),
            NextHops.Of(
                new NextHop(IpAddr.Parse("10.0.0.11"), 3, Weight: 3, OnLink: true),
                new NextHop(IpAddr.Parse("10.0.0.10"), 2))) with
        { Priority = 1024 }));

    [Fact]
    public void A_deletion_says_key_protocol_and_kind_and_matches_any_scope() => Same(
        "24000000" + "1900 0100 07000000 00000000"  // RTM_DELROUTE, REQUEST
        + "02 1a 00 00 fe 0c ff 06 00000000"
        + "0800 0100 0a306e00",
        RouteChange.Delete(KernelRoute.Blackhole(IpPrefix.Parse("10.48.110.0/26"))));

    [Fact]
    public void A_source_a_far_table_and_onlink_are_written() => Same(
        "44000000" + "1800 0106 07000000 00000000"  // CREATE|EXCL
        + "02 18 00 00 fc 0c 00 01 04000000"        // table 252: see RTA_TABLE; RTNH_F_ONLINK
        + "0800 0100 c0000200"
        + "0800 0500 0a00000a"
        + "0800 0400 02000000"
        + "0800 0700 0a000001"                      // RTA_PREFSRC 10.0.0.1
        + "0800 0f00 e8030000",                     // RTA_TABLE 1000
        RouteChange.Add(KernelRoute.Via(
            IpPrefix.Parse("192.0.2.0/24"), NextHops.Of(new NextHop(IpAddr.Parse("10.0.0.10"), 2, OnLink: true)))
            with
        { PrefSource = IpAddr.Parse("10.0.0.1"), Table = 1000 }));

    [Fact]
    public void What_is_written_is_read_back_the_same()
    {
        KernelRoute[] routes =
        [
            KernelRoute.Blackhole(IpPrefix.Parse("10.48.110.0/26")),
            KernelRoute.Unreachable(IpPrefix.Parse("2001:db8::/64")) with { Priority = 5, Table = 70000 },
            KernelRoute.ToPod(IpAddr.Parse("10.48.110.14"), 9) with { PrefSource = IpAddr.Parse("10.0.0.1") },
            KernelRoute.Via(IpPrefix.Parse("2001:db8:1::/48"), NextHops.Of(new NextHop(IpAddr.Parse("fe80::1"), 2))),
            KernelRoute.Via(IpPrefix.Parse("192.0.2.0/24"), NextHops.Of(new NextHop(IpAddr.Parse("fe80::1"), 2, OnLink: true))),
            KernelRoute.Via(IpPrefix.Parse("0.0.0.0/0"), NextHops.Of(
                new NextHop(IpAddr.Parse("10.0.0.1"), 2, 256), new NextHop(IpAddr.Parse("10.0.0.2"), 3), NextHop.Device(4))),
        ];

        Assert.Equal(routes, routes.Select(ReadBack));
    }

    [Fact]
    public void A_truncated_message_is_refused_wherever_it_ends()
    {
        var buffer = new byte[256];
        var length = RouteMessages.Write(buffer, RouteChange.Replace(KernelRoute.Blackhole(IpPrefix.Parse("10.48.110.0/26"))), 1);

        for (var end = 0; end < length; end++)
        {
            var reader = new NetlinkReader(buffer.AsSpan(0, end));
            Assert.False(reader.TryRead(out _));
        }
    }

    private static KernelRoute ReadBack(KernelRoute route)
    {
        var buffer = new byte[1024];
        var reader = new NetlinkReader(buffer.AsSpan(0, RouteMessages.Write(buffer, RouteChange.Replace(route), 1)));
        Assert.True(reader.TryRead(out var message));
        Assert.True(RouteMessages.TryRead(message, new NextHopInterner(), out var read));
        return read;
    }

    private static void Same(string expected, RouteChange change)
    {
        var buffer = new byte[256];
        Array.Fill(buffer, (byte)0xAA);

        var length = RouteMessages.Write(buffer, change, 7);

        Assert.Equal(expected.Replace(" ", "", StringComparison.Ordinal), Convert.ToHexStringLower(buffer[..length]));
        Assert.True(length <= RouteMessages.MaxSize(change.Route));
    }
}
