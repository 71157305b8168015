using System.Buffers;
using System.Text;
using Agent.Runtime.Actor;
using Agent.Runtime.Cluster.Sharding;
using Agent.Runtime.Remote;

namespace Agent.Runtime.Hosting;

/// <summary>The network between the nodes of a <see cref="SeededWorld"/>: delays by chance, links that can be cut, each
/// way by itself, and links in bad order.</summary>
/// <remarks>What one node sends to another keeps its order, and what is on its way when a link is cut is lost, unless
/// the link's <see cref="LinkConditions"/> say otherwise. Links with a serializer carry bytes, as
/// <see cref="TcpLink"/> does; those without carry the messages themselves.</remarks>
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

    /// <summary>Is told why a message could not be written or read, or was read as another; then whatever is read is
    /// written again and compared. Null where that is not done, and the others throw.</summary>
    public Action<string>? OnUnfit { get; set; }

    /// <summary>Is told of each message that arrives at a node, before its process has it.</summary>
    public Action<Address, object>? OnArrival { get; set; }

    /// <summary>Is told of each message that is lost on its way.</summary>
    public Action<object>? OnLoss { get; set; }

    /// <summary>The link of the node at this address.</summary>
    /// <param name="node">Where the node is.</param>
    /// <param name="messages">How messages are written and read, not shared with another link; null where they are
    /// carried as they are.</param>
    /// <param name="enter">Gives the node's process what arrives: now, later or never; null for now. A process that is
    /// started anew at the same address takes the place of the one before.</param>
    public IRemoteLink LinkOf(Address node, RemoteSerializer? messages = null, Action<Action>? enter = null) =>
        new Link(this, node, messages, enter);

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

    private void Send(Address from, Address to, Parcel parcel)
    {
        if (_cut.Contains((from, to)) || !_stations.TryGetValue(to, out var station))
        {
            OnLoss?.Invoke(parcel.Content);
            return;
        }

        var conditions = _conditions.GetValueOrDefault((from, to));
        if (conditions is null)
        {
            Carry(from, to, station, parcel, MaxDelay * _random.NextDouble(), keepsOrder: true);
            return;
        }

        if (_random.NextDouble() < conditions.Loss)
        {
            OnLoss?.Invoke(parcel.Content);
            return;
        }

        Carry(from, to, station, parcel, conditions.Draw(_random), _random.NextDouble() >= conditions.Reordering);
        if (_random.NextDouble() < conditions.Duplication)
            Carry(from, to, station, parcel, conditions.Draw(_random), keepsOrder: false);
    }

    private void Carry(Address from, Address to, Station station, Parcel parcel, TimeSpan delay, bool keepsOrder)
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
            {
                OnLoss?.Invoke(parcel.Content);
                return;
            }

            Arrivals++;
            OnArrival?.Invoke(to, parcel.Content);
            if (station.Enter is { } enter)
                enter(() => Open(from, station, parcel));
            else
                Open(from, station, parcel);
        });
    }

    private void Open(Address from, Station station, Parcel parcel)
    {
        var message = parcel.Message;
        if (parcel.Frame is { } frame)
        {
            if (station.Messages is not { } messages)
                throw new InvalidOperationException("A link without a serializer is sent bytes.");
            try
            {
                message = RemoteFrame.Read(frame, messages);
                if (OnUnfit is not null && Pack(message, messages) is { } again
                    && !frame.AsSpan().SequenceEqual(again))
                {
                    OnUnfit($"what was sent to {message.Recipient} is read as another: it was "
                        + $"{Encoding.UTF8.GetString(frame)}, and becomes {Encoding.UTF8.GetString(again)}");
                }
            }
            catch (InvalidDataException e) when (OnUnfit is not null)
            {
                OnUnfit($"what was sent to {parcel.Message.Recipient} cannot be read: {e.Message}");
                return;
            }
        }

        station.Door.Receive(from, message);
    }

    private byte[]? Pack(RemoteMessage message, RemoteSerializer messages)
    {
        var body = new ArrayBufferWriter<byte>();
        try
        {
            RemoteFrame.Write(body, message, messages);
            return body.WrittenSpan.ToArray();
        }
        catch (NotSupportedException e) when (OnUnfit is not null)
        {
            OnUnfit($"a message to {message.Recipient} cannot be sent: {e.Message}");
            return null;
        }
    }

    /// <summary>What is under way: the message, and its bytes where it is carried as such.</summary>
    private readonly record struct Parcel(RemoteMessage Message, byte[]? Frame)
    {
        /// <summary>What is said, without what regions add on the way.</summary>
        public object Content => Message.Message is ShardMessages.Routed routed ? routed.Message : Message.Message;
    }

    private sealed record Station(IRemoteDoor Door, RemoteSerializer? Messages, Action<Action>? Enter);

    private sealed class Link(
        SimulatedNetwork network, Address self, RemoteSerializer? messages, Action<Action>? enter) : IRemoteLink
    {
        public void Start(IRemoteDoor door)
        {
            messages?.Bind(door);
            network._stations[self] = new Station(door, messages, enter);
        }

        public bool Send(Address to, RemoteMessage message)
        {
            var frame = messages is null ? null : network.Pack(message, messages);
            if (messages is not null && frame is null)
                return false;
            network.Send(self, to, new Parcel(message, frame));
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
