using System.Collections.Immutable;
using Agent.Primitives;
using Agent.Resources;

namespace Agent.Planning;

/// <summary>The three lists of service CIDRs, and the decisions that follow from them alone (spec calico-bgp 5.1, 5.3,
/// 5.4).</summary>
/// <param name="Cluster">serviceClusterIPs.</param>
/// <param name="External">serviceExternalIPs.</param>
/// <param name="LoadBalancer">serviceLoadBalancerIPs.</param>
/// <param name="IsAggregating">False where serviceLoadBalancerAggregation is Disabled: then every service is advertised
/// by address.</param>
internal sealed record ServiceRanges(
    ImmutableArray<IpPrefix> Cluster, ImmutableArray<IpPrefix> External, ImmutableArray<IpPrefix> LoadBalancer,
    bool IsAggregating)
{
    /// <summary>True where nothing is to be advertised at all.</summary>
    public bool IsEmpty => Cluster.IsEmpty && External.IsEmpty && LoadBalancer.IsEmpty;

    /// <summary>The ranges that every node originates, whether or not a service exists, with the setting that says
    /// so.</summary>
    public IEnumerable<(IpPrefix Range, string Source)> Aggregates =>
        Cluster.Select(range => (range, "serviceClusterIPs"))
            .Concat(External.Where(range => !range.IsHost).Select(range => (range, "serviceExternalIPs")))
            .Concat(LoadBalancer.Where(range => !range.IsHost && IsAggregating)
                .Select(range => (range, "serviceLoadBalancerIPs")));

    /// <summary>The ranges of the cluster's configuration; what is no CIDR is passed over.</summary>
    public static ServiceRanges Of(BgpConfiguration settings, PlanOptions options) => new(
        options.AdvertiseClusterIPs is { } replaced ? [replaced] : Parse(settings.ServiceClusterIPs),
        Parse(settings.ServiceExternalIPs),
        Parse(settings.ServiceLoadBalancerIPs),
        settings.ServiceLoadBalancerAggregation != "Disabled");

    /// <summary>Whether this node advertises the service's own addresses (5.3, steps 2 to 6).</summary>
    public (bool IsAdvertised, string Reason) Decide(Service service, IEnumerable<EndpointSlice> slices,
        string kubernetesNode)
    {
        if (service.Type is not ("ClusterIP" or "NodePort" or "LoadBalancer"))
            return (false, $"type {service.Type} has no address");
        if (string.IsNullOrEmpty(service.ClusterIP) || service.ClusterIP == "None")
            return (false, "it has no cluster IP");
        if (service.ExternalTrafficPolicy == "Cluster" && SingleAddress(service) is { } single)
            return (true, $"{single} is configured as a single address: every node advertises it");

        var isLocal = service.ExternalTrafficPolicy == "Local";
        if (!isLocal && IsAggregating) return (false, "its traffic policy is not Local: the ranges cover it");

        var usable = from slice in slices
                     where service.IpFamilies.Contains(slice.AddressType)
                     from endpoint in slice.Endpoints
                     where endpoint.IsReady && (!isLocal || endpoint.NodeName == kubernetesNode)
                     select slice.Name;
        var found = usable.FirstOrDefault();
        var where = isLocal ? $"on node {kubernetesNode}" : "on any node";
        return found is null ? (false, $"it has no ready endpoint {where}")
            : (true, $"EndpointSlice {found} has a ready endpoint {where}");
    }

    /// <summary>The addresses that an advertised service brings (5.4), each with the field it comes from.</summary>
    public IEnumerable<(IpAddr Address, string Source)> AddressesOf(Service service)
    {
        if (!Cluster.IsEmpty)
            foreach (var address in Addresses(service.ClusterIPs)) yield return (address, "clusterIP");
        foreach (var address in Addresses(service.ExternalIPs))
            if (External.Any(range => range.Contains(address))) yield return (address, "externalIP");
        foreach (var address in Addresses(Ingress(service)))
            if (LoadBalancer.Any(range => range.Contains(address))) yield return (address, "loadBalancer ingress");
    }

    /// <summary>The address by which step 3 holds: one that a list names alone.</summary>
    private IpAddr? SingleAddress(Service service)
    {
        if (service.Type == "LoadBalancer")
        {
            var asked = service.LoadBalancerIP is { } ip ? Ingress(service).Append(ip) : Ingress(service);
            foreach (var address in Addresses(asked))
                if (LoadBalancer.Contains(IpPrefix.Host(address))) return address;
        }

        foreach (var address in Addresses(service.ExternalIPs))
            if (External.Contains(IpPrefix.Host(address))) return address;
        return null;
    }

    private static IEnumerable<string> Ingress(Service service) =>
        from point in service.ServiceStatus.LoadBalancer?.Ingress ?? default
        where !string.IsNullOrEmpty(point.Ip)
        select point.Ip;

    private static IEnumerable<IpAddr> Addresses(IEnumerable<string> texts)
    {
        foreach (var text in texts)
            if (IpAddr.TryParse(text, out var address)) yield return address;
    }

    private static ImmutableArray<IpPrefix> Parse(ValueList<ServiceCidr> ranges)
    {
        var parsed = ImmutableArray.CreateBuilder<IpPrefix>(ranges.Count);
        foreach (var range in ranges)
            if (IpPrefix.TryParse(range.Cidr, out var prefix)) parsed.Add(prefix);
        return parsed.ToImmutable();
    }
}
