using System.Globalization;
using System.Text;
using Agent.Primitives;
using Agent.Resources;

namespace Agent.Planning;

/// <summary>Masquerading for pools with natOutgoing, as one nftables transaction (spec calico-bgp 9.8).</summary>
/// <remarks>
/// What a pod of such a pool sends to anything outside <em>all</em> pools, disabled ones included, leaves with the
/// node's address; pools for load balancers alone are not among them. The text replaces the whole table (add, delete,
/// define), so that applying it twice, or over an older one, gives the same ruleset, and <c>nft -f -</c> applies it all
/// or not at all. What pods say to their own node does not pass this hook. Each family has a table of its own; without
/// an IPv6 pool there is none of IPv6.
/// </remarks>
public static class NatPlan
{
    /// <summary>The table that is ours alone, in the families ip and ip6.</summary>
    public const string Table = "agent-nat";

    /// <summary>The ruleset; the same pools give the same text.</summary>
    public static string For(ClusterSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        var text = new StringBuilder();
        AppendTable(text, snapshot, IpFamily.V4);
        AppendTable(text, snapshot, IpFamily.V6);
        return text.ToString();
    }

    private static void AppendTable(StringBuilder text, ClusterSnapshot snapshot, IpFamily family)
    {
        var pools = snapshot.Pools.Values
            .Where(pool => pool.Cidr.Family == family && pool.AllowedUses != [AllowedUse.LoadBalancer])
            .OrderBy(pool => pool.Cidr)
            .ToList();
        var (ip, type) = family == IpFamily.V4 ? ("ip", "ipv4_addr") : ("ip6", "ipv6_addr");
        text.Append(CultureInfo.InvariantCulture, $"add table {ip} {Table}\ndelete table {ip} {Table}\n");
        if (family == IpFamily.V6 && pools.Count == 0) return;
        text.Append(CultureInfo.InvariantCulture, $"table {ip} {Table} {{\n");
        AppendSet(text, "all-pools", type, pools);
        AppendSet(text, "nat-pools", type, pools.Where(pool => pool.NatOutgoing));
        text.Append("    chain postrouting {\n        type nat hook postrouting priority srcnat; policy accept;\n");
        text.Append(CultureInfo.InvariantCulture,
            $"        {ip} saddr @nat-pools {ip} daddr != @all-pools masquerade\n    }}\n}}\n");
    }

    private static void AppendSet(StringBuilder text, string name, string type, IEnumerable<IPPool> pools)
    {
        // Pools that overlap (an older cluster may have such) would be refused as overlapping intervals without
        // auto-merge.
        text.Append(CultureInfo.InvariantCulture,
            $"    set {name} {{\n        type {type}; flags interval; auto-merge;\n");
        var elements = string.Join(", ", pools.Select(pool => pool.Cidr.ToString()));
        if (elements.Length > 0) text.Append(CultureInfo.InvariantCulture, $"        elements = {{ {elements} }}\n");
        text.Append("    }\n");
    }
}
