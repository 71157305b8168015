using Agent.Runtime.Actor;

namespace Agent.Runtime.Hosting;

/// <summary>The network between the nodes of a <see cref="SeededWorld"/>: delays by chance, and links that can be
/// cut.</summary>
/// <remarks>What one node sends to another keeps its order. What is on its way when a link is cut is lost.</remarks>
/// <param name="world">The world, whose time and seed the network goes by.</param>
public sealed class SimulatedNetwork(SeededWorld world)
{
    private readonly Random _random = world.CreateRandom("network");
    private readonly Dictionary<Address, IRemoteDoor> _nodes = [];
    private readonly Dictionary<(Address From, Address To), TimeSpan> _lastDue = [];
    private readonly HashSet<(Address, Address)> _cut = [];

    /// <summary>The longest that a message is on its way; delays are even between zero and this.</summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMilliseconds(5);

    /// <summary>How many messages have arrived.</summary>
    public long Arrivals { get; private set; }

    /// <summary>The link of the node at this address.</summary>
    public IRemoteLink LinkOf(Address node) => new Link(this, node);

    /// <summary>Cuts the link between two nodes, both ways.</summary>
    public void Cut(Address one, Address other)
    {
        _cut.Add((one, other));
        _cut.Add((other, one));
    }

    /// <summary>Joins the link between two nodes.</summary>
    public void Heal(Address one, Address other)
    {
        _cut.Remove((one, other));
        _cut.Remove((other, one));
    }

    private void Send(Address from, Address to, RemoteMessage message)
    {
        if (_cut.Contains((from, to)))
            return;
        var now = world.Elapsed;
        var due = now + (MaxDelay * _random.NextDouble());
        if (_lastDue.TryGetValue((from, to), out var last) && last > due)
            due = last;
        _lastDue[(from, to)] = due;
        ITimer? timer = null;
        timer = world.Time.CreateTimer(_ => Arrive(), null, due - now, Timeout.InfiniteTimeSpan);

        void Arrive()
        {
            timer?.Dispose();
            if (_cut.Contains((from, to)) || !_nodes.TryGetValue(to, out var door))
                return;
            Arrivals++;
            door.Receive(message);
        }
    }

    private sealed class Link(SimulatedNetwork network, Address self) : IRemoteLink
    {
        public void Start(IRemoteDoor door) => network._nodes[self] = door;

        public void Send(Address to, RemoteMessage message) => network.Send(self, to, message);
    }
}
