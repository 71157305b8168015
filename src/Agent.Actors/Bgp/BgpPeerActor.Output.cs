using Agent.Bgp;
using Agent.Bgp.Session;

namespace Agent.Actors.Bgp;

/// <content>What the RIB has for the peer. It has at most <see cref="SessionSettings.OutputQueueLimit"/> bytes under
/// way, so it is told what has left.</content>
public sealed partial class BgpPeerActor
{
    /// <summary>How many bytes may wait for a peer beyond <see cref="SessionSettings.OutputQueueLimit"/>: what the RIB
    /// had begun, and messages of the session itself. With more than that its connection is given up.</summary>
    public const int OutputSlack = 256 * 1024;

    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    private long _underWay;
    private bool _isDraining;
    private bool _isHeldBack;
    private DateTimeOffset _toldSlow;

    private void OnTransmit(PeerProtocol.Transmit transmit)
    {
        if (transmit.Incarnation != _incarnation || !_connections.TryGetValue(KeyOf(_established), out var found))
            return;
        foreach (var buffer in transmit.Buffers)
        {
            _session.CountSent(buffer.Span);
            _underWay += buffer.Length;
            found.Connection.Send(buffer);
        }

        if (found.Connection.QueuedBytes > _spec.Session.OutputQueueLimit + OutputSlack)
        {
            Drop(found.Id);
            Step(new SessionInput.ConnectionClosed(found.Id, "the peer does not read"));
            return;
        }

        _isHeldBack = transmit.IsHeldBack;
        if (_isHeldBack) TellSlow(found.Connection);
        AwaitDrain(found.Id, found.Connection);
    }

    private void TellSlow(IBgpConnection connection)
    {
        var now = _time.GetUtcNow();
        if (now - _toldSlow < Quiet) return;
        _toldSlow = now;
        _log.Info("{0} reads slowly: {1} bytes wait for it", _spec.Name, connection.QueuedBytes);
    }

    /// <summary>The RIB counts as under way what it was not told to have left: it is told once half of what may be
    /// under way is, and a quarter waits still.</summary>
    private void AwaitDrain(ConnectionId id, IBgpConnection connection)
    {
        var limit = _spec.Session.OutputQueueLimit;
        while (!_isDraining && _underWay > limit / 2)
        {
            var drained = connection.DrainedAsync(limit / 4);
            if (drained.IsCompleted)
            {
                if (!TellSent(connection)) return;
                continue;
            }

            _isDraining = true;
            drained.PipeTo(Self, success: () => new PeerProtocol.Drained(id));
        }
    }

    private bool TellSent(IBgpConnection connection)
    {
        var left = _underWay - connection.QueuedBytes;
        if (left <= 0) return false;
        _underWay -= left;
        _rib.Tell(new RibProtocol.Sent(_spec.Name, _incarnation, left), Self);
        return true;
    }

    private void OnDrained(ConnectionId id)
    {
        if (id != _established || !_connections.TryGetValue(KeyOf(id), out var found)) return;
        _isDraining = false;
        TellSent(found.Connection);
        AwaitDrain(id, found.Connection);
    }
}
