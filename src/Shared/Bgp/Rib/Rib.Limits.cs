using Agent.Primitives;

namespace Agent.Bgp.Rib;

/// <summary>A peer came near its limit of prefixes, or beyond it.</summary>
/// <param name="Peer">The peer's name.</param>
/// <param name="Family">The family that is counted.</param>
/// <param name="Limit">The limit.</param>
/// <param name="Exceeded">False where it is a warning.</param>
public readonly record struct PrefixLimitNews(string Peer, IpFamily Family, PrefixLimit Limit, bool Exceeded);

/// <remarks>How many prefixes a session may announce in each family (RFC 4271 §6.7), each once however many paths it
/// has: the owner is told and ends the session; until then nothing more of it is taken in.</remarks>
public sealed partial class Rib
{
    private readonly List<PrefixLimitNews> _limitNews = [];

    /// <summary>Which limits were come near to or exceeded since the last call; each once in a session.</summary>
    public IReadOnlyList<PrefixLimitNews> TakePrefixLimits()
    {
        if (_limitNews.Count == 0) return [];
        PrefixLimitNews[] news = [.. _limitNews];
        _limitNews.Clear();
        return news;
    }

    /// <summary>A path of the session has come to a prefix: if it is the first of it there, that is one prefix
    /// more.</summary>
    private void CountPrefix(int prefix, int path, RibSession session)
    {
        ref var entry = ref _table.Prefix(prefix);
        if (!session.IsLimited || !IsOnlyOf(entry, path, session)) return;
        session.PrefixesOf(entry.Family)++;
        CheckLimit(session, entry.Family);
    }

    /// <summary>True when the session has no other path of the prefix.</summary>
    private bool IsOnlyOf(in PrefixEntry entry, int path, RibSession session)
    {
        for (var at = entry.FirstPath; at != PrefixEntry.NoPath; at = _table.Path(at).Next)
            if (at != path && _table.Path(at).Session == session.Slot) return false;
        return true;
    }

    // The limit is new, so nothing was counted.
    private void CheckLimits(RibSession session)
    {
        foreach (var family in Families) session.PrefixesOf(family) = 0;
        if (!session.IsLimited) return;
        for (var prefix = 0; prefix < _table.High; prefix++)
        {
            ref var entry = ref _table.Prefix(prefix);
            for (var at = entry.Has(PrefixMarks.Used) ? entry.FirstPath : PrefixEntry.NoPath;
                at != PrefixEntry.NoPath; at = _table.Path(at).Next)
            {
                if (_table.Path(at).Session != session.Slot) continue;
                session.PrefixesOf(entry.Family)++;
                break;
            }
        }

        foreach (var family in Families) CheckLimit(session, family);
    }

    private void CheckLimit(RibSession session, IpFamily family)
    {
        if (session.Peer.Policy.PrefixLimit is not { } limit || !session.IsCurrent) return;
        var count = session.PrefixesOf(family);
        var exceeded = count > limit.Most;
        if (exceeded ? session.IsOverLimit(family) : session.IsNearLimit(family)) return;
        if (!exceeded && count < (long)limit.Most * limit.WarningPercent / 100) return;
        session.NoteLimit(family, exceeded);
        _limitNews.Add(new PrefixLimitNews(session.Peer.Name, family, limit, exceeded));
    }
}
