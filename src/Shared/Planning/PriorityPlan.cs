using Agent.Bgp.Policy;

namespace Agent.Planning;

/// <summary>What priorities of routes are to a node: two switches of its own, the normal priorities the cluster's (spec
/// calico-bgp 1.1, version table).</summary>
public static class PriorityPlan
{
    /// <summary>Plans the priorities.</summary>
    public static RoutePriorities For(ClusterSnapshot snapshot, PlanOptions options)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ArgumentNullException.ThrowIfNull(options);
        var defaults = new RoutePriorities();
        return new RoutePriorities
        {
            InLocalPref = options.PriorityInLocalPref,
            AsMetric = options.RouteMetrics,
            NormalV4 = Of(snapshot.DefaultBgp.Ipv4NormalRoutePriority, defaults.NormalV4),
            NormalV6 = Of(snapshot.DefaultBgp.Ipv6NormalRoutePriority, defaults.NormalV6),
        };
    }

    private static uint Of(int? wished, uint otherwise) =>
        wished is { } priority and > 0 and < int.MaxValue ? (uint)priority : otherwise;
}
