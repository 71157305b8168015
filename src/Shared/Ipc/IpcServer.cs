using System.Net.Sockets;

namespace Agent.Ipc;

/// <summary>The agent's end of the local API: a Unix socket (mode 0600) on which root and the agent's own user may
/// ask.</summary>
/// <remarks>
/// Each connection is served by itself, one request after the other. Bytes that are no frame end the connection with
/// one line to the
/// log; a request that this agent does not know is answered with <see cref="IpcReply.Error"/> and the connection goes
/// on.
/// A socket file left by a process that is gone is replaced; one that still answers is refused. Two agents that start
/// at the same instant
/// are kept apart by the lock of the node's journal, which is taken before this.
/// </remarks>
public sealed class IpcServer : IAsyncDisposable
{
    private const int Backlog = 128;
    private const int LongestPath = 107;                            // sun_path holds 108 bytes with its terminator

    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(100);

    private readonly Socket _listener;
    private readonly Func<IpcRequest, CancellationToken, Task<IpcReply>> _handle;
    private readonly Func<IpcRequest, CancellationToken, IAsyncEnumerable<IpcReply>?> _follow;
    private readonly Action<string> _log;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly HashSet<Task> _connections = [];
    private readonly Task _accepting;

    private IpcServer(
        string path, Socket listener, Func<IpcRequest, CancellationToken, Task<IpcReply>> handle,
        Func<IpcRequest, CancellationToken, IAsyncEnumerable<IpcReply>?> follow, Action<string> log)
    {
        SocketPath = path;
        _listener = listener;
        _handle = handle;
        _follow = follow;
        _log = log;
        _accepting = AcceptAsync();
    }

    /// <summary>Where the server listens.</summary>
    public string SocketPath { get; }

    /// <summary>Binds the socket and begins to serve.</summary>
    /// <param name="path">Path of the socket; its directory is made if it is missing.</param>
    /// <param name="handle">Answers one request. What it throws is logged and answered with
    /// <see cref="IpcReply.Error"/>; its token is
    /// cancelled when the server stops.</param>
    /// <param name="log">Receives one line for each connection that was refused or closed for cause.</param>
    /// <param name="follow">Gives the parts of an answer that comes in parts; null for a request that
    /// <paramref name="handle"/> answers. Its token is cancelled when the client hangs up or the server stops; behind
    /// the last part the connection is closed.</param>
    /// <exception cref="IOException">The path is taken by a live server or by a file that is no socket, or cannot be
    /// bound.</exception>
    public static IpcServer Start(
        string path, Func<IpcRequest, CancellationToken, Task<IpcReply>> handle, Action<string> log,
        Func<IpcRequest, CancellationToken, IAsyncEnumerable<IpcReply>?>? follow = null)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(path) > LongestPath)
            throw new IOException($"the socket path {path} is longer than {LongestPath} bytes; choose a shorter one");

        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } directory) Directory.CreateDirectory(directory);
        RemoveStale(path);

        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            listener.Bind(new UnixDomainSocketEndPoint(path));
#pragma warning disable CA1416 // The agent runs on Linux alone.
            // before Listen: nobody could connect yet
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
#pragma warning restore CA1416
            listener.Listen(Backlog);
        }
        catch (SocketException error)
        {
            listener.Dispose();
            throw new IOException($"cannot listen on {path}: {error.Message}", error);
        }

        return new IpcServer(path, listener, handle, follow ?? (static (_, _) => null), log);
    }

    /// <summary>Stops accepting, cancels what is being handled, waits for it and removes the socket.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested) return;
        await _stopping.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();                                        // removes the file that it was bound to, too
        await _accepting.ConfigureAwait(false);

        Task[] open;
        lock (_gate) open = [.. _connections];
        await Task.WhenAll(open).ConfigureAwait(false);
        _stopping.Dispose();
    }

    private static void RemoveStale(string path)
    {
        // Any file refuses a connection as a dead socket does; a socket's length is 0, so nothing written is ever
        // removed.
        if (!File.Exists(path)) return;
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionRefused
            && new FileInfo(path).Length == 0)
        {
            File.Delete(path);
            return;
        }
        catch (SocketException error)
        {
            throw new IOException(
                $"{path} is in the way and is no socket of a stopped agent ({error.Message}); remove it", error);
        }

        throw new IOException($"another agent is listening on {path}; stop it or choose another socket");
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            Socket connection;
            try
            {
                connection = await _listener.AcceptAsync(_stopping.Token).ConfigureAwait(false);
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException error) when (!_stopping.IsCancellationRequested)
            {
                // Usually too many open files: connections that end make room, trying at once would not.
                _log($"{SocketPath}: accept failed: {error.Message}");
                await Task.Delay(AcceptPause, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                continue;
            }

            Track(ServeAsync(connection));
        }
    }

    private void Track(Task connection)
    {
        lock (_gate) _connections.Add(connection);
        _ = connection.ContinueWith(
            done => { lock (_gate) _connections.Remove(done); }, CancellationToken.None, TaskContinuationOptions.None,
            TaskScheduler.Default);
    }

    private async Task ServeAsync(Socket connection)
    {
        await Task.Yield();
        await using var stream = new NetworkStream(connection, ownsSocket: true);
        try
        {
            var peer = PeerCredentials.Of(connection);
            if (!peer.IsAdmitted)
            {
                _log($"{SocketPath}: refused process {peer.ProcessId} of user {peer.UserId}: only root and the "
                    + "agent's user may ask");
                return;
            }

            if (!await GreetAsync(stream).ConfigureAwait(false)) return;
            while (await IpcFrame.ReadAsync(stream, _stopping.Token).ConfigureAwait(false) is { } frame)
            {
                if (await FollowAsync(stream, frame).ConfigureAwait(false)) return;
                await SendAsync(stream, frame.Id, await AnswerAsync(frame).ConfigureAwait(false)).ConfigureAwait(false);
            }
        }
        catch (MalformedFrameException error)
        {
            _log($"{SocketPath}: closed a connection: {error.Message}");
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            _log($"{SocketPath}: a client went away: {error.Message}");
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The server stops; the client sees the connection close.
        }
    }

    private async Task<bool> GreetAsync(NetworkStream stream)
    {
        if (await IpcFrame.ReadAsync(stream, _stopping.Token).ConfigureAwait(false) is not { } first) return false;
        if (first.Type != IpcFrame.HelloType)
            throw new MalformedFrameException($"the first frame is a {first.Type}, not a Hello");

        var theirs = ((Hello)first.Message(IpcJson.Default.Hello)).Version;
        if (theirs == IpcFrame.ProtocolVersion)
        {
            var hello = IpcFrame.Encode(first.Id, new Hello(IpcFrame.ProtocolVersion), IpcJson.Default.Hello);
            await stream.WriteAsync(hello, _stopping.Token).ConfigureAwait(false);
            return true;
        }

        var text = $"this agent speaks version {IpcFrame.ProtocolVersion} of the local API, the client version "
            + $"{theirs}; "
            + "install the client that came with the agent";
        await SendAsync(stream, first.Id, new IpcReply.Error(text)).ConfigureAwait(false);
        _log($"{SocketPath}: closed a connection: {text}");
        return false;
    }

    /// <summary>Sends the parts of an answer that comes in parts; false when the request has an ordinary one.</summary>
    private async Task<bool> FollowAsync(NetworkStream stream, IpcFrame frame)
    {
        if (IpcTypes.Request(frame.Type) is not { } format) return false;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        if (_follow((IpcRequest)frame.Message(format), ending.Token) is not { } parts) return false;

        var hangUp = HangUpAsync(stream, ending);
        try
        {
            await foreach (var part in parts.ConfigureAwait(false))
                await SendAsync(stream, frame.Id, part).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The client has heard enough, or the server stops.
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
            await hangUp.ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>A client that follows says nothing more: its end of the stream is how it ends the answer.</summary>
    private static async Task HangUpAsync(NetworkStream stream, CancellationTokenSource ending)
    {
        try
        {
            await stream.ReadAsync(new byte[1], ending.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is OperationCanceledException or IOException)
        {
            // The answer has ended first, or the connection broke: either way it is over.
        }

        await ending.CancelAsync().ConfigureAwait(false);
    }

    private async Task<IpcReply> AnswerAsync(IpcFrame frame)
    {
        if (IpcTypes.Request(frame.Type) is not { } format)
            return new IpcReply.Error(
                $"this agent does not know the request {frame.Type}; it may be older than the client");

        var request = (IpcRequest)frame.Message(format);
        try
        {
            return await _handle(request, _stopping.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OperationCanceledException || !_stopping.IsCancellationRequested)
        {
            _log($"{SocketPath}: {frame.Type} failed: {error}");
            return new IpcReply.Error($"the agent failed to serve {frame.Type}: {error.Message}");
        }
    }

    private async Task SendAsync(NetworkStream stream, long id, IpcReply reply)
    {
        byte[] frame;
        try
        {
            frame = IpcFrame.Encode(id, reply, IpcTypes.Of(reply));
        }
        catch (MalformedFrameException error)
        {
            var tooLong = new IpcReply.Error($"the answer does not fit the local API: {error.Message}; ask for less");
            frame = IpcFrame.Encode(id, tooLong, IpcJson.Default.Error);
        }

        await stream.WriteAsync(frame, _stopping.Token).ConfigureAwait(false);
    }
}
