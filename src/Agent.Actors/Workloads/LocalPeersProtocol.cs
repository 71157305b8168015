using System.Collections.Immutable;
using Agent.Planning;
using Agent.Primitives;

namespace Agent.Actors.Workloads;

/// <summary>What the actor of the pods that peer hears and answers; what it says goes to the planner
/// (<see cref="Resources.PlannerProtocol.SetWorkloads"/>).</summary>
public static class LocalPeersProtocol
{
    /// <summary>From the workloads: every local pod with a name.</summary>
    public sealed record SetPods(ImmutableArray<LocalPod> Pods);

    /// <summary>A local pod.</summary>
    /// <param name="Namespace">Its namespace.</param>
    /// <param name="Name">Its name.</param>
    /// <param name="Device">The host's end of its link.</param>
    /// <param name="Addresses">Its addresses.</param>
    public sealed record LocalPod(string Namespace, string Name, string Device, ImmutableArray<IpAddr> Addresses);

    /// <summary>From the planner, which is introduced by it: what the host ends of pods' links should have. Compared by
    /// value.</summary>
    /// <param name="NeedsLabels">True where some peering selects pods.</param>
    /// <param name="Addresses">The addresses, all of them.</param>
    public sealed record Arrange(bool NeedsLabels, ImmutableArray<HostAddress> Addresses)
    {
        /// <inheritdoc/>
        public bool Equals(Arrange? other) =>
            other is not null && NeedsLabels == other.NeedsLabels
            && Addresses.AsSpan().SequenceEqual(other.Addresses.AsSpan());

        /// <inheritdoc/>
        public override int GetHashCode() => Addresses.Length;
    }

    /// <summary>The answer to <c>Describe</c>.</summary>
    /// <param name="Workloads">The pods whose labels are known, by host interface.</param>
    /// <param name="Addresses">The addresses that host ends have for peering.</param>
    /// <param name="Problem">What the datastore or the kernel said last, when it failed.</param>
    public sealed record Description(
        ImmutableArray<string> Workloads, ImmutableArray<string> Addresses, string? Problem);

    internal sealed record Read(int Round, ImmutableArray<LocalWorkload> Workloads);

    internal sealed record NotRead(int Round, string Reason);

    internal sealed record Set(HostAddress Address, string? Problem);

    internal sealed record Look
    {
        public static Look Instance { get; } = new();
    }
}
