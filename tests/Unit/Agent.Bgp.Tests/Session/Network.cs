using Agent.Bgp.Session;
using Agent.Primitives;

namespace Agent.Bgp.Tests.Session;

/// <summary>Two sessions and the TCP between them, in memory. Each direction of a connection keeps its order; which one moves next is the caller's choice.</summary>
internal sealed class Network
{
    private readonly List<Direction> _directions = [];
    private readonly Dictionary<(Speaker, ConnectionId), (Speaker Speaker, ConnectionId Id)> _peers = [];
    private int _turn;

    public Network(SessionSettings left, SessionSettings right, int seed = 1)
    {
        Left = new Speaker("left", left, new Random(seed), this);
        Right = new Speaker("right", right, new Random(seed + 1), this);
    }

    public Speaker Left { get; }

    public Speaker Right { get; }

    /// <summary>False: dials are refused.</summary>
    public bool IsUp { get; set; } = true;

    public int Waiting => _directions.Count(each => each.Queue.Count > 0);

    /// <summary>Two settings that face each other.</summary>
    public static (SessionSettings Left, SessionSettings Right) Facing(uint leftId, uint rightId, uint leftAs = 64512, uint rightAs = 64512)
    {
        var left = Driver.Mesh with { LocalAs = leftAs, RouterId = leftId, PeerAs = rightAs };
        return (left, left with { LocalAs = rightAs, RouterId = rightId, PeerAs = leftAs, PeerAddress = IpAddr.Parse("10.0.0.1") });
    }

    /// <summary>Moves everything: first come first served, or one direction or another by chance.</summary>
    public void Run(Random? random = null)
    {
        for (var steps = 0; Waiting > 0; steps++)
        {
            Assert.True(steps < 10_000, "the two sessions never come to rest");
            var ready = _directions.Where(each => each.Queue.Count > 0).OrderBy(each => each.Queue.Peek().Turn).ToList();
            var direction = ready[random?.Next(ready.Count) ?? 0];
            direction.Queue.Dequeue().Act();
        }
    }

    internal void Dial(Speaker from, ConnectionId id)
    {
        var to = from == Left ? Right : Left;
        if (!IsUp || !to.Listens)
        {
            Enqueue(from, id, () => from.Step(new SessionInput.DialFailed(id, "Connection refused")));
            return;
        }

        var accepted = to.NextIncoming();
        _peers[(from, id)] = (to, accepted);
        _peers[(to, accepted)] = (from, id);
        Enqueue(from, id, () => from.Step(new SessionInput.DialSucceeded(id, from.Address)));
        Enqueue(to, accepted, () => to.Step(new SessionInput.Accepted(accepted, to.Address)));
    }

    internal void Send(Speaker from, ConnectionId id, byte[] bytes)
    {
        if (_peers.TryGetValue((from, id), out var peer)) Enqueue(peer.Speaker, peer.Id, () => peer.Speaker.Receive(peer.Id, bytes));
    }

    internal void Close(Speaker from, ConnectionId id)
    {
        if (_peers.Remove((from, id), out var peer))
            Enqueue(peer.Speaker, peer.Id, () => peer.Speaker.Step(new SessionInput.ConnectionClosed(peer.Id)));
    }

    /// <summary>A host dies: its connections are gone without a word, and what was on its way to it too.</summary>
    internal void Cut(Speaker dead)
    {
        _peers.Clear();
        _directions.RemoveAll(each => each.To == dead);
    }

    private void Enqueue(Speaker to, ConnectionId id, Action act)
    {
        var direction = _directions.Find(each => each.To == to && each.Id == id);
        if (direction is null) _directions.Add(direction = new Direction(to, id, new Queue<(int, Action)>()));
        direction.Queue.Enqueue((++_turn, act));
    }

    private sealed record Direction(Speaker To, ConnectionId Id, Queue<(int Turn, Action Act)> Queue);
}

/// <summary>One end of a <see cref="Network"/>: carries out what its session wants and remembers its news.</summary>
internal sealed class Speaker(string name, SessionSettings settings, Random random, Network network)
{
    private int _accepted;

    public BgpSession Session { get; private set; } = new(settings, random);

    public IpAddr Address { get; } = IpAddr.Parse(name == "left" ? "10.0.0.1" : "10.0.0.2");

    /// <summary>False: nobody accepts here.</summary>
    public bool Listens { get; set; } = true;

    public List<PeerNews> News { get; } = [];

    public HashSet<SessionTimer> Armed { get; } = [];

    public IEnumerable<string> Ups => News.OfType<PeerNews.Up>().Select(up => up.Connection.Side.ToString());

    public IEnumerable<PeerNews.Down> Downs => News.OfType<PeerNews.Down>();

    public ConnectionId NextIncoming() => new(ConnectionSide.Incoming, ++_accepted);

    public void Step(SessionInput input) => CarryOut(Session.Step(input));

    public void Receive(ConnectionId id, byte[] bytes) => CarryOut(Session.Receive(id, bytes));

    public void Fire(SessionTimerKind kind)
    {
        var timer = Armed.Single(each => each.Kind == kind);
        Armed.Remove(timer);
        Step(new SessionInput.TimerFired(timer));
    }

    /// <summary>The process dies and comes back with the same settings.</summary>
    public void Reboot(bool restarting)
    {
        network.Cut(this);
        Armed.Clear();
        Session = new BgpSession(settings, random);
        Step(new SessionInput.Start(restarting));
    }

    private void CarryOut(IReadOnlyList<SessionEffect> effects)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case SessionEffect.Dial(var id): network.Dial(this, id); break;
                case SessionEffect.Close(var id): network.Close(this, id); break;
                case SessionEffect.Send(var id, var message): network.Send(this, id, Driver.Bytes(message)); break;
                case SessionEffect.Arm(var timer, _): Armed.Add(timer); break;
                case SessionEffect.Disarm(var timer): Armed.Remove(timer); break;
                case SessionEffect.Report(var news): News.Add(news); break;
                default: throw new InvalidOperationException($"{name} cannot carry out {effect}");
            }
        }
    }
}
