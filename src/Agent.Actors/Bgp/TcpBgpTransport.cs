using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Agent.Bgp;
using Agent.Primitives;

namespace Agent.Actors.Bgp;

/// <summary>BGP over the kernel's TCP: NoDelay, a backlog of 4096, TTL and GTSM (RFC 5082) as the session asks.</summary>
public sealed class TcpBgpTransport : IBgpTransport
{
    private const int IpProtocolIp = 0;
    private const int IpTtl = 2;
    private const int IpMinTtl = 21;
    private const int MultihopTtl = 64;
    private const int Backlog = 4096;

    /// <inheritdoc/>
    public async Task<IBgpConnection> DialAsync(SessionSettings session, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(session);
        var socket = NewSocket(session.PeerAddress);
        try
        {
            SetTtl(socket, session.TtlSecurity);
            if (session.LocalAddress is { } local) socket.Bind(new IPEndPoint(local.ToIPAddress(), 0));
            await socket.ConnectAsync(new IPEndPoint(session.PeerAddress.ToIPAddress(), session.PeerPort), cancellation);
            return new TcpBgpConnection(socket);
        }
        catch (SocketException error)
        {
            socket.Dispose();
            throw new BgpTransportException(Reason(error), error);
        }
        catch (OperationCanceledException error)
        {
            socket.Dispose();
            throw new BgpTransportException("Connection timed out", error);
        }
    }

    /// <inheritdoc/>
    public IDisposable Listen(IpAddr? address, ushort port, Action<IBgpConnection> onAccepted)
    {
        ArgumentNullException.ThrowIfNull(onAccepted);
        var local = address ?? IpAddr.AnyV4;
        var socket = NewSocket(local);
        try
        {
            socket.Bind(new IPEndPoint(local.ToIPAddress(), port));
            socket.Listen(Backlog);
        }
        catch (SocketException error)
        {
            socket.Dispose();
            throw new BgpTransportException(
                $"cannot listen for BGP on {local} port {port}: {Reason(error)}; is another BGP speaker running on this node?", error);
        }

        return new Listener(socket, onAccepted);
    }

    /// <summary>The kernel's reason in the words that operators know from BIRD.</summary>
    internal static string Reason(SocketException error) => error.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "Connection refused",
        SocketError.ConnectionReset => "Connection reset by peer",
        SocketError.HostUnreachable => "No route to host",
        SocketError.NetworkUnreachable => "Network is unreachable",
        SocketError.TimedOut => "Connection timed out",
        SocketError.AddressNotAvailable => "Cannot assign requested address",
        SocketError.AddressAlreadyInUse => "Address already in use",
        SocketError.AccessDenied => "Permission denied",
        SocketError.Shutdown => "Broken pipe",
        SocketError.OperationAborted => "Connection closed",
        var code => code.ToString(),
    };

    private static Socket NewSocket(IpAddr address) =>
        new(address.IsV4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    private static void SetTtl(Socket socket, byte? ttlSecurity)
    {
        if (socket.AddressFamily != AddressFamily.InterNetwork) return;
        SetOption(socket, IpTtl, ttlSecurity is null ? MultihopTtl : 255);
        if (ttlSecurity is { } hops) SetOption(socket, IpMinTtl, 256 - hops);
    }

    private static void SetOption(Socket socket, int name, int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        socket.SetRawSocketOption(IpProtocolIp, name, bytes);
    }

    private sealed class Listener : IDisposable
    {
        private readonly Socket _socket;
        private readonly Action<IBgpConnection> _onAccepted;

        public Listener(Socket socket, Action<IBgpConnection> onAccepted)
        {
            (_socket, _onAccepted) = (socket, onAccepted);
            _ = AcceptAsync();
        }

        public void Dispose() => _socket.Dispose();

        private async Task AcceptAsync()
        {
            while (true)
            {
                try
                {
                    var accepted = await _socket.AcceptAsync();
                    accepted.NoDelay = true;
                    _onAccepted(new TcpBgpConnection(accepted));
                }
                catch (ObjectDisposedException)
                {
                    return;
                }
                catch (SocketException error) when (error.SocketErrorCode is SocketError.OperationAborted or SocketError.Interrupted)
                {
                    return;
                }
                catch (SocketException)
                {
                    // A connection that died between SYN and accept concerns nobody else: the next one is accepted.
                    continue;
                }
            }
        }
    }
}
