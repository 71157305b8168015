namespace Agent.Runtime.Cluster;

/// <summary>Until when this node may act as a member: the time of its last successful send to the store, plus the time
/// to live, less the margin. To be asked before each act, from any thread, so that a pause however long is noticed
/// after it.</summary>
internal sealed class Tenure(TimeProvider time)
{
    private volatile Term? _term;

    /// <summary>The incarnation that holds the lease, or last held it; 0 for none.</summary>
    public int Uid => _term?.Uid ?? 0;

    /// <summary>Whether the node may act in this incarnation now.</summary>
    public bool MayAct(int uid) => _term is { } term && term.Uid == uid && time.GetTimestamp() < term.Until;

    /// <summary>The lease was got or renewed by what was sent at this timestamp.</summary>
    /// <param name="uid">The incarnation.</param>
    /// <param name="sent">The time provider's timestamp.</param>
    /// <param name="span">The time to live less the margin.</param>
    public void Extend(int uid, long sent, TimeSpan span)
    {
        var until = sent + (long)(span.TotalSeconds * time.TimestampFrequency);
        if (_term is not { } term || term.Uid != uid || term.Until < until)
            _term = new Term(uid, until);
    }

    /// <summary>The lease is lost or given back.</summary>
    public void End() => _term = null;

    private sealed record Term(int Uid, long Until);
}
