using Agent.Bgp.Wire;
using Agent.Primitives;

namespace Agent.Bgp.Rib;

/// <remarks>Members that are not in their group's stream: those whose output queue is full, and those that come over
/// from another group. They catch up from the table, a slice at a time, while all others go on.</remarks>
public sealed partial class Rib
{
    private static readonly Advertised Something = new(-1, 0);

    private readonly List<RibSession> _toHold = [];
    private readonly ValueList<int> _caughtUp = new();

    /// <summary>Sends nothing to the peer until <see cref="Resume"/>; what it misses meanwhile it hears then, as it is
    /// by then.</summary>
    public void Pause(string name)
    {
        if (!_peersByName.TryGetValue(name, out var peer) || peer.Current is not { IsPaused: false } session) return;
        if (!session.IsHeld) _toHold.Add(session);
        session.IsPaused = true;
    }

    /// <summary>Ends what <see cref="Pause"/> began.</summary>
    public void Resume(string name)
    {
        if (!_peersByName.TryGetValue(name, out var peer) || peer.Current is not { IsPaused: true } session) return;
        session.IsPaused = false;
        Release(session);
    }

    /// <summary>So many bytes of what was written for the peer have left. Where too many were on their way it goes on
    /// once half of them have.</summary>
    /// <remarks>A peer has at most <see cref="SessionSettings.OutputQueueLimit"/> bytes on their way, and what was
    /// begun then: 64 KiB and the marks of a refresh.</remarks>
    public void Sent(string name, long bytes)
    {
        if (!_peersByName.TryGetValue(name, out var peer) || peer.Current is not { } session) return;
        session.NoteSent(bytes);
        if (!session.IsBlocked || !session.HasRoom) return;
        session.SetBlocked(false);
        Release(session);
    }

    private void Release(RibSession session)
    {
        if (session.IsHeld) return;
        _toHold.Remove(session);
        foreach (var family in Families)
            if (session.Laggards(family) is { } laggards) laggards.IsHeld = false;
    }

    /// <summary>Writes what was collected for these members of the group, or for those who catch up with it; who cannot
    /// take it all will catch up from the table.</summary>
    private void Deliver(UpdateGroup group, List<RibSession> members)
    {
        _run.Write(members, group.Key.Format);
        while (_run.TryTakeCut(out var cut))
        {
            Block(cut.Session);
            if (Hold(cut.Session, group.Family) is not { } laggards) continue;
            while (_run.TryTakeUnsent(ref cut, out var prefix, out var pathId)) laggards.MissUnsent(prefix, pathId);
        }

        _run.Clear();
    }

    // Its other family follows with the next output.
    private void Block(RibSession session)
    {
        if (!session.IsHeld) _toHold.Add(session);
        session.SetBlocked(true);
    }

    private bool HasLaggards =>
        _groups.Exists(static group => group.Laggards.Exists(static laggards => !laggards.IsHeld));

    private void HoldBlocked()
    {
        foreach (var session in _toHold)
            foreach (var family in Families)
                Hold(session, family);
        _toHold.Clear();
    }

    private Laggards? Hold(RibSession session, IpFamily family)
    {
        if (session.Laggards(family) is { } laggards)
        {
            if (laggards.Members.Count > 1)
            {
                var others = laggards;
                Enter(session, laggards = others.Copy());
                Quit(session, others);
            }
        }
        else if (_groups.Find(group => group.Family == family && group.Members.Remove(session)) is { } group)
        {
            Enter(session, laggards = new Laggards(group, before: null));
            TakeOverDumps(session, group, laggards);
        }
        else
        {
            return null;
        }

        laggards.IsHeld = true;
        return laggards;
    }

    // What a dump has not come to yet is missed.
    private void TakeOverDumps(RibSession session, UpdateGroup from, Laggards laggards)
    {
        foreach (var dump in from.Dumps)
        {
            if (!dump.Members.Remove(session)) continue;
            laggards.OwesEndOfRib |= dump.EndOfRib;
            laggards.OwesEndOfRefresh |= !dump.EndOfRib;
            for (var prefix = dump.Cursor; prefix < Math.Min(_table.High, dump.End); prefix++)
                if (from.Told(prefix).Next()) laggards.Miss(prefix);
        }

        from.Dumps.RemoveAll(static dump => dump.Members.Count == 0);
    }

    /// <summary>Laggards of one who may have been told anything that its group was told, or what it lagged behind with
    /// before: it hears the whole table.</summary>
    private Laggards KnowingNothing(RibSession session, UpdateGroup group, UpdateGroup? from = null)
    {
        var laggards = new Laggards(group, before: null) { IsHeld = session.IsHeld };
        var others = session.Laggards(group.Family);
        Enter(session, laggards);
        for (var prefix = 0; prefix < _table.High; prefix++)
        {
            if (_table.Prefix(prefix).Family != group.Family) continue;
            laggards.Miss(prefix);
            if (from is not null) laggards.Know(prefix, from);
            if (others is null) continue;
            laggards.Know(prefix, others.Group);
            if (others.Before is { } before) laggards.Know(prefix, before);
            laggards.Know(prefix, others);
        }

        if (from is not null) TakeOverDumps(session, from, laggards);
        if (others is not null)
        {
            laggards.OwesEndOfRib |= others.OwesEndOfRib;
            laggards.OwesEndOfRefresh |= others.OwesEndOfRefresh;
            laggards.OwesRefreshMarks |= others.OwesRefreshMarks;
            Quit(session, others);
        }

        return laggards;
    }

    private static void Enter(RibSession session, Laggards laggards)
    {
        laggards.Members.Add(session);
        session.Laggards(laggards.Group.Family) = laggards;
        if (!laggards.Group.Laggards.Contains(laggards)) laggards.Group.Laggards.Add(laggards);
        if (laggards.Before is { } from && !from.Laggards.Contains(laggards)) from.Laggards.Add(laggards);
    }

    private void Quit(RibSession session, Laggards laggards)
    {
        if (ReferenceEquals(session.Laggards(laggards.Group.Family), laggards))
            session.Laggards(laggards.Group.Family) = null;
        laggards.Members.Remove(session);
        if (laggards.Members.Count == 0) Dismiss(laggards);
    }

    // Prefixes that were kept for them alone go.
    private void Dismiss(Laggards laggards)
    {
        laggards.Group.Laggards.Remove(laggards);
        laggards.Before?.Laggards.Remove(laggards);
        for (var prefix = laggards.NextMissed(0); prefix >= 0; prefix = laggards.NextMissed(prefix + 1))
            NoteIfUnused(prefix);
    }

    // All who go the same way are told the difference together.
    private void MoveLike(PendingMove first)
    {
        var movers = _moves.FindAll(move =>
            ReferenceEquals(move.From, first.From) && ReferenceEquals(move.To, first.To));
        _moves.RemoveAll(movers.Contains);
        Laggards? together = null;
        foreach (var (session, from, to) in movers)
        {
            var isPlain = !session.IsHeld && session.Laggards(to.Family) is null
                && !from.Dumps.Exists(dump => dump.Members.Contains(session));
            from.Members.Remove(session);
            if (isPlain) Enter(session, together ??= new Laggards(to, from));
            else KnowingNothing(session, to, from);
        }
    }

    private void CatchUp(UpdateGroup group, int budget)
    {
        for (var i = group.Laggards.Count - 1; i >= 0; i--)
        {
            var laggards = group.Laggards[i];
            if (!ReferenceEquals(laggards.Group, group)) continue;
            Compare(laggards, budget);
            if (laggards.IsHeld) continue;
            CatchUp(laggards, budget);
            if (laggards.IsDone) Return(laggards);
        }
    }

    private void Compare(Laggards laggards, int budget)
    {
        if (laggards.Before is not { } before) return;
        for (; budget > 0 && laggards.Compared < _table.High; laggards.Compared++, budget--)
        {
            var prefix = laggards.Compared;
            if (!laggards.HasMissed(prefix) && !AreTold(before, laggards.Group, prefix)) laggards.Miss(prefix);
        }

        if (laggards.Compared < _table.High) return;
        before.Laggards.Remove(laggards);
        laggards.EndComparison();
    }

    /// <summary>True when both groups have been told the same about the prefix.</summary>
    private bool AreTold(UpdateGroup left, UpdateGroup right, int prefix)
    {
        var count = 0;
        for (var told = left.Told(prefix); told.Next(); count++)
        {
            var other = right.Told(prefix, told.PathId);
            if (told.Told.Source != other.Source
                || !_announced.AreEqual(told.Told.Attributes, other.Attributes)) return false;
        }

        for (var told = right.Told(prefix); told.Next();) count--;
        return count == 0;
    }

    private void CatchUp(Laggards laggards, int budget)
    {
        if (laggards.OwesRefreshMarks)
        {
            foreach (var session in laggards.Members)
                MarkRefresh(session, laggards.Group.Family, RefreshSubtype.Begin);
            (laggards.OwesRefreshMarks, laggards.OwesEndOfRefresh) = (false, true);
        }

        for (var prefix = laggards.NextMissed(0); prefix >= 0 && budget > 0; prefix = laggards.NextMissed(prefix + 1))
        {
            for (var due = laggards.Group.Told(prefix); due.Next(); budget--)
                _run.Add(prefix, due.PathId, laggards.Knows(prefix, due.PathId) ? Something : default, due.Told);
            for (; laggards.TryForget(prefix, out var pathId); budget--)
                if (laggards.Group.Told(prefix, pathId).Attributes == 0)
                    _run.Add(prefix, pathId, Something, default);
            laggards.CaughtUp(prefix);
            _caughtUp.Add(prefix);
        }

        Deliver(laggards.Group, laggards.Members);
        for (var i = 0; i < _caughtUp.Count; i++) NoteIfUnused(_caughtUp[i]);
        _caughtUp.Clear();
    }

    private static void Return(Laggards laggards)
    {
        var group = laggards.Group;
        foreach (var session in laggards.Members)
        {
            session.Laggards(group.Family) = null;
            group.Members.Add(session);
            if (laggards.OwesEndOfRib) session.OweEndOfRib(group.Family);
            if (laggards.OwesEndOfRefresh) MarkRefresh(session, group.Family, RefreshSubtype.End);
        }

        group.Laggards.Remove(laggards);
    }

    /// <summary>True while a laggard must still be told that the prefix is gone.</summary>
    private bool IsAwaited(int prefix)
    {
        var isAwaited = false;
        foreach (var group in _groups)
            foreach (var laggards in group.Laggards) isAwaited |= laggards.Awaits(prefix);
        return isAwaited;
    }
}
