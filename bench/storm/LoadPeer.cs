using System.Net;
using System.Net.Sockets;
using Agent.Bgp;
using Agent.Bgp.Wire;
using Agent.Primitives;

namespace Agent.Bench.Storm;

/// <summary>One peer: dials, says OPEN and KEEPALIVE, and keeps what it is told. It dials again a second after its connection
/// failed.</summary>
internal sealed class LoadPeer : IDisposable
{
    private readonly IPEndPoint _from;
    private readonly IPEndPoint _to;
    private readonly byte[] _open;
    private readonly Action<int> _onUp;
    private readonly Action _onRoutes;
    private readonly HashSet<IpPrefix>? _routes;
    private readonly UpdateDecoder _decoder;
    private readonly Lock _sending = new();
    private readonly SocketAsyncEventArgs _connecting = new();
    private readonly SocketAsyncEventArgs _receiving = new();
    private Framer _framer = new();
    private Socket? _socket;
    private Timer? _again;
    private volatile bool _disposed;
    private volatile bool _isUp;
    private volatile int _held;

    /// <param name="options">The load.</param>
    /// <param name="number">Which peer it is.</param>
    /// <param name="onUp">Told 1 when it comes up and -1 when it goes down, from any thread.</param>
    /// <param name="onRoutes">Told when it holds more or fewer routes than before, from any thread.</param>
    public LoadPeer(LoadOptions options, int number, Action<int> onUp, Action onRoutes)
    {
        _from = new IPEndPoint(options.AddressOf(number).ToIPAddress(), 0);
        _to = new IPEndPoint(options.Speaker.ToIPAddress(), options.Port);
        _open = Messages.Open(options, number);
        (_onUp, _onRoutes) = (onUp, onRoutes);
        IsObserver = number >= options.Senders;
        if (IsObserver) _routes = [];
        _decoder = new UpdateDecoder(new UpdateContext(true, options.IsInternal, IpFamily.V4));
        _receiving.SetBuffer(new byte[IsObserver ? 256 * 1024 : 4096]);
        _connecting.RemoteEndPoint = _to;
        _connecting.Completed += (_, _) => OnConnected();
        _receiving.Completed += (_, _) =>
        {
            if (OnReceived()) Receive();
        };
    }

    public bool IsObserver { get; }

    /// <summary>True once the speaker has answered our OPEN with a KEEPALIVE.</summary>
    public bool IsUp => _isUp;

    /// <summary>How many routes it holds; only observers keep count.</summary>
    public int Held => _held;

    /// <summary>How often a connection failed or ended.</summary>
    public int Failures { get; private set; }

    public void Dial()
    {
        _framer = new Framer();
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _socket.Bind(_from);
        if (!_socket.ConnectAsync(_connecting)) OnConnected();
    }

    /// <summary>Sends whole messages; waits while the speaker does not read.</summary>
    public void Send(ReadOnlySpan<byte> messages)
    {
        lock (_sending) Write(messages);
    }

    /// <summary>Says KEEPALIVE, unless it is in the middle of saying something else.</summary>
    public void KeepAlive()
    {
        if (!_sending.TryEnter()) return;
        try
        {
            Write(Messages.KeepAlive);
        }
        finally
        {
            _sending.Exit();
        }
    }

    public void Dispose()
    {
        _disposed = true;
        _again?.Dispose();
        _socket?.Dispose();
        _connecting.Dispose();
        _receiving.Dispose();
    }

    private void Write(ReadOnlySpan<byte> messages)
    {
        try
        {
            while (!messages.IsEmpty) messages = messages[_socket!.Send(messages)..];
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Who reads from the same socket learns of it and counts it as a failure.
        }
    }

    private void OnConnected()
    {
        if (_connecting.SocketError != SocketError.Success)
        {
            Fail();
            return;
        }

        Send(_open);
        Receive();
    }

    private void Receive()
    {
        try
        {
            while (!_socket!.ReceiveAsync(_receiving))
                if (!OnReceived()) return;
        }
        catch (ObjectDisposedException)
        {
            // The load has ended.
        }
    }

    /// <summary>Takes what was read; false when there is nothing more to read.</summary>
    private bool OnReceived()
    {
        if (_receiving.SocketError != SocketError.Success || _receiving.BytesTransferred == 0)
        {
            Fail();
            return false;
        }

        _framer.Append(_receiving.MemoryBuffer.Span[.._receiving.BytesTransferred]);
        var before = _held;
        while (_framer.TryRead(out var frame, out var error))
        {
            if (error is not null) throw new InvalidDataException($"the speaker sent {error}");
            Take(frame);
        }

        if (_routes is not null) _held = _routes.Count;
        if (before != _held) _onRoutes();
        return true;
    }

    private void Take(in Frame frame)
    {
        switch (frame.Type)
        {
            case BgpMessageType.Open: Send(Messages.KeepAlive); break;
            case BgpMessageType.KeepAlive when !_isUp:
                _isUp = true;
                _onUp(1);
                break;
            case BgpMessageType.Update when _routes is not null: Keep(frame.Body, _routes); break;
        }
    }

    private void Keep(ReadOnlySpan<byte> update, HashSet<IpPrefix> routes)
    {
        using var batch = new UpdateBatch();
        if (!_decoder.TryDecode(update, batch, out var error)) throw new InvalidDataException($"the speaker sent {error}");
        foreach (ref readonly var operation in batch.Operations)
        {
            if (operation.Kind == RouteOperationKind.Announce) routes.Add(operation.Nlri.Prefix);
            else if (operation.Kind == RouteOperationKind.Withdraw) routes.Remove(operation.Nlri.Prefix);
        }
    }

    private void Fail()
    {
        if (_disposed) return;
        Failures++;
        if (_isUp) _onUp(-1);
        _isUp = false;
        _routes?.Clear();
        _held = 0;
        _socket?.Dispose();
        _again ??= new Timer(_ => Dial());
        _again.Change(TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
    }
}
