using System.Net;
using System.Net.Sockets;
using Agent.Bgp;
using Agent.Primitives;

namespace Agent.Actors.Bgp;

/// <summary>One TCP connection: buffers are rented only while data is there, and one writer at a time empties the
/// queue.</summary>
internal sealed class TcpBgpConnection : IBgpConnection
{
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(1);

    private readonly Socket _socket;
    private readonly TcpReceiver _receiver;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _linger = new();
    private readonly Queue<ReadOnlyMemory<byte>> _queue = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Action? _onDecided;
    private bool _writing;
    private bool _closing;
    private long _queuedBytes;
    private long _sentBytes;
    private (TaskCompletionSource Done, long QueuedBytes)? _drain;

    /// <param name="socket">Connected.</param>
    /// <param name="onDecided">Told once when an accepted connection is admitted or closed.</param>
    public TcpBgpConnection(Socket socket, Action? onDecided = null)
    {
        _socket = socket;
        _receiver = new TcpReceiver(socket);
        _onDecided = onDecided;
        RemoteAddress = IpAddr.From(((IPEndPoint)socket.RemoteEndPoint!).Address);
        LocalAddress = IpAddr.From(((IPEndPoint)socket.LocalEndPoint!).Address);
    }

    public IpAddr RemoteAddress { get; }

    public IpAddr LocalAddress { get; }

    public Task Ended => _ended.Task;

    public long QueuedBytes => Interlocked.Read(ref _queuedBytes);

    public long SentBytes => Interlocked.Read(ref _sentBytes);

    public Task DrainedAsync(long queuedBytes)
    {
        lock (_gate)
        {
            if (_closing || QueuedBytes <= queuedBytes) return Task.CompletedTask;
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _drain = (done, queuedBytes);
            return done.Task;
        }
    }

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

    public void Send(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        lock (_gate)
        {
            if (_closing) return;
            _queue.Enqueue(bytes);
            Interlocked.Add(ref _queuedBytes, bytes.Length);
            if (_writing) return;
            _writing = true;
        }

        _ = WriteAsync();
    }

    public void CloseGracefully()
    {
        lock (_gate)
        {
            if (_closing) return;
            _closing = true;
            // However the peer behaves, a second is all that it gets.
            _linger.CancelAfter(Linger);
            if (_writing) return;                                   // the writer closes once the queue is empty
        }

        _ = FinishAsync();
    }

    public void Dispose()
    {
        Interlocked.Exchange(ref _onDecided, null)?.Invoke();
        lock (_gate)
        {
            _closing = true;
            _queue.Clear();
            TellDrained();
        }

        _socket.Dispose();
        _receiver.Dispose();
        _linger.Dispose();
        _ended.TrySetResult();
    }

    private void TellDrained()
    {
        _drain?.Done.SetResult();
        _drain = null;
    }

    private async Task WriteAsync()
    {
        while (true)
        {
            ReadOnlyMemory<byte> next;
            lock (_gate)
            {
                if (_drain is { QueuedBytes: var most } && QueuedBytes <= most) TellDrained();
                if (!_queue.TryDequeue(out next))
                {
                    _writing = false;
                    if (!_closing) return;
                    break;
                }
            }

            try
            {
                while (!next.IsEmpty)
                {
                    var sent = await _socket.SendAsync(next, SocketFlags.None, _linger.Token);
                    Interlocked.Add(ref _queuedBytes, -sent);
                    Interlocked.Add(ref _sentBytes, sent);
                    next = next[sent..];
                }
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException
                or OperationCanceledException)
            {
                // The reader learns of a broken connection by itself and reports it, so here the rest is only dropped.
                lock (_gate)
                {
                    _queue.Clear();
                    TellDrained();
                    _writing = false;
                    if (!_closing) return;
                }

                break;
            }
        }

        await FinishAsync();
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
