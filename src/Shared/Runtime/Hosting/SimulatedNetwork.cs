using Agent.Runtime.Actor;

namespace Agent.Runtime.Hosting;

/// <summary>The network between the nodes of a <see cref="SeededWorld"/>: delays by chance, links that can be cut, each
/// way by itself, and links in bad order.</summary>
/// <remarks>What one node sends to another keeps its order, and what is on its way when a link is cut is lost, unless
/// the link's <see cref="LinkConditions"/> say otherwise.</remarks>
/// <param name="world">The world, whose time and seed the network goes by.</param>
public sealed class SimulatedNetwork(SeededWorld world)
{
    private readonly Random _random = world.CreateRandom("network");
    private readonly Dictionary<Address, Station> _stations = [];
    private readonly Dictionary<(Address From, Address To), TimeSpan> _lastDue = [];
    private readonly Dictionary<(Address From, Address To), LinkConditions> _conditions = [];
    private readonly HashSet<(Address, Address)> _cut = [];

    /// <summary>The longest that a message is on its way where a link has no conditions of its own; delays are even
    /// between zero and this.</summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMilliseconds(5);

    /// <summary>How many messages have arrived.</summary>
    public long Arrivals { get; private set; }

    /// <summary>The link of the node at this address.</summary>
    /// <param name="node">Where the node is.</param>
    /// <param name="enter">Gives the node's process what arrives: now, later or never; null for now. A process that is
    /// started anew at the same address takes the place of the one before.</param>
    public IRemoteLink LinkOf(Address node, Action<Action>? enter = null) => new Link(this, node, enter);

    /// <summary>Cuts the link between two nodes, both ways.</summary>
    public void Cut(Address one, Address other)
    {
        CutOneWay(one, other);
        CutOneWay(other, one);
    }

    /// <summary>Cuts the way from one node to another; the way back stays.</summary>
    public void CutOneWay(Address from, Address to) => _cut.Add((from, to));

    /// <summary>Joins the link between two nodes.</summary>
    public void Heal(Address one, Address other)
    {
        HealOneWay(one, other);
        HealOneWay(other, one);
    }

    /// <summary>Joins the way from one node to another.</summary>
    public void HealOneWay(Address from, Address to) => _cut.Remove((from, to));

    /// <summary>Sets what becomes of messages on the way from one node to another; null is as on all others.</summary>
    public void SetConditions(Address from, Address to, LinkConditions? conditions)
    {
        if (conditions is null)
            _conditions.Remove((from, to));
        else
            _conditions[(from, to)] = conditions;
    }

    /// <summary>The node's process is gone, and with it what is on its way to it.</summary>
    public void Leave(Address node) => _stations.Remove(node);

    private void Send(Address from, Address to, RemoteMessage message)
    {
        if (_cut.Contains((from, to)) || !_stations.TryGetValue(to, out var station))
            return;
        var conditions = _conditions.GetValueOrDefault((from, to));
        if (conditions is null)
        {
            Carry(from, to, station, message, MaxDelay * _random.NextDouble(), keepsOrder: true);
            return;
        }

        if (_random.NextDouble() < conditions.Loss)
            return;
        Carry(from, to, station, message, conditions.Draw(_random), _random.NextDouble() >= conditions.Reordering);
        if (_random.NextDouble() < conditions.Duplication)
            Carry(from, to, station, message, conditions.Draw(_random), keepsOrder: false);
    }

    private void Carry(Address from, Address to, Station station, RemoteMessage message, TimeSpan delay,
        bool keepsOrder)
    {
        var now = world.Elapsed;
        var due = now + delay;
        if (keepsOrder)
        {
            if (_lastDue.TryGetValue((from, to), out var last) && last > due)
                due = last;
            _lastDue[(from, to)] = due;
        }

        world.After(due - now, () =>
        {
            if (_cut.Contains((from, to)) || _stations.GetValueOrDefault(to) != station)
                return;
            Arrivals++;
            if (station.Enter is { } enter)
                enter(() => station.Door.Receive(message));
            else
                station.Door.Receive(message);
        });
    }

    private sealed record Station(IRemoteDoor Door, Action<Action>? Enter);

    private sealed class Link(SimulatedNetwork network, Address self, Action<Action>? enter) : IRemoteLink
    {
        public void Start(IRemoteDoor door) => network._stations[self] = new Station(door, enter);

        public bool Send(Address to, RemoteMessage message)
        {
            network.Send(self, to, message);
            return true;
        }
    }
}

/// <summary>What becomes of messages on one way of a link. Loss, duplication and reordering are harsher than
/// <see cref="IRemoteLink"/> allows: for protocols that are to stand that, too.</summary>
/// <param name="Least">The shortest time that a message is on its way.</param>
/// <param name="Most">The longest.</param>
/// <param name="Loss">The share of messages that is lost, from 0 to 1.</param>
/// <param name="Duplication">The share that arrives a second time.</param>
/// <param name="Reordering">The share that may overtake, and be overtaken by, others.</param>
public sealed record LinkConditions(
    TimeSpan Least, TimeSpan Most, double Loss = 0, double Duplication = 0, double Reordering = 0)
{
    internal TimeSpan Draw(Random random) => Least + ((Most - Least) * random.NextDouble());
}
