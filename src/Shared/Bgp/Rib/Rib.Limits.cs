using Agent.Primitives;

namespace Agent.Bgp.Rib;

/// <summary>A peer came near its limit of prefixes, or beyond it.</summary>
/// <param name="Peer">The peer's name.</param>
/// <param name="Family">The family that is counted.</param>
/// <param name="Limit">The limit.</param>
/// <param name="Exceeded">False where it is a warning.</param>
public readonly record struct PrefixLimitNews(string Peer, IpFamily Family, PrefixLimit Limit, bool Exceeded);

/// <remarks>How many paths a session may announce in each family (RFC 4271 §6.7): the owner is told and ends the
/// session; until then nothing more of it is taken in.</remarks>
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

    private void CheckLimits(RibSession session)
    {
        foreach (var family in Families) CheckLimit(session, family);
    }

    private void CheckLimit(RibSession session, IpFamily family)
    {
        if (session.Peer.Policy.PrefixLimit is not { } limit || !session.IsCurrent) return;
        var count = session.PathsOf(family);
        var exceeded = count > limit.Most;
        if (exceeded ? session.IsOverLimit(family) : session.IsNearLimit(family)) return;
        if (!exceeded && count < (long)limit.Most * limit.WarningPercent / 100) return;
        session.NoteLimit(family, exceeded);
        _limitNews.Add(new PrefixLimitNews(session.Peer.Name, family, limit, exceeded));
    }
}
