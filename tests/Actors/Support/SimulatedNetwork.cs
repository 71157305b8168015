using System.Buffers;
using Agent.Actors.Bgp;
using Agent.Bgp;
using Agent.Primitives;
using Agent.Runtime.Hosting;

namespace Agent.Actors.Tests.Support;

/// <summary>TCP between the nodes of a world: in order, a millisecond each way.</summary>
internal sealed class SimulatedNetwork(SeededWorld world)
{
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(1);

    private readonly SortedDictionary<(IpAddr, int), Action<IBgpConnection>> _listeners = [];
    private readonly List<Line> _lines = [];

    /// <summary>TCP as the host with this address has it.</summary>
    public IBgpTransport For(IpAddr host) => new Transport(this, host);

    /// <summary>Cuts every connection of a host and ends its listeners, as its kernel does when the process dies.</summary>
    public void Die(IpAddr host)
    {
        foreach (var listener in _listeners.Keys.Where(key => key.Item1 == host).ToList()) _listeners.Remove(listener);
        foreach (var line in _lines.Where(line => line.LocalAddress == host).ToList()) line.Dispose();
    }

    private void After(Action action)
    {
        ITimer? timer = null;
        timer = world.Time.CreateTimer(
            _ =>
            {
                timer?.Dispose();
                action();
            },
            null, Delay, Timeout.InfiniteTimeSpan);
    }

    private sealed class Transport(SimulatedNetwork network, IpAddr host) : IBgpTransport
    {
        public Task<IBgpConnection> DialAsync(SessionSettings session, TcpMd5Key? password, CancellationToken cancellation)
        {
            var dialed = new TaskCompletionSource<IBgpConnection>();
            network.After(() =>
            {
                if (!network._listeners.TryGetValue((session.PeerAddress, session.PeerPort), out var onAccepted))
                {
                    dialed.TrySetException(new BgpTransportException("Connection refused"));
                    return;
                }

                var (near, far) = (new Line(network, host, session.PeerAddress), new Line(network, session.PeerAddress, host));
                (near.Other, far.Other) = (far, near);
                network._lines.Add(near);
                network._lines.Add(far);
                onAccepted(far);
                dialed.TrySetResult(near);
            });
            return dialed.Task;
        }

        public IBgpListener Listen(IpAddr? address, ushort port, Action<IBgpConnection> onAccepted)
        {
            if (!network._listeners.TryAdd((host, port), onAccepted)) throw new BgpTransportException($"cannot listen for BGP on {host} port {port}");
            return new Listener(() => network._listeners.Remove((host, port)));
        }
    }

    private sealed class Listener(Action end) : IBgpListener
    {
        public IReadOnlyList<(IpAddr Peer, string Reason)> SetPasswords(IReadOnlyDictionary<IpAddr, TcpMd5Key> passwords) => [];

        public void Dispose() => end();
    }

    private sealed class Line(SimulatedNetwork network, IpAddr local, IpAddr remote) : IBgpConnection
    {
        private readonly Queue<byte[]> _arrived = new();
        private TaskCompletionSource<ReceivedBytes>? _reader;
        private bool _ended;
        private bool _closed;

        public Line? Other { get; set; }

        public IpAddr RemoteAddress => remote;

        public IpAddr LocalAddress => local;

        public long QueuedBytes => 0;

        public long SentBytes => 0;

        public Task DrainedAsync(long queuedBytes) => Task.CompletedTask;

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
            if (_closed) return Task.FromException<ReceivedBytes>(new BgpTransportException("Connection closed"));
            if (_arrived.TryDequeue(out var bytes)) return Task.FromResult(Rented(bytes));
            if (_ended) return Task.FromResult(ReceivedBytes.End);
            _reader = new TaskCompletionSource<ReceivedBytes>();
            return _reader.Task;
        }

        public void Send(ReadOnlyMemory<byte> bytes)
        {
            if (_closed) return;
            var copy = bytes.ToArray();
            network.After(() => Other!.Arrive(copy));
        }

        public void CloseGracefully() => Dispose();

        public void Dispose()
        {
            if (_closed) return;
            _closed = true;
            network._lines.Remove(this);
            network.After(() => Other!.End());
            _reader?.TrySetException(new BgpTransportException("Connection closed"));
            _reader = null;
        }

        private void Arrive(byte[] bytes)
        {
            if (_closed) return;
            if (_reader is { } reader)
            {
                _reader = null;
                reader.SetResult(Rented(bytes));
            }
            else _arrived.Enqueue(bytes);
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
            reader?.TrySetResult(ReceivedBytes.End);
        }
    }
}
