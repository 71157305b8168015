using System.Net.Sockets;
using Agent.Netlink.Wire;

namespace Agent.Netlink.Linux;

/// <summary>A subscription: reads notifications until disposed and turns them into news.</summary>
internal sealed class KernelWatch : IDisposable
{
    private readonly Socket _socket;
    private readonly Action<KernelNews> _onNews;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly NextHopInterner _interner = new();

    /// <summary>Subscribes at once; reading starts with <see cref="Start"/>.</summary>
    /// <param name="netns">Where to watch; null for the current namespace.</param>
    /// <param name="bufferBytes">The size of the kernel's queue.</param>
    /// <param name="ownPort">The socket whose route changes are not told.</param>
    /// <param name="hasObjects">Whether next hops that are objects are watched too.</param>
    /// <param name="onNews">Who is told.</param>
    internal KernelWatch(
        NetworkNamespace? netns, int bufferBytes, uint ownPort, bool hasObjects, Action<KernelNews> onNews)
    {
        int[] groups =
        [
            NetlinkGroup.Link, NetlinkGroup.AddressV4, NetlinkGroup.RouteV4, NetlinkGroup.AddressV6,
            NetlinkGroup.RouteV6,
        ];
        if (hasObjects) groups = [.. groups, NetlinkGroup.NextHop];

        int Here() =>
            NetlinkSocket.OpenDescriptor(NetlinkSocket.Route, bufferBytes, groups, silentPort: ownPort);

        var descriptor = netns is null ? Here() : netns.Run(Here);
        _socket = new Socket(new SafeSocketHandle(descriptor, ownsHandle: true));
        _onNews = onNews;
    }

    /// <summary>Starts reading, off the caller's thread.</summary>
    internal void Start() => _ = Task.Run(ReadAsync);

    /// <summary>Ends the subscription.</summary>
    public void Dispose() => _socket.Dispose();

    private async Task ReadAsync()
    {
        while (true)
        {
            int length;
            try
            {
                length = await _socket.ReceiveAsync(_buffer.AsMemory(), SocketFlags.None).ConfigureAwait(false);
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException closed) when (closed.SocketErrorCode == SocketError.OperationAborted)
            {
                return;
            }
            catch (SocketException)
            {
                // ENOBUFS: the queue overflowed. Whatever else receiving may answer, news may be lost too.
                _onNews(new KernelNews.Overrun());
                continue;
            }

            Tell(_buffer.AsSpan(0, length));
        }
    }

    private void Tell(ReadOnlySpan<byte> datagram)
    {
        var reader = new NetlinkReader(datagram);
        while (reader.TryRead(out var message))
            if (Read(message) is { } news) _onNews(news);
    }

    private KernelNews? Read(in NetlinkMessage message)
    {
        switch (message.Type)
        {
            case NetlinkType.NewRoute or NetlinkType.DeleteRoute:
                if (!RouteMessages.TryRead(message, _interner, out var route)) return null;
                if (route.Table != KernelRoute.MainTable) return null;
                return message.Type == NetlinkType.NewRoute
                    ? new KernelNews.RouteChanged(route)
                    : new KernelNews.RouteDeleted(route);

            case NetlinkType.NewLink or NetlinkType.DeleteLink:
                if (!LinkMessages.TryRead(message, out var link)) return null;
                return message.Type == NetlinkType.NewLink
                    ? new KernelNews.LinkChanged(link)
                    : new KernelNews.LinkDeleted(link);

            case NetlinkType.NewAddress or NetlinkType.DeleteAddress:
                if (!AddressMessages.TryRead(message, out var address)) return null;
                return message.Type == NetlinkType.NewAddress
                    ? new KernelNews.AddressAdded(address)
                    : new KernelNews.AddressDeleted(address);

            case NetlinkType.DeleteNextHop:
                return NextHopMessages.TryRead(message, out _, out _) ? new KernelNews.NextHopDeleted() : null;

            default:
                return null;
        }
    }
}
