using Agent.Runtime.Actor;
using Agent.Runtime.Hosting;

namespace Agent.Runtime.Cluster;

/// <summary>A member as this node knows it.</summary>
/// <param name="Member">The member.</param>
/// <param name="Since">When this node first saw this incarnation.</param>
/// <param name="IsUnreachable">Whether its lease should have been renewed by now.</param>
internal sealed record KnownMember(Member Member, TimeSpan Since, bool IsUnreachable);

/// <summary>What a node has seen of the leases, and since when on its own monotonic clock. Pure: time comes with each
/// reading.</summary>
internal sealed class MembershipView(TimeSpan timeToLive)
{
    private readonly SortedDictionary<string, Seen> _leases = new(StringComparer.Ordinal);

    /// <summary>Takes what a reading of the store gave. Readings may come in any order: a lower version is old
    /// news.</summary>
    /// <param name="leases">What was read.</param>
    /// <param name="asked">When the reading began.</param>
    /// <param name="now">When its answer came.</param>
    public void Take(IEnumerable<ClusterLease> leases, TimeSpan asked, TimeSpan now)
    {
        foreach (var lease in leases)
        {
            if (!_leases.TryGetValue(lease.Name, out var seen) || seen.Lease.Version < lease.Version)
            {
                var member = MemberLease.Read(lease);
                var since = member is not null && member.Equals(seen?.Member) ? seen.Since : now;
                _leases[lease.Name] = new Seen(lease, member, since, now, now);
            }
            else if (seen.Lease.Version == lease.Version && seen.Confirmed < asked)
            {
                _leases[lease.Name] = seen with { Confirmed = asked };
            }
        }
    }

    /// <summary>The lease of this name as it was last seen, or null.</summary>
    public ClusterLease? Find(string name) => _leases.GetValueOrDefault(name)?.Lease;

    /// <summary>Whether the lease is held and was watched unchanged for its time to live, so that it may be taken
    /// over.</summary>
    public bool IsExpired(string name) => _leases.TryGetValue(name, out var seen) && IsExpired(seen);

    /// <summary>The leases that may be taken over, but for that of this node itself.</summary>
    public IReadOnlyList<ClusterLease> Expired(Address self) =>
        [.. _leases.Values.Where(s => s.Lease.Name != MemberLease.Name(self) && IsExpired(s)).Select(s => s.Lease)];

    /// <summary>When the next of the others' leases that is held now may be taken over, unless it is renewed; null
    /// where none is held.</summary>
    public TimeSpan? NextExpiry(Address self) => _leases.Values
        .Where(s => s.Lease.Holder.Length > 0 && s.Lease.Name != MemberLease.Name(self) && !IsExpired(s))
        .Select(s => (TimeSpan?)(s.Changed + timeToLive)).Min();

    /// <summary>The other members, in order of their addresses.</summary>
    public IReadOnlyList<KnownMember> Others(Address self) =>
        [.. _leases.Values.Where(s => s.Member is not null && s.Member.Address != self)
            .Select(s => new KnownMember(s.Member!, s.Since, s.Confirmed - s.Changed >= timeToLive * 3 / 4))];

    /// <summary>How a member of which nothing is left to see has gone: its lease was given back, or it was taken
    /// over.</summary>
    public MemberStatus EndOf(KnownMember gone) =>
        !gone.IsUnreachable && Find(MemberLease.Name(gone.Member.Address)) is { Holder.Length: 0 }
            ? MemberStatus.Exiting
            : MemberStatus.Down;

    private bool IsExpired(Seen seen) => seen.Lease.Holder.Length > 0 && seen.Confirmed - seen.Changed >= timeToLive;

    /// <param name="Lease">The record.</param>
    /// <param name="Member">Whom it speaks of.</param>
    /// <param name="Since">When this incarnation was first seen.</param>
    /// <param name="Changed">When this version was first seen.</param>
    /// <param name="Confirmed">When the last reading that saw this version began.</param>
    private sealed record Seen(ClusterLease Lease, Member? Member, TimeSpan Since, TimeSpan Changed,
        TimeSpan Confirmed);
}
