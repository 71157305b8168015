using System.Collections.Immutable;
using Agent.Primitives;
using Agent.Resources;

namespace Agent.Planning;

/// <summary>A pod of this node, as peerings with local workloads see it (spec calico-bgp 2.8).</summary>
/// <param name="Device">The host's end of its link.</param>
/// <param name="Addresses">Its addresses, IPv4 first.</param>
public sealed record LocalWorkload(string Device, ImmutableArray<IpAddr> Addresses)
{
    /// <summary>The labels by which it is selected: the pod's, and Calico's <c>projectcalico.org/namespace</c> and
    /// <c>projectcalico.org/orchestrator</c>.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = Resource.EmptyMap;

    /// <summary>The labels of a pod.</summary>
    public static ImmutableSortedDictionary<string, string> LabelsOf(Resource pod)
    {
        ArgumentNullException.ThrowIfNull(pod);
        return pod.Labels
            .SetItem("projectcalico.org/namespace", pod.Namespace ?? "")
            .SetItem("projectcalico.org/orchestrator", "k8s");
    }

    /// <inheritdoc/>
    public bool Equals(LocalWorkload? other) =>
        other is not null && Device == other.Device
        && Addresses.AsSpan().SequenceEqual(other.Addresses.AsSpan()) && Labels.SequenceEqual(other.Labels);

    /// <inheritdoc/>
    public override int GetHashCode() => Device.GetHashCode(StringComparison.Ordinal);
}

/// <summary>An address for the host's end of a pod's link, with which the pod peers.</summary>
public readonly record struct HostAddress(string Device, IpAddr Address) : IComparable<HostAddress>
{
    /// <inheritdoc/>
    public int CompareTo(HostAddress other)
    {
        var byDevice = string.CompareOrdinal(Device, other.Device);
        return byDevice != 0 ? byDevice : Address.CompareTo(other.Address);
    }

    /// <summary>Order by device, then address.</summary>
    public static bool operator <(HostAddress left, HostAddress right) => left.CompareTo(right) < 0;

    /// <summary>Order by device, then address.</summary>
    public static bool operator >(HostAddress left, HostAddress right) => left.CompareTo(right) > 0;

    /// <summary>Order by device, then address.</summary>
    public static bool operator <=(HostAddress left, HostAddress right) => left.CompareTo(right) <= 0;

    /// <summary>Order by device, then address.</summary>
    public static bool operator >=(HostAddress left, HostAddress right) => left.CompareTo(right) >= 0;
}
