using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using Agent.Runtime.Actor;
using Agent.Runtime.Event;
using Agent.Runtime.Hosting;

namespace Agent.Runtime.Remote;

/// <summary>The connection to one node: opened by the first message, and again by the next after it broke.</summary>
/// <remarks>Messages wait in a bounded queue while the connection is made or the other side is slow. When a connection
/// breaks or cannot be made, what waited is dropped, and for a while what comes: messages are delivered at most once,
/// and late is worse than never. Of failures in a row the first is logged.</remarks>
internal sealed class TcpOutbound
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly TcpLinkSetup _setup;
    private readonly Address _to;
    private readonly IRemoteDoor _door;
    private readonly CancellationToken _end;
    private readonly OutgoingFrames _frames;
    private int _isFull;

    public TcpOutbound(TcpLinkSetup setup, Address to, IRemoteDoor door, CancellationToken end)
    {
        (_setup, _to, _door, _end) = (setup, to, door, end);
        _frames = new OutgoingFrames(setup.MaxQueued);
        _ = RunAsync();
    }

    /// <summary>Queues a frame with this body; drops it where too many wait.</summary>
    public void Send(ReadOnlySpan<byte> body)
    {
        if (_frames.TryAdd(body))
            Volatile.Write(ref _isFull, 0);
        else if (Interlocked.Exchange(ref _isFull, 1) == 0)
            _door.Log(LogLevel.WarningLevel, $"Remoting: {_setup.MaxQueued} messages wait for {_to}; more are dropped");
    }

    private async Task RunAsync()
    {
        var pause = FirstPause;
        try
        {
            while (await _frames.WaitAsync(Timeout.InfiniteTimeSpan, _end).ConfigureAwait(false))
            {
                try
                {
                    using var client = new TcpClient { NoDelay = true };
                    var stream = await ConnectAsync(client).ConfigureAwait(false);
                    await using (stream.ConfigureAwait(false))
                    {
                        pause = FirstPause;
                        await PumpAsync(stream).ConfigureAwait(false);
                    }
                }
                catch (Exception e) when (e is IOException or SocketException or AuthenticationException
                    or CryptographicException or InvalidDataException)
                {
                    if (pause == FirstPause)
                        _door.Log(LogLevel.WarningLevel, $"Remoting: no connection to {_to}: {e.Message}");
                    await Task.Delay(pause, _end).ConfigureAwait(false);
                    pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                    _frames.Take();
                }
            }
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // The link is closed, and with it this connection.
        }
    }

    private async Task<Stream> ConnectAsync(TcpClient client)
    {
        var endpoint = _setup.Locate(_to) ?? throw new IOException("it is not known where it listens");
        if (_setup.Certificates is null && !IPAddress.IsLoopback(endpoint.Address))
            throw new IOException($"without certificates {endpoint} is not spoken to");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_end);
        limit.CancelAfter(_setup.Heartbeat * 10);
        try
        {
            await client.ConnectAsync(endpoint, limit.Token).ConfigureAwait(false);
            Stream stream = client.GetStream();
            if (_setup.Certificates is { } certificates)
            {
                stream = await SecureAsync(stream, certificates, limit.Token).ConfigureAwait(false);
            }

            var hello = new RemoteHello(_setup.Self, _to, _setup.Cluster);
            await stream.WriteAsync(RemoteFrame.OfText(hello.ToString()), limit.Token).ConfigureAwait(false);
            await stream.FlushAsync(limit.Token).ConfigureAwait(false);
            var answer = await new FrameReader(stream).ReadAsync(RemoteHello.MaxLength, limit.Token)
                .ConfigureAwait(false);
            return answer switch
            {
                null => throw new IOException("it closed the connection; its log says why"),
                { Length: > 0 } reason => throw new IOException(
                    $"it refuses: {Encoding.UTF8.GetString(reason.Span)}"),
                _ => stream,
            };
        }
        catch (OperationCanceledException e) when (!_end.IsCancellationRequested)
        {
            throw new IOException("it did not answer in time", e);
        }
    }

    private async Task<Stream> SecureAsync(
        Stream stream, RemoteCertificates certificates, CancellationToken cancellation)
    {
        var secure = new SslStream(stream);
        string? refusal = null;
        try
        {
            var terms = certificates.Load().Client(_to.Host!, reason => refusal = reason);
            await secure.AuthenticateAsClientAsync(terms, cancellation).ConfigureAwait(false);
            return secure;
        }
        catch (AuthenticationException e) when (refusal is not null)
        {
            throw new AuthenticationException(refusal, e);
        }
    }

    private async Task PumpAsync(Stream stream)
    {
        // The other side says nothing more on this connection: whatever comes of reading is its end.
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(_end);
        var closed = EndAsync(stream, ended);
        try
        {
            await stream.WriteAsync(_frames.Take(), ended.Token).ConfigureAwait(false);
            while (true)
            {
                await stream.FlushAsync(ended.Token).ConfigureAwait(false);
                var some = await _frames.WaitAsync(_setup.Heartbeat, ended.Token).ConfigureAwait(false);
                await stream.WriteAsync(some ? _frames.Take() : RemoteFrame.Heartbeat, ended.Token)
                    .ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!_end.IsCancellationRequested)
        {
            await closed.ConfigureAwait(false);
            throw new IOException("the other side has closed it");
        }
    }

    private static async Task EndAsync(Stream stream, CancellationTokenSource ended)
    {
        try
        {
            await stream.ReadAsync(new byte[1], ended.Token).ConfigureAwait(false);
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
        }
    }
}
