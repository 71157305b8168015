using System.Collections.Concurrent;
using System.Collections.Immutable;
using Agent.Bgp.Rib;
using Agent.Netlink;
using Agent.Primitives;

namespace Agent.Actors.Routing;

/// <summary>What the route programmer hears and says.</summary>
public static class RouteProtocol
{
    /// <summary>From the RIB: what these prefixes should be in the kernel from now on. Who has taken it over disposes
    /// of it.</summary>
    /// <remarks>The room for the changes is used again by later messages: a table of a million routes would leave as
    /// much behind as it takes itself.</remarks>
    public sealed class Merge : IDisposable
    {
        private const int MostChanges = 1_000;
        private const int MostPooled = 32;

        private static readonly ConcurrentQueue<RibChange[]> Pool = new();

        private readonly int _count;
        private RibChange[]? _room;

        private Merge(RibChange[] room, int count) => (_room, _count) = (room, count);

        /// <summary>Each prefix once, with the route that it should have now; none after disposal.</summary>
        public ReadOnlySpan<RibChange> Changes => new(_room, 0, _room is null ? 0 : _count);

        /// <summary>Takes what the RIB has for the kernel, as much as one message holds; null when there is
        /// nothing.</summary>
        public static Merge? TakeFrom(Rib rib)
        {
            ArgumentNullException.ThrowIfNull(rib);
            if (!Pool.TryDequeue(out var room)) room = new RibChange[MostChanges];
            var count = rib.TakeRouteChanges(room);
            if (count > 0) return new Merge(room, count);
            Return(room);
            return null;
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            if (Interlocked.Exchange(ref _room, null) is { } room) Return(room);
        }

        private static void Return(RibChange[] room)
        {
            if (Pool.Count < MostPooled) Pool.Enqueue(room);
        }
    }

    /// <summary>From the RIB: every peer has told its routes, or had its time to; what is stale in the kernel may
    /// go.</summary>
    public sealed record RestartComplete
    {
        /// <summary>The message.</summary>
        public static RestartComplete Instance { get; } = new();
    }

    /// <summary>From the workloads: all local pods, the whole set.</summary>
    public sealed record SetPods(ImmutableArray<PodRoute> Pods);

    /// <summary>From the planner: what the cluster's BGP configuration says about the kernel's routes.</summary>
    /// <param name="IgnoredInterfaces">Globs of interfaces whose networks are not ours to resolve next hops by.</param>
    /// <param name="PodMetricV4">The metric of IPv4 routes to pods; 0 for none.</param>
    /// <param name="PodMetricV6">The metric of IPv6 routes to pods; 0 for none.</param>
    public sealed record SetOptions(ImmutableArray<string> IgnoredInterfaces, uint PodMetricV4, uint PodMetricV6)
    {
        /// <summary>The metric of routes to pods, of a family.</summary>
        public uint PodMetric(IpFamily family) => family == IpFamily.V4 ? PodMetricV4 : PodMetricV6;

        /// <summary>Nothing said.</summary>
        public static SetOptions None { get; } = new([], 0, 0);

        /// <inheritdoc/>
        public bool Equals(SetOptions? other) =>
            other is not null && (PodMetricV4, PodMetricV6) == (other.PodMetricV4, other.PodMetricV6)
            && IgnoredInterfaces.AsSpan().SequenceEqual(other.IgnoredInterfaces.AsSpan());

        /// <inheritdoc/>
        public override int GetHashCode() => IgnoredInterfaces.Length;
    }

    /// <summary>From the RIB, in the name of who wants to know. Answered with <see cref="Settled"/>.</summary>
    public sealed record Settle
    {
        /// <summary>The message.</summary>
        public static Settle Instance { get; } = new();
    }

    /// <summary>The kernel has answered to everything that follows from what was told before
    /// <see cref="Settle"/>.</summary>
    public sealed record Settled
    {
        /// <summary>The message.</summary>
        public static Settled Instance { get; } = new();
    }

    /// <summary>A pod's address and the host end of its link.</summary>
    public readonly record struct PodRoute(IpAddr Address, string Device);

    /// <summary>The answer to <c>Describe</c>.</summary>
    /// <param name="Desired">How many routes there should be.</param>
    /// <param name="Actual">How many of ours there are.</param>
    /// <param name="Pending">What remains to be done, as <c>ip route</c> would write it.</param>
    /// <param name="Failures">Why the kernel refused what it refused last.</param>
    /// <param name="Restarting">True while stale routes are kept for peers that have not told theirs.</param>
    public sealed record Description(
        int Desired, int Actual, ImmutableArray<string> Pending, ImmutableArray<string> Failures, bool Restarting);

    /// <summary>The writer's answer to <c>Describe</c>.</summary>
    /// <param name="Batches">How many batches it took to the kernel.</param>
    /// <param name="Changes">How many changes they had.</param>
    public sealed record WriterDescription(long Batches, long Changes);

    internal sealed record Dumped(
        ImmutableArray<KernelRoute> Routes, ImmutableArray<KernelLink> Links, ImmutableArray<KernelAddress> Addresses);

    internal sealed record DumpFailed(Exception Cause);

    /// <summary>To the writer: a batch for the kernel, in rented room that goes back with the answer.</summary>
    internal sealed record Write(RouteChange[] Room, int Count);

    internal sealed record Applied(Write Batch, RouteBatchResult Result);

    internal sealed record ApplyFailed(Write Batch, Exception Cause);

    internal sealed record News(KernelNews What);

    internal sealed record Resync
    {
        public static Resync Instance { get; } = new();
    }
}
