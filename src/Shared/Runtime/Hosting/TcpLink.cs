using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Agent.Runtime.Actor;
using Agent.Runtime.Event;
using Agent.Runtime.Remote;

namespace Agent.Runtime.Hosting;

/// <summary>What a <see cref="TcpLink"/> is made from.</summary>
/// <param name="Self">The node's address; its host is the node's name.</param>
/// <param name="Listen">Where to listen. Without certificates only on loopback, whatever is given.</param>
/// <param name="Locate">Where the node at an address listens; null where that is not known.</param>
/// <param name="Messages">The messages that may be sent.</param>
public sealed record TcpLinkSetup(
    Address Self, IPEndPoint Listen, Func<Address, IPEndPoint?> Locate, RemoteSerializer Messages)
{
    /// <summary>The cluster's name; a connection from a node of another is refused.</summary>
    public string Cluster { get; init; } = "";

    /// <summary>Mutual TLS; null for connections in the clear, on loopback only.</summary>
    public RemoteCertificates? Certificates { get; init; }

    /// <summary>The longest frame that is taken, in bytes.</summary>
    public int MaxFrame { get; init; } = 4 << 20;

    /// <summary>How many messages wait for one node; what is more is dropped.</summary>
    public int MaxQueued { get; init; } = 10_000;

    /// <summary>How often a connection without messages shows that it lives. One that is silent for ten times as long
    /// is closed.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>Connections between nodes over TCP: one for each direction, opened by the first message, with mutual TLS
/// where there are certificates.</summary>
/// <remarks>Each side checks that the other's certificate bears the name of the node that it says it is. What is
/// malformed, too long or not authenticated closes its connection, with one line in the log.</remarks>
public sealed class TcpLink : IRemoteLink, IDisposable
{
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _scratch;

    private readonly TcpLinkSetup _setup;
    private readonly TcpListener _listener;
    private readonly ConcurrentDictionary<Address, TcpOutbound> _nodes = new();
    private readonly CancellationTokenSource _end = new();
    private IRemoteDoor? _door;

    /// <summary>Opens the port; nothing is accepted before the link is started.</summary>
    /// <exception cref="SocketException">The port cannot be had.</exception>
    public TcpLink(TcpLinkSetup setup)
    {
        ArgumentNullException.ThrowIfNull(setup);
        _setup = setup;
        IsLoopbackOnly = setup.Certificates is null;
        var address = !IsLoopbackOnly || IPAddress.IsLoopback(setup.Listen.Address)
            ? setup.Listen.Address
            : IPAddress.Loopback;
        _listener = new TcpListener(address, setup.Listen.Port);
        _listener.Start();
    }

    /// <summary>Whether, for want of certificates, other hosts are neither heard nor spoken to.</summary>
    public bool IsLoopbackOnly { get; }

    /// <summary>Where the link listens.</summary>
    public IPEndPoint Endpoint => (IPEndPoint)_listener.LocalEndpoint;

    /// <inheritdoc/>
    public void Start(IRemoteDoor door)
    {
        ArgumentNullException.ThrowIfNull(door);
        _door = door;
        _setup.Messages.Bind(door);
        if (IsLoopbackOnly)
        {
            door.Log(
                LogLevel.WarningLevel,
                $"Remoting: no certificates are set up; listening on {Endpoint} and reaching nodes of this host only");
        }

        _ = AcceptAsync(door);
    }

    /// <inheritdoc/>
    public void Send(Address to, RemoteMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var door = _door ?? throw new InvalidOperationException("The link has not been started.");
        var body = _scratch ??= new ArrayBufferWriter<byte>();
        try
        {
            RemoteFrame.Write(body, message, _setup.Messages);
        }
        catch (NotSupportedException e)
        {
            door.Log(
                LogLevel.ErrorLevel, $"Remoting: a message to {to}{message.Recipient} cannot be sent: {e.Message}");
            return;
        }

        if (!_end.IsCancellationRequested)
            _nodes.GetOrAdd(to, address => new TcpOutbound(_setup, address, door, _end.Token))
                .Send(body.WrittenSpan);
    }

    /// <summary>Closes the port and all connections.</summary>
    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
    }

    private async Task AcceptAsync(IRemoteDoor door)
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync(_end.Token).ConfigureAwait(false);
                _ = ServeAsync(client, door);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                door.Log(LogLevel.WarningLevel, $"Remoting: a connection could not be accepted: {e.Message}");
            }
        }
    }

    private async Task ServeAsync(TcpClient client, IRemoteDoor door)
    {
        var peer = client.Client.RemoteEndPoint?.ToString() ?? "?";
        try
        {
            using (client)
            using (var idle = CancellationTokenSource.CreateLinkedTokenSource(_end.Token))
            {
                client.NoDelay = true;
                var patience = _setup.Heartbeat * 10;
                idle.CancelAfter(patience);
                var stream = await SecureAsync(client, idle.Token).ConfigureAwait(false);
                await using (stream.ConfigureAwait(false))
                {
                    var frames = new FrameReader(stream);
                    var hello = await frames.ReadAsync(RemoteHello.MaxLength, idle.Token).ConfigureAwait(false);
                    if (hello is not { } first)
                        return;
                    await WelcomeAsync(RemoteHello.Read(first.Span), stream, idle.Token).ConfigureAwait(false);
                    while (await frames.ReadAsync(_setup.MaxFrame, idle.Token).ConfigureAwait(false) is { } body)
                    {
                        idle.CancelAfter(patience);
                        if (body.Length > 0)
                            door.Receive(RemoteFrame.Read(body.Span, _setup.Messages));
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            if (!_end.IsCancellationRequested)
            {
                door.Log(
                    LogLevel.WarningLevel,
                    $"Remoting: {peer} was silent for {_setup.Heartbeat * 10}; the connection is closed");
            }
        }
        catch (Exception e) when (e is IOException or AuthenticationException or InvalidDataException
            or CryptographicException or SocketException)
        {
            door.Log(LogLevel.WarningLevel, $"Remoting: the connection from {peer} is closed: {e.Message}");
        }
    }

    private async Task<Stream> SecureAsync(TcpClient client, CancellationToken cancellation)
    {
        if (_setup.Certificates is not { } certificates)
            return client.GetStream();
        var secure = new SslStream(client.GetStream());
        string? refusal = null;
        try
        {
            var terms = certificates.Load().Server(reason => refusal = reason);
            await secure.AuthenticateAsServerAsync(terms, cancellation).ConfigureAwait(false);
            return secure;
        }
        catch (AuthenticationException e) when (refusal is not null)
        {
            throw new AuthenticationException(refusal, e);
        }
    }

    /// <summary>Lets the other side begin, or tells it why it may not.</summary>
    private async Task WelcomeAsync(RemoteHello hello, Stream stream, CancellationToken cancellation)
    {
        var refusal = hello.RefusalAt(_setup.Self, _setup.Cluster);
        if (stream is SslStream secure
            && (secure.RemoteCertificate as X509Certificate2)?.MatchesHostname(hello.From.Host!) != true)
        {
            refusal = $"its certificate, of [{secure.RemoteCertificate?.Subject}], is not that of {hello.From.Host}";
        }

        await stream.WriteAsync(RemoteFrame.OfText(refusal ?? ""), cancellation).ConfigureAwait(false);
        await stream.FlushAsync(cancellation).ConfigureAwait(false);
        if (refusal is not null)
            throw new AuthenticationException(refusal);
    }
}
