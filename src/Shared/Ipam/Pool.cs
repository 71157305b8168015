using Agent.Primitives;

namespace Agent.Ipam;

/// <summary>What addresses of a pool may be used for (<c>spec.allowedUses</c>).</summary>
[Flags]
public enum PoolUses
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Addresses of pods.</summary>
    Workload = 1,

    /// <summary>Addresses of a node's tunnel devices.</summary>
    Tunnel = 2,

    /// <summary>Addresses of Services of type LoadBalancer.</summary>
    LoadBalancer = 4,
}

/// <summary>An IPPool as address assignment sees it: defaults filled in, selectors already
/// evaluated for one node and namespace.</summary>
public sealed record Pool
{
    /// <summary>The name of the IPPool.</summary>
    public required string Name { get; init; }

    /// <summary>The network.</summary>
    public required IpPrefix Cidr { get; init; }

    /// <summary>The prefix length of the pool's blocks: 20 to 32, or 116 to 128.</summary>
    public required int BlockSize { get; init; }

    /// <summary>False for a pool that is disabled or being deleted: nothing new is assigned from it.</summary>
    public bool IsEnabled { get; init; } = true;

    /// <summary>False for <c>assignmentMode: Manual</c>: used only where it is asked for.</summary>
    public bool IsAutomatic { get; init; } = true;

    /// <summary>Whether <c>nodeSelector</c> matches the node's labels.</summary>
    public bool SelectsNode { get; init; } = true;

    /// <summary>Whether <c>namespaceSelector</c> matches the namespace's labels; without
    /// a namespace, an empty set of labels.</summary>
    public bool SelectsNamespace { get; init; } = true;

    /// <summary>What its addresses may be used for.</summary>
    public PoolUses Uses { get; init; } = PoolUses.Workload | PoolUses.Tunnel;

    /// <summary>The block of this pool in which an address lies.</summary>
    public IpPrefix BlockOf(IpAddr address) => new(address, BlockSize);
}
