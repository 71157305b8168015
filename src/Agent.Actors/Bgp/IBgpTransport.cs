using System.Buffers;
using Agent.Bgp;
using Agent.Primitives;

namespace Agent.Actors.Bgp;

/// <summary>TCP as BGP uses it: dial a peer, listen for peers. A port: the agent has sockets, a simulation a network of its own.</summary>
public interface IBgpTransport
{
    /// <summary>Opens a connection to the peer from the session's local address, with its TTL.</summary>
    /// <exception cref="BgpTransportException">The connection did not come about; the message is the socket's reason.</exception>
    Task<IBgpConnection> DialAsync(SessionSettings session, CancellationToken cancellation);

    /// <summary>Listens; every accepted connection is handed over, on a thread of the transport's.</summary>
    /// <param name="address">The address to listen on; null is every address.</param>
    /// <param name="port">The TCP port; 179 by default.</param>
    /// <param name="onAccepted">Takes the connection over.</param>
    /// <exception cref="BgpTransportException">The address or port cannot be had; the message says which and why.</exception>
    IDisposable Listen(IpAddr? address, ushort port, Action<IBgpConnection> onAccepted);
}

/// <summary>One TCP connection to a peer.</summary>
public interface IBgpConnection : IDisposable
{
    /// <summary>The other end.</summary>
    IpAddr RemoteAddress { get; }

    /// <summary>Our end.</summary>
    IpAddr LocalAddress { get; }

    /// <summary>The next bytes, in a rented buffer; at most one call at a time, which is how a busy reader holds its peer back.</summary>
    /// <exception cref="BgpTransportException">The connection broke.</exception>
    Task<ReceivedBytes> ReceiveAsync();

    /// <summary>Queues bytes for sending, in order; the memory must not change afterwards. Never blocks.</summary>
    void Send(ReadOnlyMemory<byte> bytes);

    /// <summary>Bytes that are queued and not yet taken by the kernel.</summary>
    long QueuedBytes { get; }

    /// <summary>Closes the connection once what is queued has been sent, for at most a second.</summary>
    void CloseGracefully();
}

/// <summary>Bytes that a peer sent, in a rented buffer that <see cref="Dispose"/> gives back. None at all: the peer closed.</summary>
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

/// <summary>A connection could not be opened or broke; the message is what <c>node status</c> shows, such as <c>Connection refused</c>.</summary>
public sealed class BgpTransportException : Exception
{
    /// <summary>With the reason as the kernel words it.</summary>
    public BgpTransportException(string message, Exception? inner = null) : base(message, inner) { }
}
