using System.Net;
using System.Net.Sockets;
using Agent.Bgp;
using Agent.Primitives;

namespace Agent.Actors.Bgp;

/// <summary>One TCP connection: read by a <see cref="TcpReceiver"/>, written by a <see cref="TcpSender"/>, closed so
/// that the peer hears the last message.</summary>
internal sealed class TcpBgpConnection : IBgpConnection
{
    private readonly Socket _socket;
    private readonly TimeSpan _longestLinger;
    private readonly TcpReceiver _receiver;
    private readonly TcpSender _sender;
    private readonly CancellationTokenSource _linger = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Action? _onDecided;
    private bool _isClosing;

    /// <param name="socket">Connected.</param>
    /// <param name="longestLinger">How long it takes to close at most, however the peer behaves.</param>
    /// <param name="onDecided">Told once when an accepted connection is admitted or closed.</param>
    public TcpBgpConnection(Socket socket, TimeSpan longestLinger, Action? onDecided = null)
    {
        _socket = socket;
        _longestLinger = longestLinger;
        _receiver = new TcpReceiver(socket);
        _sender = new TcpSender(socket, () => _ = FinishAsync());
        _onDecided = onDecided;
        RemoteAddress = IpAddr.From(((IPEndPoint)socket.RemoteEndPoint!).Address);
        LocalAddress = IpAddr.From(((IPEndPoint)socket.LocalEndPoint!).Address);
    }

    public IpAddr RemoteAddress { get; }

    public IpAddr LocalAddress { get; }

    public Task Ended => _ended.Task;

    public long QueuedBytes => _sender.QueuedBytes;

    public long SentBytes => _sender.SentBytes;

    public Task DrainedAsync(long queuedBytes) => _sender.DrainedAsync(queuedBytes);

    public void Admit(SessionSettings session, TcpMd5Key? password)
    {
        Interlocked.Exchange(ref _onDecided, null)?.Invoke();
        try
        {
            TcpTimeToLive.Set(_socket, session.TtlSecurity);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            throw new BgpTransportException(error is SocketException socket
                ? TcpBgpTransport.Reason(socket)
                : "Connection closed", error);
        }

        // The connection may have been accepted before the listener had the key: without it nothing more passes.
        if (password is not null) TcpMd5Signature.Set(_socket, RemoteAddress, password);
    }

    public void SetPassword(TcpMd5Key password)
    {
        try
        {
            TcpMd5Signature.Set(_socket, RemoteAddress, password);
        }
        catch (ObjectDisposedException error)
        {
            throw new BgpTransportException("Connection closed", error);
        }
    }

    public Task<ReceivedBytes> ReceiveAsync() => _receiver.ReceiveAsync();

    public void Send(ReadOnlyMemory<byte> bytes) => _sender.Send(bytes);

    public void CloseGracefully()
    {
        if (Interlocked.Exchange(ref _isClosing, true)) return;

        _linger.Token.Register(Dispose);
        _linger.CancelAfter(_longestLinger);
        _sender.Close();
    }

    public void Dispose()
    {
        Interlocked.Exchange(ref _isClosing, true);
        Interlocked.Exchange(ref _onDecided, null)?.Invoke();
        _sender.Abort();
        _socket.Dispose();
        _receiver.Dispose();
        _sender.Dispose();
        _linger.Dispose();
        _ended.TrySetResult();
    }

    /// <summary>
    /// Ends our side, and takes what the peer still has to say: closing with unread bytes would reset the connection,
    /// and with it the NOTIFICATION that was just sent.
    /// </summary>
    private async Task FinishAsync()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
            var rest = new byte[1024];
            while (await _socket.ReceiveAsync(rest, SocketFlags.None, _linger.Token) > 0)
            {
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The peer was faster, or took longer than it is given: either way the connection is closed now.
        }

        Dispose();
    }
}
