using System.Collections.Immutable;
using Agent.Actors.Routing;
using Agent.Bgp;
using Agent.Bgp.Policy;
using Agent.Bgp.Rib;
using Agent.Bgp.Session;
using Agent.Primitives;

namespace Agent.Actors.Bgp;

/// <summary>What the RIB's actor hears and answers.</summary>
public static class RibProtocol
{
    /// <summary>From a peer: the session is established; routes for it go to the sender.</summary>
    public sealed record PeerUp(PeerSpec Spec, PeerTerms Terms, int Incarnation);

    /// <summary>From a peer: all routes of one read. The RIB disposes of the batch and answers with credit.</summary>
    public sealed record Updates(string Peer, int Incarnation, UpdateBatch Batch);

    /// <summary>From a peer: the session is over.</summary>
    /// <param name="Peer">The peer's name.</param>
    /// <param name="Incarnation">Which session.</param>
    /// <param name="KeepFor">How long its routes are kept as stale (RFC 4724 §4.2); null withdraws them at
    /// once.</param>
    /// <param name="LongLived">The families whose stale routes are kept on after that as long-lived ones, and for how
    /// long (RFC 9494 §4.2).</param>
    public sealed record PeerDown(
        string Peer, int Incarnation, TimeSpan? KeepFor, ImmutableArray<LongLivedStale> LongLived);

    /// <summary>From a peer: it wants all routes of a family again (RFC 2918).</summary>
    public sealed record RefreshRequested(string Peer, int Incarnation, IpFamily Family);

    /// <summary>From a peer: it begins to tell all its routes of a family again (BoRR, RFC 7313).</summary>
    public sealed record RefreshBegun(string Peer, int Incarnation, IpFamily Family);

    /// <summary>From a peer: what it did not announce since <see cref="RefreshBegun"/> is gone (EoRR).</summary>
    public sealed record RefreshEnded(string Peer, int Incarnation, IpFamily Family);

    /// <summary>From a peer: so many of the bytes that it was told to transmit have left.</summary>
    public sealed record Sent(string Peer, int Incarnation, long Bytes);

    /// <summary>From the planner: pools, own blocks and communities; services are
    /// <see cref="SetServices"/>'s.</summary>
    public sealed record SetPolicy(RibPolicy Policy);

    /// <summary>From the planner: the blackholes of all own blocks, and routes to peers that are reached by a gateway.
    /// Compared by value.</summary>
    public sealed record SetBlocks(ImmutableArray<LocalRoute> Routes)
    {
        /// <inheritdoc/>
        public bool Equals(SetBlocks? other) =>
            other is not null && Routes.AsSpan().SequenceEqual(other.Routes.AsSpan());

        /// <inheritdoc/>
        public override int GetHashCode() => Routes.Length;
    }

    /// <summary>From the service watcher: all that this node says about Services. Compared by value.</summary>
    /// <param name="Prefixes">What originates here.</param>
    /// <param name="KernelRejects">What never reaches the kernel (spec calico-bgp 4.4 step 1).</param>
    /// <param name="ReflectorServices">What a reflector passes on without originating it (3.2 step 10).</param>
    public sealed record SetServices(
        ImmutableArray<IpPrefix> Prefixes,
        ImmutableArray<IpPrefix> KernelRejects,
        ImmutableArray<IpPrefix> ReflectorServices)
    {
        /// <inheritdoc/>
        public bool Equals(SetServices? other) =>
            other is not null
            && Prefixes.AsSpan().SequenceEqual(other.Prefixes.AsSpan())
            && KernelRejects.AsSpan().SequenceEqual(other.KernelRejects.AsSpan())
            && ReflectorServices.AsSpan().SequenceEqual(other.ReflectorServices.AsSpan());

        /// <inheritdoc/>
        public override int GetHashCode() => Prefixes.Length;
    }

    /// <summary>From the workloads: the addresses of all local pods.</summary>
    public sealed record SetWorkloads(ImmutableArray<LocalRoute> Routes);

    /// <summary>From the planner: pass this on to the programmer as <see cref="RouteProtocol.Settle"/>, in the sender's
    /// name, once it has been told all that follows from what came before.</summary>
    public sealed record Settle
    {
        /// <summary>The message.</summary>
        public static Settle Instance { get; } = new();
    }

    /// <summary>From the peer set: a peer's policy has changed, its session has not.</summary>
    public sealed record SetPeerPolicy(string Peer, PeerPolicy Policy);

    /// <summary>From the route programmer: what next hops are resolved against. The first one introduces the sender as
    /// the programmer.</summary>
    public sealed record SetConnected(ConnectedState Connected);

    /// <summary>From the peer set, before any peer is up: whose routes to wait for before stale ones are removed; none
    /// after a cold start.</summary>
    /// <remarks>It introduces the sender, which is told when the restart is complete.</remarks>
    /// <param name="Expected">The peers' names.</param>
    /// <param name="LongestRestartTime">The longest that any of them keeps our routes.</param>
    public sealed record BeginRestart(ImmutableArray<string> Expected, TimeSpan LongestRestartTime);

    /// <summary>From the peer set: the node stops for restart. What becomes of sessions from now on changes nothing, so
    /// that routes stay.</summary>
    public sealed record Freeze
    {
        /// <summary>The message.</summary>
        public static Freeze Instance { get; } = new();
    }

    /// <summary>A question: every route, or those of one prefix. Answered with <see cref="Routes"/>.</summary>
    public sealed record GetRoutes(IpPrefix? Prefix = null);

    /// <summary>The answer to <see cref="GetRoutes"/>.</summary>
    public sealed record Routes(IReadOnlyList<RouteView> Items);

    /// <summary>A question: a part of all routes. Answered with a <see cref="RoutePage{T}"/> of
    /// <see cref="RouteView"/>.</summary>
    public sealed record GetRoutePage(RouteRange Range);

    /// <summary>A question: a part of what a peer has announced. Answered with a <see cref="RoutePage{T}"/> of
    /// <see cref="ReceivedRoute"/>.</summary>
    public sealed record GetReceived(string Peer, RouteRange Range);

    /// <summary>A question: a part of what a peer has been told. Answered with a <see cref="RoutePage{T}"/> of
    /// <see cref="AdvertisedRoute"/>.</summary>
    public sealed record GetAdvertised(string Peer, RouteRange Range);

    /// <summary>A question: the route that packets for an address take. Answered with <see cref="Routes"/>, of one
    /// route
    /// or none.</summary>
    public sealed record Lookup(IpAddr Address);

    /// <summary>A question: how many paths each peer gave and was told. Answered with <see cref="Counts"/>.</summary>
    public sealed record GetCounts
    {
        /// <summary>The question.</summary>
        public static GetCounts Instance { get; } = new();
    }

    /// <summary>The answer to <see cref="GetCounts"/>, by peer.</summary>
    public sealed record Counts(IReadOnlyList<PeerRouteCounts> Peers);

    /// <summary>Tell a peer all its routes again, as if it had asked for them. Answered with
    /// <see cref="Done"/>, also for one that is not up, who will be told them all anyway.</summary>
    public sealed record Resend(string Peer);

    /// <summary>A question: why a prefix is routed as it is. Answered with <see cref="Explanation"/>.</summary>
    public sealed record Explain(IpPrefix Prefix);

    /// <summary>The answer to <see cref="Explain"/>; null for a prefix that nobody announced.</summary>
    public sealed record Explanation(RouteExplanation? Route);

    /// <summary>The answer to <c>Describe</c>.</summary>
    /// <param name="Prefixes">How many prefixes are known.</param>
    /// <param name="Paths">How many paths, stale and refused ones included.</param>
    /// <param name="Peers">Peers that are up.</param>
    /// <param name="RestartComplete">False while stale routes are kept for peers that have not told theirs.</param>
    public sealed record Description(int Prefixes, int Paths, ImmutableArray<string> Peers, bool RestartComplete);

    internal sealed record Flush
    {
        public static Flush Instance { get; } = new();
    }

    internal sealed record IntervalOver(string Peer, int Incarnation);

    internal sealed record StaleExpired(string Peer, ImmutableArray<LongLivedStale> LongLived);

    internal sealed record LongLivedExpired(string Peer, IpFamily Family);

    internal sealed record EndListings
    {
        public static EndListings Instance { get; } = new();
    }

    internal sealed record RestartExpired
    {
        public static RestartExpired Instance { get; } = new();
    }
}
