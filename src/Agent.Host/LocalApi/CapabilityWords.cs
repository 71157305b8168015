using System.Globalization;
using Agent.Bgp.Wire;

namespace Agent.Host.LocalApi;

/// <summary>The capabilities of both OPENs side by side, as <c>show bgp neighbor</c> of vtysh lists them: what both
/// have
/// is in use.</summary>
internal static class CapabilityWords
{
    /// <summary>A line for each capability, by code: <c>4-byte AS (RFC 6793): advertised and received</c>.</summary>
    public static IEnumerable<string> Of(IReadOnlyList<Capability> offered, IReadOnlyList<Capability> received)
    {
        var ours = offered.Select(Name).ToHashSet(StringComparer.Ordinal);
        var theirs = received.Select(Name).ToHashSet(StringComparer.Ordinal);
        var all = offered.Concat(received).OrderBy(static each => each.Code).Select(Name)
            .Distinct(StringComparer.Ordinal);
        foreach (var name in all)
        {
            var sides = (ours.Contains(name), theirs.Contains(name)) switch
            {
                (true, true) => "advertised and received",
                (true, _) => "advertised",
                _ => "received",
            };
            var detail = received.Where(each => Name(each) == name).Select(Detail).FirstOrDefault();
            yield return $"{name}: {sides}{detail}";
        }
    }

    private static string Name(Capability capability) => capability switch
    {
        Capability.MultiProtocol each => Text($"{Family(each.Afi, each.Safi)} (RFC 4760)"),
        Capability.RouteRefresh => "route refresh (RFC 2918)",
        Capability.ExtendedNextHop => "extended next hop (RFC 8950)",
        Capability.ExtendedMessage => "extended messages (RFC 8654)",
        Capability.Role => "role (RFC 9234)",
        Capability.GracefulRestart => "graceful restart (RFC 4724)",
        Capability.FourOctetAs => "4-byte AS (RFC 6793)",
        Capability.AddPath => "ADD-PATH (RFC 7911)",
        Capability.EnhancedRouteRefresh => "enhanced route refresh (RFC 7313)",
        Capability.LongLivedGracefulRestart => "long-lived graceful restart (RFC 9494)",
        Capability.HostName => "host name (FQDN)",
        _ => Text($"capability {capability.Code}"),
    };

    /// <summary>What the peer says with the capability.</summary>
    private static string Detail(Capability capability) => capability switch
    {
        Capability.Role { Value: var role } => $", the peer is {role}",
        Capability.GracefulRestart restart => Text($", the peer may be gone for {restart.RestartSeconds} s")
            + (restart.Families.IsEmpty ? ", keeps no family"
                : ", keeps " + string.Join(", ", restart.Families.Select(each => Family(each.Afi, each.Safi))))
            + (restart.AfterNotification ? ", also after a NOTIFICATION" : "")
            + (restart.Restarting ? ", has just restarted" : ""),
        Capability.AddPath { Families: var families } => ", the peer "
            + string.Join(", ", families.Select(each => each.Mode switch
            {
                1 => "receives ",
                2 => "sends ",
                _ => "sends and receives ",
            } + Family(each.Afi, each.Safi))),
        Capability.LongLivedGracefulRestart { Families: var families } => string.Concat(
            families.Select(each => Text($", {Family(each.Afi, each.Safi)} for {each.StaleSeconds} s"))),
        Capability.HostName host => $", the peer is {host.Name}{(host.Domain.Length > 0 ? "." + host.Domain : "")}",
        _ => "",
    };

    private static string Family(ushort afi, byte safi) => (afi, safi) switch
    {
        (1, 1) => "IPv4 unicast",
        (2, 1) => "IPv6 unicast",
        _ => Text($"AFI {afi} SAFI {safi}"),
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
