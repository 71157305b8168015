using System.Text.Json.Serialization;
using Agent.Resources.Json;

namespace Agent.Resources;

/// <summary>The settings of address management, a singleton named <c>default</c> (spec calico-ipam-cni-cli
/// 1.6).</summary>
public sealed record IpamConfiguration : TypedResource
{
    /// <summary>What holds where the resource is absent.</summary>
    public static readonly IpamConfiguration Default =
        new() { Metadata = ObjectMeta.Named("default"), AutoAllocateBlocks = true };

    /// <summary>True never to borrow and never to assign from a block without owner.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public bool StrictAffinity { get; init; }

    /// <summary>False to claim no new blocks; null reads as true.</summary>
    public bool? AutoAllocateBlocks { get; init; }

    /// <summary>At most so many blocks per node and family, 0 to 1,000,000; 0 is the built-in limit of 20.</summary>
    public int MaxBlocksPerHost { get; init; }

    /// <summary>Whether a virtual machine keeps its address from pod to pod; kept for round trips.</summary>
    public string? KubeVirtVMAddressPersistence { get; init; }

    /// <summary>The least time from release to reuse, in seconds, 0 to 1200.</summary>
    public int IpCooldownSeconds { get; init; }

    /// <summary>Reads the settings.</summary>
    /// <exception cref="ResourceFormatException">A member cannot be understood.</exception>
    public static IpamConfiguration From(Resource resource)
    {
        var read = TypedJson.ReadSpec(resource, Kinds.IPAMConfiguration, ResourceJson.Default.IpamConfiguration);
        return read with
        {
            Metadata = ObjectMeta.Of(resource),
            Status = resource.Status,
            AutoAllocateBlocks = read.AutoAllocateBlocks ?? true,
        };
    }

    /// <summary>The envelope of these settings.</summary>
    public Resource ToResource() =>
        Metadata.ToResource(Kinds.IPAMConfiguration, TypedJson.Write(this, ResourceJson.Default.IpamConfiguration),
            Status);
}
