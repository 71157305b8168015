using System.Collections.Immutable;
using System.Text.Json.Serialization.Metadata;
using Agent.Resources.Json;

namespace Agent.Resources;

/// <summary>One supported kind: how it is named on the command line and how its document is laid out.</summary>
/// <param name="Kind">API version and kind.</param>
/// <param name="Plural">The plural in lower case: <c>ippools</c>.</param>
/// <param name="IsNamespaced">True when its resources live in namespaces.</param>
/// <param name="Aliases">What the command line accepts for it, in lower case (spec calico-ipam-cni-cli 5.3); none for
/// kinds that <c>calicoctl</c> does not show.</param>
public sealed record KindDefinition(ResourceKind Kind, string Plural, bool IsNamespaced, ImmutableArray<string> Aliases)
{
    /// <summary>False when the members stand at the top level of the document (EndpointSlice, Secret).</summary>
    public bool HasSpec { get; init; } = true;

    /// <summary>Members of the spec that other products know: accepted, reported and dropped.</summary>
    public ImmutableArray<string> IgnoredFields { get; init; } = [];

    /// <summary>The shape by which manifests are decoded strictly; null for kinds of Kubernetes, whose schemas are
    /// Kubernetes' to check.</summary>
    internal JsonTypeInfo? SpecShape { get; init; }
}

/// <summary>The catalogue of supported kinds.</summary>
/// <remarks>
/// Two kinds are called Node: Calico's (<see cref="Node"/>), which the alias <c>node</c> means, and Kubernetes'
/// (<see cref="KubeNode"/>), which a manifest reaches by its <c>apiVersion: v1</c>.
/// </remarks>
public static class Kinds
{
    /// <summary>The API version of Calico's kinds.</summary>
    public const string Calico = "projectcalico.org/v3";

    /// <summary>Pools of pod addresses.</summary>
    public static readonly ResourceKind IPPool = new(Calico, "IPPool");

    /// <summary>Addresses that automatic assignment leaves alone.</summary>
    public static readonly ResourceKind IPReservation = new(Calico, "IPReservation");

    /// <summary>Settings of address management; a singleton named <c>default</c>.</summary>
    public static readonly ResourceKind IPAMConfiguration = new(Calico, "IPAMConfiguration");

    /// <summary>Which node has, wants or gives up a block.</summary>
    public static readonly ResourceKind BlockAffinity = new(Calico, "BlockAffinity");

    /// <summary>The assignments inside a block.</summary>
    public static readonly ResourceKind IPAMBlock = new(Calico, "IPAMBlock");

    /// <summary>Settings of BGP, of the cluster or of one node.</summary>
    public static readonly ResourceKind BGPConfiguration = new(Calico, "BGPConfiguration");

    /// <summary>Explicit BGP peerings.</summary>
    public static readonly ResourceKind BGPPeer = new(Calico, "BGPPeer");

    /// <summary>Route filters that BGP peerings name.</summary>
    public static readonly ResourceKind BGPFilter = new(Calico, "BGPFilter");

    /// <summary>Calico's view of a node: BGP address, AS, reflector cluster id.</summary>
    public static readonly ResourceKind Node = new(Calico, "Node");

    /// <summary>Version and type of the cluster; a singleton named <c>default</c>.</summary>
    public static readonly ResourceKind ClusterInformation = new(Calico, "ClusterInformation");

    /// <summary>Kubernetes' node.</summary>
    public static readonly ResourceKind KubeNode = new("v1", "Node");

    /// <summary>Kubernetes' namespace.</summary>
    public static readonly ResourceKind Namespace = new("v1", "Namespace");

    /// <summary>Kubernetes' pod.</summary>
    public static readonly ResourceKind Pod = new("v1", "Pod");

    /// <summary>Kubernetes' secret: passwords of BGP sessions.</summary>
    public static readonly ResourceKind Secret = new("v1", "Secret");

    /// <summary>Kubernetes' service.</summary>
    public static readonly ResourceKind Service = new("v1", "Service");

    /// <summary>The endpoints behind a service.</summary>
    public static readonly ResourceKind EndpointSlice = new("discovery.k8s.io/v1", "EndpointSlice");

    /// <summary>Kubernetes' network policy: stored, not enforced.</summary>
    public static readonly ResourceKind NetworkPolicy = new("networking.k8s.io/v1", "NetworkPolicy");

    /// <summary>Which coordinator owns a shard: the agents' own record, which is neither applied nor shown as a
    /// resource.</summary>
    public static readonly ResourceKind Shard = new("agent.internal/v1", "Shard");

    /// <summary>Every supported kind, Calico's first, then Kubernetes', each by name.</summary>
    public static ImmutableArray<KindDefinition> All { get; } =
    [
        Define(BGPConfiguration, ["bgpconfig", "bgpconfigs"], ResourceJson.Default.BgpConfiguration) with
        {
            IgnoredFields = ["birdGatewayMode", "bfd"],
        },
        Define(BGPFilter, ["bgpf"], ResourceJson.Default.BgpFilter),
        Define(BGPPeer, ["bgpp", "bgpps", "bp", "bps"], ResourceJson.Default.BgpPeer) with
        {
            IgnoredFields = ["failureDetectionMode", "restartMode", "birdGatewayMode", "externalNetwork", "holdTime"],
        },
        Define(BlockAffinity, [], ResourceJson.Default.BlockAffinity, plural: "blockaffinities"),
        Define(ClusterInformation, ["clusterinfo", "clusterinfos"], ResourceJson.Default.ClusterInformation),
        Define(IPAMBlock, [], ResourceJson.Default.IpamBlock),
        Define(IPAMConfiguration, ["ipamconfig", "ipamconfigs"], ResourceJson.Default.IpamConfiguration),
        Define(IPPool, ["ipp", "ipps", "pool", "pools"], ResourceJson.Default.IPPool),
        Define(IPReservation, ["reservation", "reservations"], ResourceJson.Default.IPReservation),
        Define(Node, ["no", "nos"], ResourceJson.Default.CalicoNode),
        Define(EndpointSlice, [], null, isNamespaced: true) with { HasSpec = false },
        Define(Namespace, ["ns"], null),
        Define(NetworkPolicy, ["policy", "np", "policies", "pol", "pols"], null, isNamespaced: true,
            plural: "networkpolicies"),
        new(KubeNode, "nodes", IsNamespaced: false, []),
        Define(Pod, ["po"], null, isNamespaced: true),
        Define(Secret, [], null, isNamespaced: true) with { HasSpec = false },
        Define(Service, ["svc"], null, isNamespaced: true),
    ];

    /// <summary>The names of all supported kinds, for messages: <c>BGPConfiguration, BGPPeer, ...</c>.</summary>
    public static string Supported { get; } = string.Join(
        ", ", All.Select(kind => kind.Kind == KubeNode ? "Node (v1)" : kind.Kind.Kind));

    /// <summary>The definition of a kind, or null when it is not supported.</summary>
    public static KindDefinition? Find(ResourceKind kind) => All.FirstOrDefault(known => known.Kind == kind);

    /// <summary>The definition of a supported kind.</summary>
    /// <exception cref="ArgumentException">The kind is not supported.</exception>
    public static KindDefinition Of(ResourceKind kind) =>
        Find(kind) ?? throw new ArgumentException($"kind {kind} is not supported", nameof(kind));

    /// <summary>The kind that a word of the command line means (singular, plural or alias, in any case), or
    /// null.</summary>
    public static KindDefinition? Find(string word)
    {
        var lower = word.ToLowerInvariant();
        return All.FirstOrDefault(known => known.Aliases.Contains(lower));
    }

    /// <summary>What to say about a word that means no kind: Calico's sentence, then what is supported.</summary>
    public static string Unsupported(string word) =>
        $"resource type '{word}' is not supported; supported are: {Supported}";

    private static KindDefinition Define(
        ResourceKind kind, ImmutableArray<string> aliases, JsonTypeInfo? shape, bool isNamespaced = false,
        string? plural = null)
    {
        var singular = kind.Kind.ToLowerInvariant();
        plural ??= singular + "s";
        return new KindDefinition(kind, plural, isNamespaced, [singular, plural, .. aliases]) { SpecShape = shape };
    }
}
