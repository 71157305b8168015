namespace Agent.Planning.Coordination;

/// <summary>A node as its presence lease shows it.</summary>
/// <param name="Presence">What it says of itself.</param>
/// <param name="IsReady">Whether it has renewed its lease in time, or may have: a lease that was not watched for a time
/// to live counts as renewed.</param>
/// <param name="IsProved">Whether it was seen to renew its lease.</param>
public sealed record KnownNode(NodePresence Presence, bool IsReady, bool IsProved);

/// <summary>What one node has seen of the presence leases, by its own monotonic clock: wall clocks are never
/// compared.</summary>
/// <remarks>Pure: the time comes with each reading.</remarks>
/// <param name="timeToLive">How long a lease holds without renewal.</param>
public sealed class PresenceView(TimeSpan timeToLive)
{
    private readonly SortedDictionary<string, Seen> _leases = new(StringComparer.Ordinal);

    /// <summary>Takes a reading of all presence leases; one that is not among them is forgotten. Readings may come in
    /// any order: a lower version is old news.</summary>
    /// <param name="leases">Name, holder and version of each.</param>
    /// <param name="now">When the reading began.</param>
    public void Take(IEnumerable<(string Name, string Holder, long Version)> leases, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(leases);
        var gone = new SortedSet<string>(_leases.Keys, StringComparer.Ordinal);
        foreach (var (name, holder, version) in leases)
        {
            gone.Remove(name);
            var seen = _leases.GetValueOrDefault(name);
            if (seen?.Version >= version)
            {
                if (seen.Version == version && seen.Confirmed < now) _leases[name] = seen with { Confirmed = now };
                continue;
            }

            var presence = NodePresence.Read(name, holder);
            var isProved = seen is not null && presence is not null && seen.Presence?.Agent == presence.Agent;
            _leases[name] = new Seen(presence, version, now, now, isProved);
        }

        foreach (var name in gone) _leases.Remove(name);
    }

    /// <summary>The nodes, by name.</summary>
    public IReadOnlyList<KnownNode> Nodes =>
    [
        .. _leases.Values.Where(seen => seen.Presence is not null)
            .Select(seen => new KnownNode(seen.Presence!, !IsExpired(seen), seen.IsProved && !IsExpired(seen))),
    ];

    /// <summary>Whether the node's lease was watched unchanged for a time to live, so that it may be taken over; its
    /// version then.</summary>
    public long? ExpiredVersion(string node) =>
        _leases.GetValueOrDefault(NodePresence.LeaseOf(node)) is { } seen && IsExpired(seen) ? seen.Version : null;

    /// <summary>For how long the node's lease was watched unchanged; nothing for one that is not known.</summary>
    public TimeSpan QuietFor(string node) =>
        _leases.GetValueOrDefault(NodePresence.LeaseOf(node)) is { } seen
            ? seen.Confirmed - seen.Changed
            : TimeSpan.Zero;

    /// <summary>The version of the node's lease; 0 for one that is not known.</summary>
    public long VersionOf(string node) => _leases.GetValueOrDefault(NodePresence.LeaseOf(node))?.Version ?? 0;

    private bool IsExpired(Seen seen) => seen.Confirmed - seen.Changed >= timeToLive;

    /// <param name="Presence">What the lease says; null where it was given back.</param>
    /// <param name="Version">The lease's version.</param>
    /// <param name="Changed">When this version was first seen.</param>
    /// <param name="Confirmed">When it was last seen.</param>
    /// <param name="IsProved">Whether an earlier version of the same agent's was seen, too.</param>
    private sealed record Seen(
        NodePresence? Presence, long Version, TimeSpan Changed, TimeSpan Confirmed, bool IsProved);
}
