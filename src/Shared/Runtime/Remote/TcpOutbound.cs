using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Agent.Runtime.Actor;
using Agent.Runtime.Event;
using Agent.Runtime.Hosting;

namespace Agent.Runtime.Remote;

/// <summary>The connection to one node: opened by the first message, and again by the next after it broke.</summary>
/// <remarks>Messages wait in a bounded queue while the connection is made or the other side is slow. When a connection
/// breaks or cannot be made, what waited becomes dead letters, and for a while what comes: messages are delivered at
/// most once, and late is worse than never. Whatever goes wrong, the next message tries again. Of failures for one
/// reason in a row the first is logged; a row ends with a connection that lasts.</remarks>
internal sealed class TcpOutbound
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly TcpLinkSetup _setup;
    private readonly Address _to;
    private readonly IRemoteDoor _door;
    private readonly CancellationToken _end;
    private readonly OutgoingFrames _frames;
    private long _greeted;

    public TcpOutbound(TcpLinkSetup setup, Address to, IRemoteDoor door, CancellationToken end)
    {
        (_setup, _to, _door, _end) = (setup, to, door, end);
        _frames = new OutgoingFrames(setup.MaxQueued, setup.MaxQueuedBytes);
        _ = RunAsync();
    }

    /// <summary>Queues a frame with this body; false where it does not fit.</summary>
    public bool Send(ReadOnlySpan<byte> body)
    {
        var fits = _frames.TryAdd(body, out var isFirst);
        if (isFirst)
        {
            Warn($"{_to} takes messages more slowly than they come: more than {_setup.MaxQueued}, or "
                + $"{_setup.MaxQueuedBytes} bytes, would wait; what does not fit is a dead letter");
        }

        return fits;
    }

    private async Task RunAsync()
    {
        var pause = FirstPause;
        string? said = null;
        while (!_end.IsCancellationRequested)
        {
            _greeted = long.MaxValue;
            try
            {
                await _frames.WaitAsync(Timeout.InfiniteTimeSpan, _end).ConfigureAwait(false);
                await ConverseAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (!_end.IsCancellationRequested)
            {
                if (Environment.TickCount64 - _greeted > _setup.Patience.TotalMilliseconds)
                    (pause, said) = (FirstPause, null);
                if (said != e.Message)
                    Warn($"no connection to {_to}: {e.Message}");
                said = e.Message;
                await Task.Delay(pause, _end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                Lose(_frames.Take().Span);
            }
            catch (Exception) when (_end.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <summary>What waited in vain is told as lost. What was written before the connection broke is not: it may have
    /// arrived.</summary>
    private void Lose(ReadOnlySpan<byte> frames)
    {
        while (!frames.IsEmpty)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(frames);
            var body = frames.Slice(RemoteFrame.HeaderLength, length);
            frames = frames[(RemoteFrame.HeaderLength + length)..];
            try
            {
                _door.Lose(_to, RemoteFrame.Read(body, _setup.Messages));
            }
            catch (InvalidDataException e)
            {
                Warn($"a message to {_to} was lost: {e.Message}");
            }
        }
    }

    /// <summary>Connects and sends what there is until the connection breaks.</summary>
    private async Task ConverseAsync()
    {
        using var client = new TcpClient { NoDelay = true };
        var stream = await ConnectAsync(client).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var answers = new FrameReader(stream);
            await GreetAsync(stream, answers).ConfigureAwait(false);
            _greeted = Environment.TickCount64;
            await PumpAsync(stream, answers).ConfigureAwait(false);
        }
    }

    private Task<Stream> ConnectAsync(TcpClient client) => WithinAsync(async limit =>
    {
        var endpoint = _setup.Locate(_to) ?? throw new IOException("it is not known where it listens");
        if (_setup.Certificates is null && !IPAddress.IsLoopback(endpoint.Address))
            throw new IOException($"without certificates {endpoint} is not spoken to");
        await client.ConnectAsync(endpoint, limit).ConfigureAwait(false);
        Stream stream = client.GetStream();
        return _setup.Certificates is { } certificates
            ? await SecureChannel.AsClientAsync(stream, certificates.Load(Warn), _to.Host!, limit).ConfigureAwait(false)
            : stream;
    });

    private Task<bool> GreetAsync(Stream stream, FrameReader answers) => WithinAsync(async limit =>
    {
        var hello = new RemoteHello(_setup.Self, _to, _setup.Cluster);
        await stream.WriteAsync(RemoteFrame.OfText(hello.ToString()), limit).ConfigureAwait(false);
        await stream.FlushAsync(limit).ConfigureAwait(false);
        return await answers.ReadAsync(RemoteHello.MaxLength, limit).ConfigureAwait(false) switch
        {
            null => throw new IOException("it closed the connection; its log says why"),
            { Length: > 0 } reason => throw new IOException($"it refuses: {Encoding.UTF8.GetString(reason.Span)}"),
            _ => true,
        };
    });

    private async Task<T> WithinAsync<T>(Func<CancellationToken, Task<T>> step)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_end);
        limit.CancelAfter(_setup.Patience);
        try
        {
            return await step(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!_end.IsCancellationRequested)
        {
            throw new IOException("it did not answer in time", e);
        }
    }

    private async Task PumpAsync(Stream stream, FrameReader answers)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(_end);
        var watch = WatchAsync(answers, over);
        try
        {
            await stream.WriteAsync(_frames.Take(), over.Token).ConfigureAwait(false);
            while (true)
            {
                await stream.FlushAsync(over.Token).ConfigureAwait(false);
                var some = await _frames.WaitAsync(_setup.Heartbeat, over.Token).ConfigureAwait(false);
                await stream.WriteAsync(some ? _frames.Take() : RemoteFrame.Heartbeat, over.Token)
                    .ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!_end.IsCancellationRequested)
        {
            throw new IOException(await watch.ConfigureAwait(false));
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await watch.ConfigureAwait(false);
        }
    }

    /// <summary>The other side says nothing on this connection but that it lives: how that ends.</summary>
    private async Task<string> WatchAsync(FrameReader answers, CancellationTokenSource over)
    {
        try
        {
            do
                over.CancelAfter(_setup.Patience);
            while (await answers.ReadAsync(maxLength: 0, over.Token).ConfigureAwait(false) is not null);
            return "the other side has closed it";
        }
        catch (OperationCanceledException)
        {
            return string.Create(
                CultureInfo.InvariantCulture, $"it has shown no life for {_setup.Patience.TotalSeconds} s");
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            return e.Message;
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
        }
    }

    private void Warn(string message) => _door.Log(LogLevel.WarningLevel, "Remoting: " + message);
}
