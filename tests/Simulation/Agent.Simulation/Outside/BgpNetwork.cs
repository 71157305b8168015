using System.Buffers;
using Agent.Actors.Bgp;
using Agent.Bgp;
using Agent.Primitives;
using Agent.Runtime.Hosting;

namespace Agent.Simulation.Outside;

/// <summary>TCP for BGP between the hosts of a world: in order, a millisecond each way; what a cut link holds up arrives
/// once it is joined, as TCP repeats it.</summary>
/// <remarks>The kernel of a dead process closes its connections; the other end hears of it when the link lets it
/// through. Connections break by <see cref="Reset"/> alone.</remarks>
public sealed class BgpNetwork(SeededWorld world)
{
    private static readonly TimeSpan Usual = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Repetition = TimeSpan.FromMilliseconds(300);

    private readonly SortedDictionary<(IpAddr, int), Action<IBgpConnection>> _listeners = [];
    private readonly List<Line> _lines = [];
    private readonly HashSet<(IpAddr From, IpAddr To)> _cut = [];
    private readonly Dictionary<(IpAddr From, IpAddr To), TimeSpan> _delays = [];

    /// <summary>TCP as the host with this address has it.</summary>
    /// <param name="host">The address.</param>
    /// <param name="enter">Gives the host's process what arrives: now, later or never; null for now.</param>
    public IBgpTransport For(IpAddr host, Action<Action>? enter = null) =>
        new Transport(this, host, enter ?? (arrived => arrived()));

    /// <summary>Cuts every connection of a host and ends its listeners, as its kernel does when the process
    /// dies.</summary>
    public void Die(IpAddr host)
    {
        foreach (var listener in _listeners.Keys.Where(key => key.Item1 == host).ToList())
            _listeners.Remove(listener);
        foreach (var line in _lines.Where(line => line.LocalAddress == host).ToList())
            line.Dispose();
    }

    /// <summary>The host goes down: its connections are gone, and the other ends learn of it when they send to it after
    /// it is back.</summary>
    public void Vanish(IpAddr host)
    {
        foreach (var listener in _listeners.Keys.Where(key => key.Item1 == host).ToList())
            _listeners.Remove(listener);
        foreach (var line in _lines.Where(line => line.LocalAddress == host).ToList())
            line.Vanish();
    }

    /// <summary>Cuts the way from one host to another.</summary>
    public void Cut(IpAddr from, IpAddr to) => _cut.Add((from, to));

    /// <summary>Joins the way from one host to another.</summary>
    public void Heal(IpAddr from, IpAddr to) => _cut.Remove((from, to));

    /// <summary>How long each segment takes on this way; null for the usual millisecond.</summary>
    public void SetDelay(IpAddr from, IpAddr to, TimeSpan? delay)
    {
        if (delay is { } set)
            _delays[(from, to)] = set;
        else
            _delays.Remove((from, to));
    }

    /// <summary>Breaks the connections between two hosts, at both ends.</summary>
    public void Reset(IpAddr one, IpAddr other)
    {
        foreach (var line in _lines.Where(line => line.Joins(one, other)).ToList())
            line.Break();
    }

    private bool IsUp(IpAddr host) => _listeners.Keys.Any(listener => listener.Item1 == host);

    private TimeSpan DelayOf(IpAddr from, IpAddr to) => _delays.GetValueOrDefault((from, to), Usual);

    private void Connect(
        IpAddr host, SessionSettings session, Action<Action> enter, TaskCompletionSource<IBgpConnection> dialed)
    {
        var peer = session.PeerAddress;
        if (dialed.Task.IsCompleted)
            return;
        if (_cut.Contains((host, peer)) || _cut.Contains((peer, host)))
        {
            world.After(Repetition, () => Connect(host, session, enter, dialed));
            return;
        }

        if (!_listeners.TryGetValue((peer, session.PeerPort), out var onAccepted))
        {
            enter(() => dialed.TrySetException(new BgpTransportException("Connection refused")));
            return;
        }

        var (near, far) = (new Line(this, host, peer, enter), new Line(this, peer, host, null));
        (near.Other, far.Other) = (far, near);
        _lines.Add(near);
        _lines.Add(far);
        onAccepted(far);
        enter(() =>
        {
            if (!dialed.TrySetResult(near))
                near.Dispose();
        });
    }

    private sealed class Transport(BgpNetwork network, IpAddr host, Action<Action> enter) : IBgpTransport
    {
        public Task<IBgpConnection> DialAsync(
            SessionSettings session, TcpMd5Key? password, CancellationToken cancellation)
        {
            var dialed = new TaskCompletionSource<IBgpConnection>();
            cancellation.Register(() => dialed.TrySetCanceled(cancellation));
            network.After(network.DelayOf(host, session.PeerAddress),
                () => network.Connect(host, session, enter, dialed));
            return dialed.Task;
        }

        public IBgpListener Listen(IpAddr? address, ushort port, Action<IBgpConnection> onAccepted)
        {
            if (!network._listeners.TryAdd((host, port), accepted => enter(() =>
                {
                    ((Line)accepted).Enter = enter;
                    onAccepted(accepted);
                })))
                throw new BgpTransportException($"cannot listen for BGP on {host} port {port}");
            return new Listener(() => network._listeners.Remove((host, port)));
        }
    }

    private void After(TimeSpan delay, Action action) => world.After(delay, action);

    private sealed class Listener(Action end) : IBgpListener
    {
        public IReadOnlyList<(IpAddr Peer, string Reason)> SetPasswords(
            IReadOnlyDictionary<IpAddr, TcpMd5Key> passwords) => [];

        public void Dispose() => end();
    }

    private sealed class Line(BgpNetwork network, IpAddr local, IpAddr remote, Action<Action>? enter) : IBgpConnection
    {
        private readonly Queue<byte[]> _arrived = new();
        private readonly Queue<Action<Line>> _underWay = new();
        private TaskCompletionSource<ReceivedBytes>? _reader;
        private bool _isPumping;
        private bool _ended;
        private bool _broken;
        private bool _vanished;
        private bool _closed;

        public Line? Other { get; set; }

        /// <summary>The process at this end; null while none has accepted the connection.</summary>
        public Action<Action>? Enter { get; set; } = enter;

        public IpAddr RemoteAddress => remote;

        public IpAddr LocalAddress => local;

        public long QueuedBytes => 0;

        public long SentBytes { get; private set; }

        public Task DrainedAsync(long queuedBytes) => Task.CompletedTask;

        public bool Joins(IpAddr one, IpAddr other) =>
            (local == one && remote == other) || (local == other && remote == one);

        public void Admit(SessionSettings session, TcpMd5Key? password)
        {
            // There is nothing that a line would refuse.
        }

        public void SetPassword(TcpMd5Key password)
        {
            // A line has no kernel that would sign.
        }

        public Task<ReceivedBytes> ReceiveAsync()
        {
            if (_closed || _broken)
                return Task.FromException<ReceivedBytes>(new BgpTransportException("Connection closed"));
            if (_arrived.TryDequeue(out var bytes))
                return Task.FromResult(Rented(bytes));
            if (_ended)
                return Task.FromResult(ReceivedBytes.End);
            _reader = new TaskCompletionSource<ReceivedBytes>();
            return _reader.Task;
        }

        public void Send(ReadOnlyMemory<byte> bytes)
        {
            if (_closed || _broken)
                return;
            var copy = bytes.ToArray();
            SentBytes += copy.Length;
            Carry(other => other.Arrive(copy));
        }

        public void CloseGracefully() => Dispose();

        public void Dispose()
        {
            if (_closed)
                return;
            _closed = true;
            network._lines.Remove(this);
            Carry(other => other.End());
            _reader?.TrySetException(new BgpTransportException("Connection closed"));
            _reader = null;
        }

        /// <summary>This end's host is down.</summary>
        public void Vanish()
        {
            _vanished = _closed = true;
            network._lines.Remove(this);
            _reader = null;
        }

        /// <summary>The connection is reset.</summary>
        public void Break()
        {
            if (_broken || _closed)
                return;
            _broken = true;
            network._lines.Remove(this);
            var reader = _reader;
            _reader = null;
            Reach(() => reader?.TrySetException(new BgpTransportException("Connection reset by peer")));
        }

        private void Reach(Action arrived)
        {
            if (Enter is { } enter)
                enter(arrived);
            else
                arrived();
        }

        private void Carry(Action<Line> what)
        {
            _underWay.Enqueue(what);
            if (_isPumping)
                return;
            _isPumping = true;
            network.After(network.DelayOf(local, remote), Pump);
        }

        private void Pump()
        {
            var reachesHost = !network._cut.Contains((local, remote)) && (!Other!._vanished || network.IsUp(remote));
            if (!reachesHost)
            {
                if (!_vanished && !_broken)
                    network.After(Repetition, Pump);
                return;
            }

            if (Other!._vanished)
            {
                Break();
                return;
            }

            _isPumping = false;
            while (_underWay.TryDequeue(out var what))
                what(Other!);
        }

        private void Arrive(byte[] bytes)
        {
            if (_closed || _broken)
                return;
            if (_reader is { } reader)
            {
                _reader = null;
                Reach(() => reader.TrySetResult(Rented(bytes)));
            }
            else
            {
                _arrived.Enqueue(bytes);
            }
        }

        private static ReceivedBytes Rented(byte[] bytes)
        {
            var buffer = ArrayPool<byte>.Shared.Rent(bytes.Length);
            bytes.CopyTo(buffer, 0);
            return new ReceivedBytes(buffer, bytes.Length);
        }

        private void End()
        {
            _ended = true;
            var reader = _reader;
            _reader = null;
            Reach(() => reader?.TrySetResult(ReceivedBytes.End));
        }
    }
}
