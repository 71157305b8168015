using Agent.Primitives;

namespace Agent.Ipam;

/// <summary>An IPPool as address assignment sees it: defaults filled in, its node selector already evaluated for one
/// node.</summary>
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

    /// <summary>Whether <c>nodeSelector</c> matches the node's labels.</summary>
    public bool SelectsNode { get; init; } = true;

    /// <summary>The block of this pool in which an address lies.</summary>
    public IpPrefix BlockOf(IpAddr address) => new(address, BlockSize);
}
