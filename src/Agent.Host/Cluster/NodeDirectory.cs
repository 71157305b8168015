using System.Collections.Immutable;
using System.Net;
using Agent.Actors.Cluster;

namespace Agent.Host.Cluster;

/// <summary>Where the agents of other nodes listen, by the names of their nodes; written by the cluster's actor, read
/// by the link.</summary>
public sealed class NodeDirectory : INodeDirectory
{
    private volatile ImmutableSortedDictionary<string, IPEndPoint> _nodes =
        ImmutableSortedDictionary.Create<string, IPEndPoint>(StringComparer.Ordinal);

    /// <inheritdoc/>
    public void Set(ImmutableSortedDictionary<string, IPEndPoint> nodes) => _nodes = nodes;

    /// <summary>Where the node at an address listens; null where that is not known.</summary>
    public IPEndPoint? Find(Address address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return address.Host is { } node && _nodes.TryGetValue(node, out var endpoint) && endpoint.Port == address.Port
            ? endpoint
            : null;
    }
}
