using System.Collections.Immutable;
using Agent.Primitives;
using Agent.Resources;

namespace Agent.Planning;

/// <summary>A prefix of services that a node originates, and what for.</summary>
/// <param name="Prefix">The range, or one address.</param>
/// <param name="Reasons">Which settings and services want it, sorted: <c>serviceClusterIPs</c>,
/// <c>Service(yaobank/customer) clusterIP</c>.</param>
public readonly record struct AdvertisedPrefix(IpPrefix Prefix, ValueList<string> Reasons);

/// <summary>Whether a node advertises a service's own addresses, and why or why not.</summary>
public readonly record struct ServiceDecision(ResourceKey Service, bool IsAdvertised, string Reason);

/// <summary>What one node says about services (spec calico-bgp 5), as a function of the whole state.</summary>
/// <remarks>
/// Every transition of 5.5 is this function on another snapshot: nothing is remembered, so a slice's deletion withdraws
/// what it justified, and a service without slices is one without endpoints (Calico does neither).
/// </remarks>
/// <param name="Prefixes">What the node originates, sorted by prefix; each one once, however many want it.</param>
/// <param name="KernelReject">Ranges whose routes never reach the kernel, on excluded nodes too (4.4 step 1);
/// sorted.</param>
/// <param name="ReflectorClauses">What the node, being a reflector, exports though it does not originate it (3.2 step
/// 10); sorted.</param>
/// <param name="Decisions">The verdict on each service, in the order of their keys.</param>
public sealed record ServicePlan(
    ImmutableArray<AdvertisedPrefix> Prefixes,
    ImmutableArray<IpPrefix> KernelReject,
    ImmutableArray<IpPrefix> ReflectorClauses,
    ImmutableArray<ServiceDecision> Decisions)
{
    /// <summary>Plans what a node says about services.</summary>
    public static ServicePlan For(ClusterSnapshot snapshot, string nodeName, PlanOptions? options = null)
    {
        options ??= PlanOptions.Default;
        var ranges = ServiceRanges.Of(snapshot.DefaultBgp, options);
        if (ranges.IsEmpty) return new ServicePlan([], [], [], []);

        var node = snapshot.Nodes.GetValueOrDefault(nodeName);
        var isExcluded = node?.IsExcludedFromLoadBalancers ?? false;
        var wanted = new SortedDictionary<IpPrefix, SortedSet<string>>();
        if (!isExcluded)
            foreach (var (range, source) in ranges.Aggregates) Want(range, source);

        var slices = snapshot.EndpointSlices.Values.ToLookup(slice => (slice.Metadata.Namespace, slice.ServiceName));
        var decisions = ImmutableArray.CreateBuilder<ServiceDecision>(snapshot.Services.Count);
        foreach (var (key, service) in snapshot.Services)
        {
            var (isAdvertised, reason) = isExcluded
                ? (false, "the node is excluded from external load balancers")
                : ranges.Decide(service, slices[(key.Namespace, key.Name)], options.KubernetesNodeName ?? nodeName);
            decisions.Add(new ServiceDecision(key, isAdvertised, reason));
            if (!isAdvertised) continue;
            foreach (var (address, source) in ranges.AddressesOf(service))
                Want(IpPrefix.Host(address), $"{key} {source}");
        }

        return new ServicePlan(
            [.. wanted.Select(pair => new AdvertisedPrefix(pair.Key, [.. pair.Value]))],
            [.. ranges.Aggregates.Select(aggregate => aggregate.Range).Distinct().Order()],
            node?.ClusterId is null ? [] : [.. ranges.LoadBalancer.Concat(ranges.External).Distinct().Order()],
            decisions.MoveToImmutable());

        void Want(IpPrefix prefix, string reason)
        {
            if (!wanted.TryGetValue(prefix, out var reasons))
                wanted[prefix] = reasons = new SortedSet<string>(StringComparer.Ordinal);
            reasons.Add(reason);
        }
    }
}
