namespace Agent.Actors.Bgp;

/// <content>What a peer leaves out of an enhanced refresh (RFC 7313) is taken out of the table, and that is a walk over
/// all of it: in slices, behind everybody's decisions. Until it has come to its end nothing more of the peer is taken
/// in, and TCP holds the peer back. So one that refreshes without end costs the others a slice at a time and no
/// more.</content>
public sealed partial class RibActor
{
    private readonly SortedSet<string> _swept = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public IStash Stash { get; set; } = null!;

    /// <summary>True when the message has to wait.</summary>
    private bool PutOff(object message)
    {
        if (_swept.Count == 0) return false;
        var (peer, incarnation) = message switch
        {
            RibProtocol.Updates each => (each.Peer, each.Incarnation),
            RibProtocol.RefreshRequested each => (each.Peer, each.Incarnation),
            RibProtocol.RefreshBegun each => (each.Peer, each.Incarnation),
            RibProtocol.RefreshEnded each => (each.Peer, each.Incarnation),
            _ => ("", 0),
        };
        if (!_swept.Contains(peer) || !IsCurrent(peer, incarnation)) return false;
        Stash.Stash();
        return true;
    }

    private void OnRefreshEnded(RibProtocol.RefreshEnded refresh)
    {
        _rib.RefreshEnded(refresh.Peer, refresh.Family);
        if (_rib.IsBeingSwept(refresh.Peer)) _swept.Add(refresh.Peer);
    }

    private void GoOnWithSwept()
    {
        if (_swept.RemoveWhere(peer => !_rib.IsBeingSwept(peer)) > 0) Stash.UnstashAll();
    }
}
