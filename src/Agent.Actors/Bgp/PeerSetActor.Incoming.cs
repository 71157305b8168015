using Agent.Primitives;

namespace Agent.Actors.Bgp;

/// <content>Incoming connections: whose they are, and how many may be open. A peer has one to dial with; some more may
/// be closing, or be the first of a session that begins anew. What goes beyond is refused, so that nobody uses up the
/// process's descriptors.</content>
public sealed partial class PeerSetActor
{
    /// <summary>How many connections from one peer's address may be open.</summary>
    public const int MostOfPeer = 8;

    /// <summary>How many connections may be open beyond one for each peer.</summary>
    public const int MostBeyond = 512;

    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    private readonly SortedDictionary<Refusal, (int Count, IpAddr Last)> _refused = [];

    /// <summary>Why a connection is refused.</summary>
    internal enum Refusal
    {
        /// <summary>It is of no peer.</summary>
        Stranger,

        /// <summary>Its peer has as many open as it may, or all peers together have.</summary>
        TooMany,
    }

    private void OnAccepted(IBgpConnection connection)
    {
        if (_byAddress.TryGetValue(connection.RemoteAddress, out var peers)
            && peers.Find(static peer => !peer.Stopping) is { } peer)
        {
            if (peer.Connections >= MostOfPeer || (peer.Connections > 0 && Beyond() >= MostBeyond))
                Refuse(connection, Refusal.TooMany);
            else Admit(peer, connection);
            return;
        }

        if (IsExpected(connection.RemoteAddress)) connection.Dispose();
        else Refuse(connection, Refusal.Stranger);
    }

    private int Beyond() => _running.Values.Sum(static peer => Math.Max(0, peer.Connections - 1));

    private void Admit(Peer peer, IBgpConnection connection)
    {
        try
        {
            connection.Admit(peer.Spec.Session, peer.Password);
        }
        catch (BgpTransportException error)
        {
            _log.Warning("refused a BGP connection from {0}: {1}", connection.RemoteAddress, error.Message);
            connection.Dispose();
            return;
        }

        peer.Connections++;
        var actor = peer.Ref;
        connection.Ended.PipeTo(Self, success: () => new PeerSetProtocol.ConnectionEnded(actor));
        actor.Tell(new PeerProtocol.Accepted(connection), Self);
    }

    private void OnEnded(IActorRef actor)
    {
        if (_running.TryGetValue(actor.Path.Name, out var peer) && peer.Ref.Equals(actor)) peer.Connections--;
    }

    /// <summary>Whether the address is of a peer, be it one that is stopping or waits for its password.</summary>
    private bool IsExpected(IpAddr address) =>
        _desired is { } desired && desired.Values.Any(spec => spec.Session.PeerAddress == address);

    private void Refuse(IBgpConnection connection, Refusal refusal)
    {
        connection.Dispose();
        _refused[refusal] = (_refused.GetValueOrDefault(refusal).Count + 1, connection.RemoteAddress);
        if (!Timers.IsTimerActive(refusal)) TellRefused(refusal);
    }

    /// <summary>One line at once, and then one a minute as long as such come.</summary>
    private void TellRefused(Refusal refusal)
    {
        if (!_refused.Remove(refusal, out var refused)) return;
        var (one, several) = refusal == Refusal.Stranger
            ? ("which is no peer of this node", "addresses that are no peers of this node")
            : ("which has too many open", "peers that have too many open");
        if (refused.Count == 1) _log.Info("refused a BGP connection from {0}, {1}", refused.Last, one);
        else
            _log.Info("refused {0} BGP connections from {1}, the last from {2}", refused.Count, several, refused.Last);
        Timers.StartSingleTimer(refusal, new PeerSetProtocol.TellRefused(refusal), Quiet);
    }
}
