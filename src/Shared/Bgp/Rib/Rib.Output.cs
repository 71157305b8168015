using Agent.Bgp.Policy;
using Agent.Bgp.Wire;
using Agent.Primitives;

namespace Agent.Bgp.Rib;

/// <summary>What is to be sent to a peer, in order. The bytes are shared with other peers and must not be
/// changed.</summary>
/// <param name="Peer">The peer's name.</param>
/// <param name="Buffers">Whole messages, many to a buffer.</param>
public sealed record PeerOutput(string Peer, IReadOnlyList<ReadOnlyMemory<byte>> Buffers)
{
    /// <summary>How many bytes that are: once they have left the owner says so (<see cref="Rib.Sent"/>).</summary>
    public long Bytes => Buffers.Sum(static buffer => (long)buffer.Length);

    /// <summary>How long nothing more may be told to the peer (MinRouteAdvertisementInterval): the owner pauses it and
    /// resumes it then. Null for no pause.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>As many bytes are on their way as may, and there is more: it waits in the table until half of them have
    /// left. Each begin and end of this is told, though nothing be sent with it.</summary>
    public bool IsHeldBack { get; init; }
}

public sealed partial class Rib
{
    private readonly List<UpdateGroup> _groups = [];
    private readonly List<(UpdateGroup Group, int Cursor)> _dissolved = [];
    private readonly List<RibSession> _speaking = [];
    private readonly List<PendingMove> _moves = [];
    private readonly List<PendingRefresh> _refreshes = [];
    private readonly OutputRun _run;

    private sealed record PendingMove(RibSession Session, UpdateGroup From, UpdateGroup To);

    private sealed record PendingRefresh(RibSession Session, IpFamily Family);

    /// <summary>True while <see cref="TakeOutput"/> has something to do.</summary>
    public bool HasOutput =>
        _changed.Count > 0 || _moves.Count > 0 || _refreshes.Count > 0 || _dissolved.Count > 0 || HasLaggards
        || _groups.Exists(static group =>
            group.Dumps.Count > 0 || group.NeedsAll || group.Joining.Exists(static session => !session.IsHeld))
        || (RestartComplete && _speaking.Exists(static session => session.IsCurrent && !session.IsHeld));

    /// <summary>Writes what peers are to be told since the last call; peers with nothing to hear, and
    /// nothing new about how they read, are left out.</summary>
    /// <remarks>
    /// Prefixes that still wait for <see cref="Work"/> are not told yet. A peer that came up hears the whole table,
    /// then End-of-RIB; what concerns a whole table larger than the budget takes several calls, and
    /// <see cref="HasOutput"/> stays true meanwhile.
    /// </remarks>
    /// <param name="dumpBudget">How many routes of a whole table to look at or write per call, for each group.</param>
    public IReadOnlyList<PeerOutput> TakeOutput(int dumpBudget = int.MaxValue)
    {
        HoldBlocked();

        // Groups that get members first: newcomers are then told the present state alone.
        foreach (var group in _groups)
            if (group.Joining.Count > 0 || _moves.Exists(move => ReferenceEquals(move.To, group)))
                BringUpToDate(group, dumpBudget);
        while (_moves.Count > 0) MoveLike(_moves[0]);
        foreach (var group in _groups) BringUpToDate(group, dumpBudget);
        for (var i = 0; i < _changed.Count; i++)
        {
            _table.Prefix(_changed[i]).Marks &= ~PrefixMarks.Changed;
            NoteIfUnused(_changed[i]);
        }

        _changed.Clear();
        BeginRefreshes();
        foreach (var group in _groups)
        {
            AdmitJoining(group);
            Dump(group, dumpBudget);
            CatchUp(group, dumpBudget);
            group.UpToDate = false;
        }

        RemoveEmptyGroups(dumpBudget);
        return CollectOutput();
    }

    private List<PeerOutput> CollectOutput()
    {
        var output = new List<PeerOutput>();
        var asked = _speaking.Count;
        _speaking.Sort(static (left, right) => left.Peer.Id.CompareTo(right.Peer.Id));
        for (var i = 0; i < asked; i++)
        {
            var session = _speaking[i];
            if (session.IsCurrent)
            {
                foreach (var family in session.Terms.Families) PayEndOfRib(session, family.Format.Family);
                if (session.Output.Count > 0 || session.OwesBlocked)
                    output.Add(Collect(session));
            }

            session.EndSpeaking();
        }

        _speaking.RemoveRange(0, asked);
        return output;
    }

    private static PeerOutput Collect(RibSession session)
    {
        var interval = session.Output.Count > 0 ? IntervalOf(session) : null;
        session.NoteBlockedTold();
        return new PeerOutput(session.Peer.Name, session.TakeOutput())
        {
            Interval = interval,
            IsHeldBack = session.IsBlocked,
        };
    }

    // A whole table, or what a slow peer has missed, comes without a pause.
    private static TimeSpan? IntervalOf(RibSession session)
    {
        var interval = session.Peer.Policy.AdvertisementInterval;
        if (interval <= TimeSpan.Zero) return null;
        foreach (var family in Families)
        {
            if (session.Laggards(family) is not null || session.OwesEndOfRib(family)) return null;
            if (session.Group(family) is { } group
                && (group.Joining.Contains(session) || group.Dumps.Exists(dump => dump.Members.Contains(session))))
                return null;
        }

        return interval;
    }

    private void PayEndOfRib(RibSession session, IpFamily family)
    {
        if (!RestartComplete || session.IsHeld || !session.OwesEndOfRib(family)) return;
        session.PayEndOfRib(family);
        Span<byte> message = stackalloc byte[64];
        session.Send(message[..UpdateCodec.WriteEndOfRib(message, family)].ToArray());
    }

    /// <summary>BoRR or EoRR, for a peer that heeds them (RFC 7313 §4).</summary>
    private static void MarkRefresh(RibSession session, IpFamily family, RefreshSubtype mark)
    {
        if (!session.Terms.EnhancedRefresh) return;
        Span<byte> message = stackalloc byte[RouteRefreshCodec.Size];
        session.Send(message[..RouteRefreshCodec.Write(message, family, mark)].ToArray());
    }

    private void Join(RibSession session, FamilyTerms terms)
    {
        var group = GroupFor(session, terms);
        session.Group(group.Family) = group;
        group.Joining.Add(session);
        if (session.Peer.Stale is not null) group.NeedAll(true);   // its stale routes must not go back to it
    }

    private void Leave(RibSession session, IpFamily family)
    {
        _moves.RemoveAll(move =>
        {
            if (!ReferenceEquals(move.Session, session) || move.From.Family != family) return false;
            move.From.Leave(session);
            return true;
        });
        session.Group(family)?.Leave(session);
        session.Group(family) = null;
        if (session.Laggards(family) is { } laggards) Quit(session, laggards);
        _toHold.Remove(session);
    }

    private void Move(RibSession session, FamilyTerms terms)
    {
        ref var current = ref session.Group(terms.Format.Family);
        var target = GroupFor(session, terms);
        if (current is not { } from || ReferenceEquals(from, target)) return;
        current = target;
        if (session.PathCount > 0) target.NeedAll(true);
        if (from.Joining.Remove(session))
        {
            target.Joining.Add(session);
            return;
        }

        var pending = _moves.FindIndex(move =>
            ReferenceEquals(move.Session, session) && move.From.Family == target.Family);
        if (pending < 0) _moves.Add(new PendingMove(session, from, target));
        else if (ReferenceEquals(_moves[pending].From, target)) _moves.RemoveAt(pending);
        else _moves[pending] = _moves[pending] with { To = target };
    }

    private UpdateGroup GroupFor(RibSession session, FamilyTerms terms)
    {
        var key = new GroupKey(
            terms.Format,
            new ExportTarget(
                session.Settings.IsInternal,
                session.Settings.LocalAs,
                session.Peer.Policy.ClientClusterId,
                session.Peer.Policy.NextHopMode,
                terms.LocalAddress,
                session.Settings.Role,
                session.Peer.Policy.Filters is { Filters.IsEmpty: false } filters ? filters : null)

            {
                TakesLongLived = session.Terms.LongLivedRestart,
                ExtendedNextHop = terms.Format.ExtendedNextHop,
            });
        var group = _groups.Find(group => group.Key == key);
        if (group is null) _groups.Add(group = new UpdateGroup(key));
        return group;
    }

    private void BringUpToDate(UpdateGroup group, long budget)
    {
        if (group.UpToDate) return;
        group.UpToDate = true;
        if (!group.NeedsAll || !UpdateAll(group, budget))
            for (var i = 0; i < _changed.Count; i++)
                if (!group.IsNew || _changed[i] < group.AllFrom) Update(group, _changed[i]);

        Deliver(group, group.Members);
        ForgetPassages();
    }

    /// <summary>Goes on with looking at every prefix; true when that was all of them at one go.</summary>
    private bool UpdateAll(UpdateGroup group, long budget)
    {
        var begin = group.AllFrom;
        var end = (int)Math.Min(begin + budget, _table.High);
        while (group.AllFrom < end) Update(group, group.AllFrom++);
        if (end == _table.High) group.NeedAll(false);
        return begin == 0 && end == _table.High;
    }

    private void Update(UpdateGroup group, int prefix)
    {
        ref var entry = ref _table.Prefix(prefix);
        if (!entry.Has(PrefixMarks.Used) || entry.Has(PrefixMarks.Dirty) || entry.Family != group.Family) return;
        if (group.Paths is { } paths)
        {
            UpdatePaths(group, prefix, paths);
            return;
        }

        var before = group[prefix];
        var after = Export(entry, entry.BestPath, group);
        Tell(group, prefix, 0, before, ref after);
        if (before != after) group[prefix] = after;
    }

    /// <summary>Collects the change from one path's being told to another's; of the two uses of attributes the one that
    /// is not needed any more goes.</summary>
    private void Tell(UpdateGroup group, int prefix, uint pathId, Advertised before, ref Advertised after)
    {
        if (before.Attributes != after.Attributes && _announced.AreEqual(before.Attributes, after.Attributes))
        {
            // Another received set that comes to the same: the number that members know it by stays.
            _announced.Retain(before.Attributes);
            _announced.Release(after.Attributes);
            after = after with { Attributes = before.Attributes };
        }

        if (before != after)
        {
            _run.Add(prefix, pathId, before, after);
            group.Count(before, -1);
            group.Count(after, 1);
            foreach (var laggards in group.Laggards)
                if (ReferenceEquals(laggards.Group, group) || prefix >= laggards.Compared) laggards.Miss(prefix);
        }

        _announced.Release(before.Attributes);
    }

    /// <summary>Those who join hear the whole table anyway; one who is just hearing it again waits for the end of that,
    /// however often it asks.</summary>
    private void BeginRefreshes()
    {
        for (var i = _refreshes.Count - 1; i >= 0; i--)
            if (TryBeginRefresh(_refreshes[i].Session, _refreshes[i].Family)) _refreshes.RemoveAt(i);
    }

    private bool TryBeginRefresh(RibSession session, IpFamily family)
    {
        if (session.Laggards(family) is { } laggards)
        {
            // It hears the table as it catches up.
            if (laggards.OwesRefreshMarks) return true;
            for (var prefix = 0; prefix < _table.High; prefix++)
                if (laggards.Group.Told(prefix).Next()) laggards.Miss(prefix);
            return laggards.OwesRefreshMarks = true;
        }

        if (session.Group(family) is not { } group || !group.Members.Contains(session)) return true;
        if (group.Dumps.Exists(dump => !dump.EndOfRib && dump.Members.Contains(session))) return false;
        var again = new TableDump(endOfRib: false);
        again.Members.Add(session);
        group.Dumps.Add(again);
        MarkRefresh(session, family, RefreshSubtype.Begin);
        return true;
    }

    // Not before all prefixes were looked at, since newcomers hear the present state alone; a new group's hear the rest
    // as it is looked at for the first time.
    private static void AdmitJoining(UpdateGroup group)
    {
        if (group.Joining.Count == 0 || (group.NeedsAll && !group.IsNew)) return;
        var dump = new TableDump(endOfRib: true, group.NeedsAll ? group.AllFrom : int.MaxValue);
        foreach (var session in group.Joining)
            if (!session.IsHeld) dump.Members.Add(session);
        if (dump.Members.Count == 0) return;
        group.Joining.RemoveAll(static session => !session.IsHeld);
        group.Members.AddRange(dump.Members);
        group.Dumps.Add(dump);
    }

    private void Dump(UpdateGroup group, int budget)
    {
        foreach (var dump in group.Dumps.ToArray())
        {
            if (dump.Members.Count == 0) continue;
            for (var left = budget; left > 0 && dump.Cursor < Math.Min(_table.High, dump.End); dump.Cursor++)
            {
                for (var told = group.Told(dump.Cursor); told.Next(); left--)
                    _run.Add(dump.Cursor, told.PathId, default, told.Told);
            }

            Deliver(group, dump.Members);
            if (!IsOver(group, dump)) continue;
            foreach (var member in dump.Members)
            {
                if (dump.EndOfRib) member.OweEndOfRib(group.Family);
                else MarkRefresh(member, group.Family, RefreshSubtype.End);
            }
        }

        group.Dumps.RemoveAll(dump => IsOver(group, dump));
    }

    private bool IsOver(UpdateGroup group, TableDump dump) =>
        dump.Cursor >= Math.Min(_table.High, dump.End) && (dump.End == int.MaxValue || !group.NeedsAll);

    private void RemoveEmptyGroups(long budget)
    {
        for (var i = _groups.Count - 1; i >= 0; i--)
        {
            if (!_groups[i].IsEmpty) continue;
            _dissolved.Add((_groups[i], 0));
            _groups.RemoveAt(i);
        }

        for (var i = _dissolved.Count - 1; i >= 0; i--)
        {
            var (group, prefix) = _dissolved[i];
            for (var end = Math.Min(prefix + budget, group.High); prefix < end; prefix++)
                for (var told = group.Told(prefix); told.Next();) _announced.Release(told.Told.Attributes);
            if (prefix < group.High) _dissolved[i] = (group, prefix);
            else _dissolved.RemoveAt(i);
        }
    }
}
