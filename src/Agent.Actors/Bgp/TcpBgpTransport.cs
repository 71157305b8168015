using System.Net;
using System.Net.Sockets;
using Agent.Bgp;
using Agent.Primitives;

namespace Agent.Actors.Bgp;

/// <summary>BGP over the kernel's TCP: NoDelay, a backlog of 4096, TTL, GTSM (RFC 5082) and password (RFC 2385) as the
/// session asks.</summary>
public sealed class TcpBgpTransport : IBgpTransport
{
    private const int Backlog = 4096;
    private static readonly TimeSpan DescriptorPause = TimeSpan.FromSeconds(1);

    /// <summary>How long a connection that is closed has to send what waits, the NOTIFICATION last; then it is
    /// reset.</summary>
    internal TimeSpan LongestLinger { get; init; } = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public async Task<IBgpConnection> DialAsync(SessionSettings session, TcpMd5Key? password,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(session);
        var socket = NewSocket(session.PeerAddress);
        try
        {
            TcpTimeToLive.Set(socket, session.TtlSecurity);
            if (password is not null) TcpMd5Signature.Set(socket, session.PeerAddress, password);
            if (session.LocalAddress is { } local) socket.Bind(new IPEndPoint(local.ToIPAddress(), 0));
            await socket.ConnectAsync(new IPEndPoint(session.PeerAddress.ToIPAddress(), session.PeerPort),
                cancellation);
            return new TcpBgpConnection(socket, LongestLinger);
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
        catch (BgpTransportException)
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public IBgpListener Listen(IpAddr? address, ushort port, Action<IBgpConnection> onAccepted)
    {
        ArgumentNullException.ThrowIfNull(onAccepted);
        if (address is { } one) return new Listener(LongestLinger, onAccepted, Open(one, port));
        var every = Open(IpAddr.AnyV4, port);
        if (!Socket.OSSupportsIPv6) return new Listener(LongestLinger, onAccepted, every);
        try
        {
            return new Listener(LongestLinger, onAccepted, every, Open(IpAddr.AnyV6, port));
        }
        catch (BgpTransportException)
        {
            every.Dispose();
            throw;
        }
    }

    /// <summary>A listening socket of one family alone: those of IPv6 take no IPv4 connections.</summary>
    private static Socket Open(IpAddr local, ushort port)
    {
        var socket = NewSocket(local);
        try
        {
            if (!local.IsV4) socket.DualMode = false;
            TcpTimeToLive.SetForListening(socket);
            socket.Bind(new IPEndPoint(local.ToIPAddress(), port));
            socket.Listen(Backlog);
            return socket;
        }
        catch (SocketException error)
        {
            socket.Dispose();
            throw new BgpTransportException(
                $"cannot listen for BGP on {local} port {port}: {Reason(error)}; {Advice(error)}", error);
        }
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
        new(address.IsV4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6, SocketType.Stream,
            ProtocolType.Tcp)
        { NoDelay = true };

    private static string Advice(SocketException error) => error.SocketErrorCode switch
    {
        SocketError.AddressNotAvailable => "is the node's BGP address on one of its interfaces?",
        SocketError.AccessDenied => "the agent must run as root or with CAP_NET_BIND_SERVICE",
        _ => "is another BGP speaker running on this node?",
    };

    private sealed class Listener : IBgpListener
    {
        // Strangers that come faster than they are turned away wait in the kernel, whose backlog is bounded.
        private const int MostUndecided = 256;

        private readonly SemaphoreSlim _undecided = new(MostUndecided);
        private readonly Socket[] _sockets;
        private readonly SortedDictionary<IpAddr, TcpMd5Key> _passwords = [];
        private readonly Action<IBgpConnection> _onAccepted;
        private readonly TimeSpan _longestLinger;

        public Listener(TimeSpan longestLinger, Action<IBgpConnection> onAccepted, params Socket[] sockets)
        {
            (_sockets, _onAccepted, _longestLinger) = (sockets, onAccepted, longestLinger);
            foreach (var socket in sockets) _ = AcceptAsync(socket);
        }

        public IReadOnlyList<(IpAddr Peer, string Reason)> SetPasswords(
            IReadOnlyDictionary<IpAddr, TcpMd5Key> passwords)
        {
            var refused = new List<(IpAddr, string)>();
            IpAddr[] gone = [.. _passwords.Keys.Where(peer => !passwords.ContainsKey(peer))];
            foreach (var peer in gone)
                if (TrySet(peer, null, refused)) _passwords.Remove(peer);
            foreach (var (peer, password) in passwords)
            {
                if (_passwords.TryGetValue(peer, out var present) && present.Equals(password)) continue;
                if (TrySet(peer, password, refused)) _passwords[peer] = password;
            }

            return refused;
        }

        public void Dispose()
        {
            foreach (var socket in _sockets) socket.Dispose();
        }

        private bool TrySet(IpAddr peer, TcpMd5Key? password, List<(IpAddr, string)> refused)
        {
            try
            {
                var family = peer.IsV4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
                foreach (var socket in _sockets)
                    if (socket.AddressFamily == family) TcpMd5Signature.Set(socket, peer, password);
                return true;
            }
            catch (BgpTransportException error)
            {
                refused.Add((peer, error.Message));
                return false;
            }
        }

        private async Task HandOverAsync(Socket accepted)
        {
            await _undecided.WaitAsync();
            try
            {
                accepted.NoDelay = true;
                _onAccepted(new TcpBgpConnection(accepted, _longestLinger, () => _undecided.Release()));
            }
            catch (SocketException)
            {
                // It died meanwhile.
                accepted.Dispose();
                _undecided.Release();
            }
        }

        private async Task AcceptAsync(Socket socket)
        {
            while (true)
            {
                try
                {
                    await HandOverAsync(await socket.AcceptAsync());
                }
                catch (ObjectDisposedException)
                {
                    return;
                }
                catch (SocketException error) when (error.SocketErrorCode is SocketError.OperationAborted
                    or SocketError.Interrupted)
                {
                    return;
                }
                catch (SocketException error) when (error.SocketErrorCode == SocketError.TooManyOpenSockets)
                {
                    // No descriptor is free: asking again at once would only burn the processor.
                    using var pause = new PeriodicTimer(DescriptorPause);
                    await pause.WaitForNextTickAsync();
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
