using System.Buffers;
using Agent.Bgp;
using Agent.Primitives;

namespace Agent.Actors.Bgp;

/// <summary>TCP as BGP uses it: dial a peer, listen for peers. A port: the agent has sockets, a simulation a network of
/// its own.</summary>
public interface IBgpTransport
{
    /// <summary>Opens a connection to the peer from the session's local address, with its TTL and password.</summary>
    /// <param name="session">The session.</param>
    /// <param name="password">Signs the connection's segments; null is none. A peer with another one does not
    /// answer.</param>
    /// <param name="cancellation">Gives the dial up.</param>
    /// <exception cref="BgpTransportException">The connection did not come about; the message is the socket's
    /// reason.</exception>
    Task<IBgpConnection> DialAsync(SessionSettings session, TcpMd5Key? password, CancellationToken cancellation);

    /// <summary>Listens, without passwords at first; every accepted connection is handed over, on a thread of the
    /// transport's. Only so many as are admitted or disposed of are followed by others, the rest waits in the
    /// kernel.</summary>
    /// <param name="address">The address to listen on; null is every address, of both families.</param>
    /// <param name="port">The TCP port; 179 by default.</param>
    /// <param name="onAccepted">Takes the connection over.</param>
    /// <exception cref="BgpTransportException">The address or port cannot be had; the message says which and
    /// why.</exception>
    IBgpListener Listen(IpAddr? address, ushort port, Action<IBgpConnection> onAccepted);
}

/// <summary>A listening socket; disposing it leaves accepted connections alone.</summary>
public interface IBgpListener : IDisposable
{
    /// <summary>Sets the passwords of all peers that have one: theirs must sign with it, every other address must not
    /// sign at all.</summary>
    /// <returns>The peers whose password the kernel refused, with its reason; connections from them are not
    /// protected.</returns>
    IReadOnlyList<(IpAddr Peer, string Reason)> SetPasswords(IReadOnlyDictionary<IpAddr, TcpMd5Key> passwords);
}

/// <summary>One TCP connection to a peer.</summary>
public interface IBgpConnection : IDisposable
{
    /// <summary>The other end.</summary>
    IpAddr RemoteAddress { get; }

    /// <summary>Our end.</summary>
    IpAddr LocalAddress { get; }

    /// <summary>Makes an accepted connection the session's: from here on it has the session's TTL, GTSM and
    /// password.</summary>
    /// <exception cref="BgpTransportException">The kernel refused; the connection must not be used.</exception>
    void Admit(SessionSettings session, TcpMd5Key? password);

    /// <summary>Signs with another password from here on. The connection lasts where the peer does the same before its
    /// hold time is over: what was not understood is sent again.</summary>
    /// <exception cref="BgpTransportException">The kernel refused; the connection must not be used.</exception>
    void SetPassword(TcpMd5Key password);

    /// <summary>The next bytes, in a rented buffer; at most one call at a time, which is how a busy reader holds its
    /// peer back.</summary>
    /// <exception cref="BgpTransportException">The connection broke.</exception>
    Task<ReceivedBytes> ReceiveAsync();

    /// <summary>Queues bytes for sending, in order; the memory must not change afterwards. Never blocks.</summary>
    void Send(ReadOnlyMemory<byte> bytes);

    /// <summary>Bytes that are queued and not yet taken by the kernel.</summary>
    long QueuedBytes { get; }

    /// <summary>Bytes that the kernel has taken since the connection was opened.</summary>
    long SentBytes { get; }

    /// <summary>Ends when at most that many bytes are queued, or the connection is closed; one call at a
    /// time.</summary>
    Task DrainedAsync(long queuedBytes);

    /// <summary>Closes the connection once what is queued has been sent, for at most a second.</summary>
    void CloseGracefully();

    /// <summary>Ends once the connection is closed and its descriptor is free; at once where none is used.</summary>
    Task Ended => Task.CompletedTask;
}

/// <summary>Bytes that a peer sent, in a rented buffer that <see cref="Dispose"/> gives back. None at all: the peer
/// closed.</summary>
public sealed class ReceivedBytes(byte[] rented, int length) : IDisposable
{
    private byte[]? _rented = rented;

    /// <summary>The bytes; valid until disposed.</summary>
    public ReadOnlyMemory<byte> Bytes => _rented is { } buffer ? buffer.AsMemory(0, length) : default;

    /// <summary>True when the peer closed its end.</summary>
    public bool IsEnd => length == 0;

    /// <summary>The peer closed its end.</summary>
    public static ReceivedBytes End { get; } = new([], 0);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _rented, null) is { Length: > 0 } buffer) ArrayPool<byte>.Shared.Return(buffer);
    }
}

/// <summary>A connection could not be opened or broke; the message is what <c>node status</c> shows, such as
/// <c>Connection refused</c>.</summary>
public sealed class BgpTransportException : Exception
{
    /// <summary>With the reason as the kernel words it.</summary>
    public BgpTransportException(string message, Exception? inner = null) : base(message, inner) { }
}
