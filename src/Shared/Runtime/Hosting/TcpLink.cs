using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
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

    /// <summary>The longest frame, in bytes: a longer message is not sent, one that comes closes its
    /// connection.</summary>
    public int MaxFrame { get; init; } = 4 << 20;

    /// <summary>How many messages wait for one node; what is more is a dead letter.</summary>
    public int MaxQueued { get; init; } = 10_000;

    /// <summary>How many bytes wait for one node, besides those that are on their way; what is more is a dead letter.
    /// The longest frame must fit.</summary>
    public int MaxQueuedBytes { get; init; } = 16 << 20;

    /// <summary>How many connections may come that have not shown who they are yet; more are closed.</summary>
    public int MaxNewcomers { get; init; } = 1_000;

    /// <summary>How many of those may come from one address.</summary>
    public int MaxNewcomersOfOne { get; init; } = 100;

    /// <summary>How often a connection without messages shows that it lives. One that is silent for ten times as long
    /// is closed.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(1);

    internal TimeSpan Patience => Heartbeat * 10;

    /// <summary>Refuses what would never work.</summary>
    /// <exception cref="ArgumentException">A number is out of its range.</exception>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxFrame, RemoteHello.MaxLength, nameof(MaxFrame));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxQueued, 1, nameof(MaxQueued));
        ArgumentOutOfRangeException.ThrowIfLessThan(
            MaxQueuedBytes, MaxFrame + RemoteFrame.HeaderLength, nameof(MaxQueuedBytes));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxNewcomers, 1, nameof(MaxNewcomers));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxNewcomersOfOne, 1, nameof(MaxNewcomersOfOne));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(Heartbeat, TimeSpan.Zero, nameof(Heartbeat));
    }
}

/// <summary>Connections between nodes over TCP: one for each direction, opened by the first message, with mutual TLS
/// where there are certificates.</summary>
/// <remarks>Each side checks that the other's certificate bears the name of the node that it says it is. What is
/// malformed, too long or not authenticated closes its connection, with one line in the log.</remarks>
public sealed class TcpLink : IRemoteLink, IDisposable
{
    private const int UsualLength = 64 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _scratch;

    private readonly TcpLinkSetup _setup;
    private readonly TcpListener _listener;
    private readonly ConcurrentDictionary<Address, TcpOutbound> _nodes = new();
    private readonly CancellationTokenSource _end = new();
    private IRemoteDoor? _door;

    /// <summary>Opens the port; nothing is accepted before the link is started.</summary>
    /// <exception cref="SocketException">The port cannot be had.</exception>
    /// <exception cref="ArgumentException">A number of the set-up is out of its range.</exception>
    public TcpLink(TcpLinkSetup setup)
    {
        ArgumentNullException.ThrowIfNull(setup);
        setup.Validate();
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

        _ = new TcpInbound(_setup, _listener, door, _end.Token).RunAsync();
    }

    /// <inheritdoc/>
    public bool Send(Address to, RemoteMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var door = _door ?? throw new InvalidOperationException("The link has not been started.");
        if (_end.IsCancellationRequested)
            return false;
        var body = _scratch ??= new ArrayBufferWriter<byte>(UsualLength);
        if (body.Capacity > UsualLength * 16)
            body = _scratch = new ArrayBufferWriter<byte>(UsualLength);
        try
        {
            RemoteFrame.Write(body, message, _setup.Messages);
            if (body.WrittenCount > _setup.MaxFrame)
            {
                throw new NotSupportedException(
                    $"it has {body.WrittenCount} bytes, {_setup.MaxFrame} are allowed");
            }
        }
        catch (Exception e) when (e is NotSupportedException or JsonException or InvalidOperationException)
        {
            door.Log(
                LogLevel.ErrorLevel, $"Remoting: a message to {to}{message.Recipient} cannot be sent: {e.Message}");
            return false;
        }

        return _nodes.GetOrAdd(to, address => new TcpOutbound(_setup, address, door, _end.Token))
            .Send(body.WrittenSpan);
    }

    /// <summary>Closes the port and all connections.</summary>
    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
    }
}
