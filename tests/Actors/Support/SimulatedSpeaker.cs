using Agent.Actors.Bgp;
using Agent.Bgp;
using Agent.Bgp.Session;
using Agent.Bgp.Wire;
using Agent.Primitives;
using Agent.Runtime.Hosting;

namespace Agent.Actors.Tests.Support;

/// <summary>A router outside the cluster: one passive session, on the session core, without actors.</summary>
internal sealed class SimulatedSpeaker : IDisposable
{
    private readonly SeededWorld _world;
    private readonly BgpSession _session;
    private readonly SortedDictionary<int, IBgpConnection> _connections = [];
    private readonly Dictionary<SessionTimer, ITimer> _timers = [];
    private readonly IDisposable _listener;
    private ConnectionId _up;
    private int _accepted;

    public SimulatedSpeaker(SeededWorld world, SimulatedNetwork network, SessionSettings settings)
    {
        _world = world;
        _session = new BgpSession(settings with { Passive = true, SendHoldTime = TimeSpan.Zero }, world.CreateRandom("speaker"));
        _listener = network.For(settings.LocalAddress!.Value).Listen(null, 179, OnAccepted);
        CarryOut(_session.Step(new SessionInput.Start()));
    }

    /// <summary>How often the session was established.</summary>
    public int Ups { get; private set; }

    /// <summary>Why it ended, each time: the NOTIFICATION's error; null for a connection that was lost.</summary>
    public List<BgpError?> Downs { get; } = [];

    /// <summary>What the peer announces now.</summary>
    public SortedSet<IpPrefix> Routes { get; } = [];

    public bool IsUp => _session.Status.Phase == SessionPhase.Established;

    /// <summary>Announces a prefix by way of this router.</summary>
    public void Announce(IpPrefix prefix, IpAddr nextHop, uint asNumber)
    {
        var buffer = new byte[MessageCodec.MaxMessageSize];
        var attributes = new PathAttributes { AsPath = AsPath.Empty.Prepend(asNumber), NextHop = nextHop };
        var length = UpdateCodec.WriteAnnouncement(buffer, attributes, _session.Terms!.Format(IpFamily.V4), [new Nlri(prefix)], out _);
        _connections[_up.Number].Send(buffer.AsMemory(0, length));
    }

    public void Dispose() => _listener.Dispose();

    private void OnAccepted(IBgpConnection connection)
    {
        var id = new ConnectionId(ConnectionSide.Incoming, ++_accepted);
        _connections[id.Number] = connection;
        CarryOut(_session.Step(new SessionInput.Accepted(id, connection.LocalAddress)));
        Read(id, connection);
    }

    private void Read(ConnectionId id, IBgpConnection connection) => _ = ReadAsync(id, connection);

    private async Task ReadAsync(ConnectionId id, IBgpConnection connection)
    {
        while (_connections.ContainsKey(id.Number))
        {
            ReceivedBytes bytes;
            try
            {
                bytes = await connection.ReceiveAsync();
            }
            catch (BgpTransportException)
            {
                // This end closed it: the session knows.
                return;
            }

            if (bytes.IsEnd)
            {
                _connections.Remove(id.Number);
                CarryOut(_session.Step(new SessionInput.ConnectionClosed(id)));
                return;
            }

            CarryOut(_session.Receive(id, bytes.Bytes.Span));
        }
    }

    private void CarryOut(IReadOnlyList<SessionEffect> effects)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case SessionEffect.Send(var id, var message):
                    var buffer = new byte[MessageCodec.MaxMessageSize];
                    if (_connections.TryGetValue(id.Number, out var open)) open.Send(buffer.AsMemory(0, MessageCodec.Write(buffer, message)));
                    break;
                case SessionEffect.Close(var id):
                    if (_connections.Remove(id.Number, out var closed)) closed.CloseGracefully();
                    break;
                case SessionEffect.Arm(var timer, var due):
                    Disarm(timer);
                    _timers[timer] = _world.Time.CreateTimer(
                        _ => CarryOut(_session.Step(new SessionInput.TimerFired(timer))), null, due, Timeout.InfiniteTimeSpan);
                    break;
                case SessionEffect.Disarm(var timer): Disarm(timer); break;
                case SessionEffect.Report(var news): Hear(news); break;
                default: throw new InvalidOperationException($"a passive speaker does not {effect}");
            }
        }
    }

    private void Disarm(SessionTimer timer)
    {
        if (_timers.Remove(timer, out var running)) running.Dispose();
    }

    private void Hear(PeerNews news)
    {
        switch (news)
        {
            case PeerNews.Up(var id, _):
                _up = id;
                Ups++;
                break;
            case PeerNews.Down down:
                Downs.Add(down.Error);
                Routes.Clear();
                break;
            case PeerNews.Updates(var batch):
                using (batch)
                {
                    foreach (var operation in batch.Operations)
                    {
                        if (operation.Kind == RouteOperationKind.Announce) Routes.Add(operation.Nlri.Prefix);
                        else if (operation.Kind == RouteOperationKind.Withdraw) Routes.Remove(operation.Nlri.Prefix);
                    }
                }

                break;
        }
    }
}
