using System.Collections.Immutable;
using Agent.Bgp.Policy;
using Agent.Resources;

namespace Agent.Planning;

/// <summary>All that plans are made from: the latest good state of every resource that they look at.
/// Immutable.</summary>
/// <remarks>
/// Changes are folded in one by one; the result depends on the state, not on the road to it, so that a resync, a replay
/// in another order and a restart give the same plans. The exception is deliberate: a resource that cannot be
/// understood is kept out, reported in <see cref="Problems"/>, and its previous good version, if there was one, stays
/// in force. Kinds that no plan reads (pods, blocks) are passed over.
/// </remarks>
public sealed class ClusterSnapshot
{
    /// <summary>Nothing at all.</summary>
    public static readonly ClusterSnapshot Empty = new();

    private ImmutableSortedDictionary<string, CalicoNode> _calicoNodes = Map<CalicoNode>();
    private ImmutableSortedDictionary<string, KubeNode> _kubeNodes = Map<KubeNode>();

    private ClusterSnapshot() { }

    private ClusterSnapshot(ClusterSnapshot other)
    {
        _calicoNodes = other._calicoNodes;
        _kubeNodes = other._kubeNodes;
        Nodes = other.Nodes;
        Pools = other.Pools;
        BgpConfigurations = other.BgpConfigurations;
        BgpPeers = other.BgpPeers;
        BgpFilters = other.BgpFilters;
        Affinities = other.Affinities;
        Namespaces = other.Namespaces;
        Services = other.Services;
        EndpointSlices = other.EndpointSlices;
        Problems = other.Problems;
        Reservations = other.Reservations;
        IpamConfigurations = other.IpamConfigurations;
    }

    /// <summary>The nodes by name: Calico's and Kubernetes' views of each, merged.</summary>
    public ImmutableSortedDictionary<string, ClusterNode> Nodes { get; private set; } = Map<ClusterNode>();

    /// <summary>The pools by name.</summary>
    public ImmutableSortedDictionary<string, IPPool> Pools { get; private set; } = Map<IPPool>();

    /// <summary>The BGP configurations by name: <c>default</c>, <c>node.&lt;name&gt;</c>.</summary>
    public ImmutableSortedDictionary<string, BgpConfiguration> BgpConfigurations { get; private set; } =
        Map<BgpConfiguration>();

    /// <summary>The explicit peerings by name, in the order in which they are considered.</summary>
    public ImmutableSortedDictionary<string, BgpPeer> BgpPeers { get; private set; } = Map<BgpPeer>();

    /// <summary>The filters that peerings name, by name.</summary>
    public ImmutableSortedDictionary<string, RouteFilter> BgpFilters { get; private set; } = Map<RouteFilter>();

    /// <summary>The block affinities by name.</summary>
    public ImmutableSortedDictionary<string, BlockAffinity> Affinities { get; private set; } = Map<BlockAffinity>();

    /// <summary>The namespaces by name.</summary>
    public ImmutableSortedDictionary<string, KubeNamespace> Namespaces { get; private set; } = Map<KubeNamespace>();

    /// <summary>The services by key.</summary>
    public ImmutableSortedDictionary<ResourceKey, Service> Services { get; private set; } =
        ImmutableSortedDictionary<ResourceKey, Service>.Empty;

    /// <summary>The endpoint slices by their own key.</summary>
    public ImmutableSortedDictionary<ResourceKey, EndpointSlice> EndpointSlices { get; private set; } =
        ImmutableSortedDictionary<ResourceKey, EndpointSlice>.Empty;

    /// <summary>What could not be understood, by resource.</summary>
    public ImmutableSortedDictionary<ResourceKey, string> Problems { get; private set; } =
        ImmutableSortedDictionary<ResourceKey, string>.Empty;

    /// <summary>The cluster's BGP configuration; all defaults where there is none.</summary>
    public BgpConfiguration DefaultBgp =>
        BgpConfigurations.GetValueOrDefault(BgpConfiguration.DefaultName, NoConfiguration);

    /// <summary>Addresses that are not given out by themselves, by name.</summary>
    public ImmutableSortedDictionary<string, IPReservation> Reservations { get; private set; } = Map<IPReservation>();

    /// <summary>The cluster's rules of address assignment; the defaults where it has none.</summary>
    public IpamConfiguration Ipam => IpamConfigurations.GetValueOrDefault("default", IpamConfiguration.Default);

    private ImmutableSortedDictionary<string, IpamConfiguration> IpamConfigurations { get; set; } =
        Map<IpamConfiguration>();

    private static BgpConfiguration NoConfiguration { get; } =
        new() { Metadata = ObjectMeta.Named(BgpConfiguration.DefaultName) };

    /// <summary>One node's own BGP configuration, or null.</summary>
    public BgpConfiguration? BgpOf(string node) =>
        BgpConfigurations.GetValueOrDefault(BgpConfiguration.NodePrefix + node);

    /// <summary>The snapshot with a resource created or changed.</summary>
    public ClusterSnapshot Put(Resource resource)
    {
        var next = new ClusterSnapshot(this);
        try
        {
            next.Fold(resource);
            next.Problems = Problems.Remove(resource.Key);
        }
        catch (ResourceFormatException wrong)
        {
            next = new ClusterSnapshot(this) { Problems = Problems.SetItem(resource.Key, wrong.Message) };
        }

        return next;
    }

    /// <summary>The snapshot with a resource gone.</summary>
    public ClusterSnapshot Remove(ResourceKey key)
    {
        var (kind, name) = (key.Kind, key.Name);
        var next = new ClusterSnapshot(this) { Problems = Problems.Remove(key) };
        if (kind == Kinds.IPPool) next.Pools = Pools.Remove(name);
        else if (kind == Kinds.BGPConfiguration) next.BgpConfigurations = BgpConfigurations.Remove(name);
        else if (kind == Kinds.BGPPeer) next.BgpPeers = BgpPeers.Remove(name);
        else if (kind == Kinds.BGPFilter) next.BgpFilters = BgpFilters.Remove(name);
        else if (kind == Kinds.BlockAffinity) next.Affinities = Affinities.Remove(name);
        else if (kind == Kinds.IPReservation) next.Reservations = Reservations.Remove(name);
        else if (kind == Kinds.IPAMConfiguration) next.IpamConfigurations = IpamConfigurations.Remove(name);
        else if (kind == Kinds.Namespace) next.Namespaces = Namespaces.Remove(name);
        else if (kind == Kinds.Service) next.Services = Services.Remove(key);
        else if (kind == Kinds.EndpointSlice) next.EndpointSlices = EndpointSlices.Remove(key);
        else if (kind == Kinds.Node) next.SetNode(name, _calicoNodes.Remove(name), _kubeNodes);
        else if (kind == Kinds.KubeNode) next.SetNode(name, _calicoNodes, _kubeNodes.Remove(name));
        return next;
    }

    /// <summary>The keys of everything that is held of a kind; empty for a kind on which no plan stands.</summary>
    public IEnumerable<ResourceKey> Keys(ResourceKind kind)
    {
        if (kind == Kinds.Service) return Services.Keys;
        if (kind == Kinds.EndpointSlice) return EndpointSlices.Keys;
        IEnumerable<string> names =
            kind == Kinds.IPPool ? Pools.Keys
            : kind == Kinds.BGPConfiguration ? BgpConfigurations.Keys
            : kind == Kinds.BGPPeer ? BgpPeers.Keys
            : kind == Kinds.BGPFilter ? BgpFilters.Keys
            : kind == Kinds.BlockAffinity ? Affinities.Keys
            : kind == Kinds.IPReservation ? Reservations.Keys
            : kind == Kinds.IPAMConfiguration ? IpamConfigurations.Keys
            : kind == Kinds.Namespace ? Namespaces.Keys
            : kind == Kinds.Node ? _calicoNodes.Keys
            : kind == Kinds.KubeNode ? _kubeNodes.Keys
            : [];
        return names.Select(name => new ResourceKey(kind, name));
    }

    private void Fold(Resource resource)
    {
        var (kind, name) = (resource.Kind, resource.Name);
        if (kind == Kinds.IPPool) Pools = Pools.SetItem(name, IPPool.From(resource));
        else if (kind == Kinds.BGPConfiguration)
            BgpConfigurations = BgpConfigurations.SetItem(name, BgpConfiguration.From(resource));
        else if (kind == Kinds.BGPPeer) BgpPeers = BgpPeers.SetItem(name, BgpPeer.From(resource));
        else if (kind == Kinds.BGPFilter) BgpFilters = BgpFilters.SetItem(name, FilterPlan.Of(resource));
        else if (kind == Kinds.BlockAffinity) Affinities = Affinities.SetItem(name, BlockAffinity.From(resource));
        else if (kind == Kinds.IPReservation)
            Reservations = Reservations.SetItem(name, IPReservation.From(resource));
        else if (kind == Kinds.IPAMConfiguration)
            IpamConfigurations = IpamConfigurations.SetItem(name, IpamConfiguration.From(resource));
        else if (kind == Kinds.Namespace) Namespaces = Namespaces.SetItem(name, KubeNamespace.From(resource));
        else if (kind == Kinds.Service) Services = Services.SetItem(resource.Key, Service.From(resource));
        else if (kind == Kinds.EndpointSlice)
            EndpointSlices = EndpointSlices.SetItem(resource.Key, EndpointSlice.From(resource));
        else if (kind == Kinds.Node) SetNode(name, _calicoNodes.SetItem(name, CalicoNode.From(resource)), _kubeNodes);
        else if (kind == Kinds.KubeNode) SetNode(name, _calicoNodes, _kubeNodes.SetItem(name, KubeNode.From(resource)));
    }

    private void SetNode(
        string name, ImmutableSortedDictionary<string, CalicoNode> calico,
        ImmutableSortedDictionary<string, KubeNode> kube)
    {
        (_calicoNodes, _kubeNodes) = (calico, kube);
        var merged = ClusterNode.Merge(name, calico.GetValueOrDefault(name), kube.GetValueOrDefault(name));
        Nodes = merged is null ? Nodes.Remove(name) : Nodes.SetItem(name, merged);
    }

    private static ImmutableSortedDictionary<string, T> Map<T>() =>
        ImmutableSortedDictionary.Create<string, T>(StringComparer.Ordinal);
}
