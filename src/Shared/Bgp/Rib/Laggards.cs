namespace Agent.Bgp.Rib;

/// <summary>Members that have left their group's stream, since they read too slowly or came over from another group,
/// and what they have missed: they catch up from the table.</summary>
/// <remarks>
/// Two bits for each prefix say whether it has changed since they left, and whether they had been told of it before;
/// with ADD-PATH the identifiers of what they had been told come on top. So what waits for a peer that does not read is
/// bounded by the table, whatever happens in it; and of many changes it hears the last.
/// <para>Those who come over from another group know what that group had been told when they left it. The two are
/// compared prefix by prefix, a slice at a time; what changes in either meanwhile counts as missed.</para>
/// </remarks>
internal sealed class Laggards(UpdateGroup group, UpdateGroup? before)
{
    private readonly PrefixSet _missed = new();
    private readonly PrefixSet _told = new();
    private readonly ToldPaths? _ids = group.Paths is null ? null : new ToldPaths();

    /// <summary>The group whose table they catch up from.</summary>
    public UpdateGroup Group => group;

    /// <summary>The group that they come from, as long as the two are being compared.</summary>
    public UpdateGroup? Before { get; private set; } = before;

    /// <summary>Prefixes below have been compared.</summary>
    public int Compared { get; set; }

    /// <summary>Who they are: they have missed the same.</summary>
    public List<RibSession> Members { get; } = [];

    /// <summary>True while nothing may be sent to them.</summary>
    public bool IsHeld { get; set; }

    /// <summary>End-of-RIB follows once they have caught up.</summary>
    public bool OwesEndOfRib { get; set; }

    /// <summary>EoRR follows once they have caught up.</summary>
    public bool OwesEndOfRefresh { get; set; }

    /// <summary>BoRR comes before the next that they are told, and EoRR once they have caught up.</summary>
    public bool OwesRefreshMarks { get; set; }

    /// <summary>True when they may go back to the stream.</summary>
    public bool IsDone => Before is null && _missed.Count == 0 && !(OwesEndOfRib && group.NeedsAll);

    /// <summary>True when they have missed something of the prefix.</summary>
    public bool HasMissed(int prefix) => _missed.Contains(prefix);

    /// <summary>The next prefix of which they have missed something; -1 when there is none.</summary>
    public int NextMissed(int from) => _missed.From(from);

    /// <summary>The comparison has come to its end.</summary>
    public void EndComparison() => Before = null;

    /// <summary>What they are told about the prefix is about to change, or is not what they know.</summary>
    public void Miss(int prefix)
    {
        if (!_missed.Add(prefix)) return;
        // What changed while the groups were compared they may have been told already as it is in this one.
        Know(prefix, group);
        if (Before is { } from && prefix >= Compared) Know(prefix, from);
    }

    /// <summary>What was to be told about the path did not go out: they may or may not know it.</summary>
    public void MissUnsent(int prefix, uint pathId)
    {
        Miss(prefix);
        _told.Add(prefix);
        if (_ids is not null && !Knows(prefix, pathId)) _ids.Add(prefix, pathId, default);
    }

    /// <summary>One of them goes its own way from here, and has missed the same.</summary>
    public Laggards Copy()
    {
        var copy = new Laggards(group, Before)
        {
            Compared = Compared,
            OwesEndOfRib = OwesEndOfRib,
            OwesEndOfRefresh = OwesEndOfRefresh,
            OwesRefreshMarks = OwesRefreshMarks,
        };
        for (var prefix = _missed.From(0); prefix >= 0; prefix = _missed.From(prefix + 1))
        {
            copy._missed.Add(prefix);
            copy.Know(prefix, this);
        }

        return copy;
    }

    /// <summary>They may have been told what the group has been told about the prefix.</summary>
    public void Know(int prefix, UpdateGroup from)
    {
        for (var told = from.Told(prefix); told.Next();)
        {
            // What came from the one that lags behind it was not told.
            if (Members is [var only] && told.Told.Source == only.Peer.Id) continue;
            _told.Add(prefix);
            if (_ids is not null && !Knows(prefix, told.PathId)) _ids.Add(prefix, told.PathId, default);
        }
    }

    /// <summary>They may have been told what others may have been told about the prefix.</summary>
    public void Know(int prefix, Laggards others)
    {
        if (others._told.Contains(prefix)) _told.Add(prefix);
        if (_ids is null || others._ids is not { } ids) return;
        for (var at = ids.First(prefix); at != ToldPaths.End; at = ids.After(at))
            if (!Knows(prefix, ids.PathIdOf(at))) _ids.Add(prefix, ids.PathIdOf(at), default);
    }

    /// <summary>True when they may have been told about the path.</summary>
    public bool Knows(int prefix, uint pathId)
    {
        if (_ids is null) return _told.Contains(prefix);
        for (var at = _ids.First(prefix); at != ToldPaths.End; at = _ids.After(at))
            if (_ids.PathIdOf(at) == pathId) return true;
        return false;
    }

    /// <summary>Takes one of the paths that they may have been told about off their list; false when there is none
    /// left.</summary>
    public bool TryForget(int prefix, out uint pathId)
    {
        pathId = 0;
        if (_ids is null) return _told.Remove(prefix);
        var at = _ids.First(prefix);
        if (at == ToldPaths.End) return false;
        pathId = _ids.PathIdOf(at);
        _ids.Remove(prefix, at);
        return true;
    }

    /// <summary>They have been told all there is about the prefix.</summary>
    public void CaughtUp(int prefix)
    {
        while (TryForget(prefix, out _)) continue;
        _told.Remove(prefix);
        _missed.Remove(prefix);
    }

    /// <summary>Whether the prefix, of which there is nothing any more, must be kept to be withdrawn from
    /// them.</summary>
    public bool Awaits(int prefix)
    {
        if (!_missed.Contains(prefix)) return false;
        if (_told.Contains(prefix)) return true;
        _missed.Remove(prefix);
        return false;
    }
}
