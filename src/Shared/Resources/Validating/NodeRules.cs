using Agent.Primitives;

namespace Agent.Resources;

/// <summary>The rules of Calico's Node (spec calico-bgp 1.4).</summary>
internal static class NodeRules
{
    public static void Check(CalicoNode node, Findings findings)
    {
        if (node.Bgp is { } bgp)
        {
            if (bgp == new NodeBgp()) findings.Error("spec.bgp", "{}", "Spec.BGP should not be empty");
            Address("spec.bgp.ipv4Address", bgp.Ipv4Address, IpFamily.V4, withLength: true, findings);
            Address("spec.bgp.ipv6Address", bgp.Ipv6Address, IpFamily.V6, withLength: true, findings);
            Address("spec.bgp.ipv4IPIPTunnelAddr", bgp.Ipv4IPIPTunnelAddr, IpFamily.V4, withLength: false, findings);
            if (bgp.RouteReflectorClusterID is { Length: > 0 } id
                && !(IpAddr.TryParse(id, out var cluster) && cluster.IsV4))
                findings.Error("spec.bgp.routeReflectorClusterID", id, "must be in the form of an IPv4 address");
        }

        Address("spec.ipv4VXLANTunnelAddr", node.Ipv4VXLANTunnelAddr, IpFamily.V4, withLength: false, findings);
        Address("spec.ipv6VXLANTunnelAddr", node.Ipv6VXLANTunnelAddr, IpFamily.V6, withLength: false, findings);
        Address("spec.wireguard.interfaceIPv4Address", node.Wireguard?.InterfaceIPv4Address, IpFamily.V4,
            withLength: false, findings);
        Address("spec.wireguard.interfaceIPv6Address", node.Wireguard?.InterfaceIPv6Address, IpFamily.V6,
            withLength: false, findings);
        foreach (var entry in node.Addresses)
            findings.OneOf("spec.addresses[].type", entry.Type, "CalicoNodeIP", "InternalIP", "ExternalIP");
    }

    private static void Address(string field, string? text, IpFamily family, bool withLength, Findings findings)
    {
        if (string.IsNullOrEmpty(text)) return;
        var fits = (IpAddr.TryParse(text, out var address)
            || (withLength && IpPrefix.TryParseInterface(text, out address, out _)))
            && address.Family == family;
        if (!fits) findings.Error(field, text,
            $"must be an IP{(family == IpFamily.V4 ? "v4" : "v6")} "
            + $"address{(withLength ? ", with or without a prefix length" : "")}");
    }
}
