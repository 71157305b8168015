using System.Net;
using System.Net.Sockets;
using Agent.Bgp;
using Agent.Bgp.Wire;
using Agent.Lab.Tests.Support;
using Agent.Primitives;

namespace Agent.Conformance.Tests.Robustness;

/// <summary>A peer that is nothing but a socket on 127.0.0.HOST, AS 65000 + HOST, and does what the test wants. It has threads of its own, so that
/// it is as fast as ever whatever the speaker under test does to the thread pool.</summary>
internal sealed class RawPeer : IDisposable
{
    private readonly Socket _socket;
    private readonly byte _host;
    private readonly int _holdSeconds;
    private readonly Framer _framer = new();
    private readonly HashSet<uint> _routes = [];
    private readonly ManualResetEventSlim _mayRead = new(true);
    private readonly ManualResetEventSlim _ended = new(false);
    private readonly List<Thread> _threads = [];
    private string _fault = "";

    private RawPeer(Socket socket, byte host, int holdSeconds) => (_socket, _host, _holdSeconds) = (socket, host, holdSeconds);

    /// <summary>Its name among the speaker's sessions.</summary>
    public string Name => NameOf(_host);

    public uint As => 65000u + _host;

    /// <summary>Why it hears no more; empty while it does.</summary>
    public string Fault
    {
        get { lock (_routes) return _fault; }
    }

    /// <summary>How many prefixes it knows.</summary>
    public int RouteCount
    {
        get { lock (_routes) return _routes.Count; }
    }

    public static string NameOf(byte host) => $"raw{host}";

    /// <summary>What the speaker is to know of it.</summary>
    public static PeerSpec Spec(byte host) => new()
    {
        Name = NameOf(host),
        Type = PeerType.Global,
        Session = new SessionSettings
        {
            LocalAs = 64512,
            RouterId = IpAddr.Parse("127.0.0.1").V4Value,
            PeerAs = 65000u + host,
            PeerAddress = IpAddr.Parse($"127.0.0.{host}"),
            Passive = true,
        },
    };

    /// <summary>A TCP connection to 127.0.0.1.</summary>
    public static RawPeer Connect(byte host, int port, int holdSeconds = 0, int receiveBuffer = 0)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer > 0) socket.ReceiveBufferSize = receiveBuffer;
        socket.Bind(new IPEndPoint(IPAddress.Parse($"127.0.0.{host}"), 0));
        socket.Connect(IPAddress.Loopback, port);
        return new RawPeer(socket, host, holdSeconds);
    }

    /// <summary>An established session; it is sought again as long as the speaker refuses.</summary>
    public static async Task<RawPeer> EstablishAsync(byte host, int port, int holdSeconds = 0, int receiveBuffer = 0)
    {
        var peer = await Eventually.BecomesAsync(
            $"a session with 127.0.0.{host} is established", () => TryEstablish(host, port, holdSeconds, receiveBuffer), found => found is not null);
        return peer!;
    }

    /// <summary>Our OPEN.</summary>
    public byte[] Open => Bytes.Open(As, _holdSeconds, _host);

    public void Send(params ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty) bytes = bytes[_socket.Send(bytes)..];
    }

    /// <summary>Sends what the speaker may hang up on.</summary>
    public bool TrySend(byte[] bytes)
    {
        try
        {
            Send(bytes);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Reads until a message of that type has come; false when the speaker hangs up before.</summary>
    public bool Await(BgpMessageType type)
    {
        var buffer = new byte[4096];
        try
        {
            while (_socket.Receive(buffer) is > 0 and var read)
            {
                _framer.Append(buffer.AsSpan(0, read));
                while (_framer.TryRead(out var frame, out _))
                    if (frame.Type == type) return true;
            }
        }
        catch (SocketException)
        {
            return false;
        }

        return false;
    }

    /// <summary>From here on it reads, and says that it lives.</summary>
    public RawPeer Live()
    {
        Run(ReadAll);
        if (_holdSeconds > 0) Run(KeepAlive);
        return this;
    }

    /// <summary>Reads no more, or goes on.</summary>
    public void Stop(bool stops)
    {
        if (stops) _mayRead.Reset();
        else _mayRead.Set();
    }

    /// <summary>Closes with a TCP reset.</summary>
    public void Abort()
    {
        _socket.LingerState = new LingerOption(true, 0);
        Dispose();
    }

    public void Dispose()
    {
        _ended.Set();
        _mayRead.Set();
        _socket.Dispose();
        foreach (var thread in _threads) thread.Join();
        _ended.Dispose();
        _mayRead.Dispose();
    }

    private static RawPeer? TryEstablish(byte host, int port, int holdSeconds, int receiveBuffer)
    {
        var peer = Connect(host, port, holdSeconds, receiveBuffer);
        if (peer.TrySend(peer.Open) && peer.Await(BgpMessageType.KeepAlive) && peer.TrySend(Bytes.KeepAlive)) return peer;
        peer.Dispose();
        return null;
    }

    private void Run(ThreadStart what)
    {
        var thread = new Thread(what) { IsBackground = true };
        _threads.Add(thread);
        thread.Start();
    }

    private void KeepAlive()
    {
        while (!_ended.Wait(TimeSpan.FromSeconds(_holdSeconds) / 3) && TrySend(Bytes.KeepAlive)) continue;
    }

    // A peer with a hold time gives up as RFC 4271 has it: when nothing was heard for so long.
    private void ReadAll()
    {
        if (_holdSeconds > 0) _socket.ReceiveTimeout = _holdSeconds * 1000;
        var buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                _mayRead.Wait();
                var read = _socket.Receive(buffer);
                if (read == 0) throw new SocketException((int)SocketError.Shutdown);
                _framer.Append(buffer.AsSpan(0, read));
                while (_framer.TryRead(out var frame, out _))
                    if (frame.Type == BgpMessageType.Update) Note(frame.Body);
            }
        }
        catch (Exception error)
        {
            lock (_routes) _fault = error.Message;
        }
    }

    private void Note(ReadOnlySpan<byte> update)
    {
        var (withdrawn, announced) = Bytes.Read(update);
        lock (_routes)
        {
            _routes.ExceptWith(withdrawn);
            _routes.UnionWith(announced);
        }
    }
}
