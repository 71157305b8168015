using System.Text.Json.Serialization;
using Agent.Primitives;
using Agent.Resources.Json;

namespace Agent.Resources;

/// <summary>When pod traffic of a pool is encapsulated.</summary>
[JsonConverter(typeof(EnumTextConverter<EncapMode>))]
public enum EncapMode
{
    /// <summary>Plain routes.</summary>
    Never,

    /// <summary>Between any two nodes.</summary>
    Always,

    /// <summary>Only towards nodes outside the node's own subnet.</summary>
    CrossSubnet,
}

/// <summary>What addresses of a pool may be used for.</summary>
[JsonConverter(typeof(EnumTextConverter<AllowedUse>))]
public enum AllowedUse
{
    /// <summary>Pods.</summary>
    Workload,

    /// <summary>Tunnel devices of nodes.</summary>
    Tunnel,

    /// <summary>Services of type LoadBalancer.</summary>
    LoadBalancer,
}

/// <summary>Whether a pool is used without being asked for.</summary>
[JsonConverter(typeof(EnumTextConverter<AssignmentMode>))]
public enum AssignmentMode
{
    /// <summary>Used for any pod that its selectors admit.</summary>
    Automatic,

    /// <summary>Used only when requested by name or CIDR.</summary>
    Manual,
}

/// <summary>A range of addresses, cut into blocks that nodes claim (spec calico-ipam-cni-cli 1.1).</summary>
public sealed record IPPool : TypedResource
{
    /// <summary>The range; never changes.</summary>
    [JsonConverter(typeof(IpPrefixConverter))]
    public IpPrefix Cidr { get; init; }

    /// <summary>The prefix length of blocks: 20 to 32 (default 26), or 116 to 128 (default 122).</summary>
    public int BlockSize { get; init; }

    /// <summary>IP-in-IP; IPv4 pools only.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public EncapMode IpipMode { get; init; }

    /// <summary>VXLAN; not together with IP-in-IP.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public EncapMode VxlanMode { get; init; }

    /// <summary>True to masquerade what pods send out of all pools.</summary>
    public bool NatOutgoing { get; init; }

    /// <summary>True to assign nothing new; BGP goes on to treat the range as a pool's.</summary>
    public bool Disabled { get; init; }

    /// <summary>True to export no route of this range.</summary>
    public bool DisableBGPExport { get; init; }

    /// <summary>Which nodes may assign from it unasked; <c>all()</c> by default.</summary>
    public string NodeSelector { get; init => field = value ?? "all()"; } = "all()";

    /// <summary>Pods of which namespaces may have its addresses unasked; null is all.</summary>
    public string? NamespaceSelector { get; init; }

    /// <summary>What its addresses are for; Workload and Tunnel by default.</summary>
    public ValueList<AllowedUse> AllowedUses { get; init; }

    /// <summary>Whether it is used unasked.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public AssignmentMode AssignmentMode { get; init; }

    /// <summary>True when either encapsulation is on.</summary>
    [JsonIgnore]
    public bool IsEncapsulated => IpipMode != EncapMode.Never || VxlanMode != EncapMode.Never;

    /// <summary>Reads a pool and fills in what old rows lack.</summary>
    /// <exception cref="ResourceFormatException">A member cannot be understood, or the CIDR is missing.</exception>
    public static IPPool From(Resource resource)
    {
        var pool = TypedJson.ReadSpec(resource, Kinds.IPPool, ResourceJson.Default.IPPool);
        if (pool.Cidr.IsDefault)
            throw new ResourceFormatException(resource.Key,
                new FieldError("spec.cidr", "", "IPPool CIDR must be specified"));
        return (pool with { Metadata = ObjectMeta.Of(resource), Status = resource.Status }).WithDefaults();
    }

    /// <summary>The envelope of this pool, every default written out.</summary>
    public Resource ToResource() =>
        Metadata.ToResource(Kinds.IPPool, TypedJson.Write(WithDefaults(), ResourceJson.Default.IPPool), Status);

    private IPPool WithDefaults() => this with
    {
        BlockSize = BlockSize != 0 ? BlockSize : Cidr.Family == IpFamily.V6 ? 122 : 26,
        NodeSelector = string.IsNullOrEmpty(NodeSelector) ? "all()" : NodeSelector,
        NamespaceSelector = string.IsNullOrEmpty(NamespaceSelector) ? null : NamespaceSelector,
        AllowedUses = AllowedUses.IsEmpty ? [AllowedUse.Workload, AllowedUse.Tunnel] : AllowedUses,
    };
}
