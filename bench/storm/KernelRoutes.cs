using System.Net.Sockets;
using System.Runtime.InteropServices;
using Agent.Netlink;
using Agent.Netlink.Linux;
using Agent.Netlink.Wire;

namespace Agent.Bench.Storm;

/// <summary>Counts, as the kernel of a namespace tells them, the routes of BGP (protocol 12) with a next hop.</summary>
/// <remarks>A message is looked at no closer than needed, since the counting shares the processor with what is
/// measured.</remarks>
internal sealed class KernelRoutes : IDisposable
{
    private const int QueueBytes = 64 << 20;
    private const int HeaderSize = 16;

    private readonly Socket _socket;
    private readonly Action _onChange;
    private int _present;
    private volatile bool _isOver;

    /// <param name="netns">The path of the namespace.</param>
    /// <param name="onChange">Told after each change, from the thread that counts.</param>
    public KernelRoutes(string netns, Action onChange)
    {
        using var space = NetworkNamespace.Open(netns);
        var descriptor = space.Run(() =>
            NetlinkSocket.OpenDescriptor(NetlinkSocket.Route, QueueBytes, [NetlinkGroup.RouteV4]));
        _socket = new Socket(new SafeSocketHandle(descriptor, ownsHandle: true)) { ReceiveTimeout = 100 };
        _onChange = onChange;
        new Thread(Count) { IsBackground = true, Name = netns }.Start();
    }

    /// <summary>How many there are now, of those that came since the counting began.</summary>
    public int Present => Volatile.Read(ref _present);

    /// <summary>Ends the counting: its thread closes the socket, since nobody else can while it reads.</summary>
    public void Dispose() => _isOver = true;

    private void Count()
    {
        var buffer = new byte[64 * 1024];
        using var socket = _socket;
        while (!_isOver)
        {
            var length = socket.Receive(buffer, SocketFlags.None, out var error);
            if (error is SocketError.TimedOut or SocketError.WouldBlock or SocketError.Interrupted) continue;
            if (error != SocketError.Success) throw new SocketException((int)error);

            var change = 0;
            for (var rest = buffer.AsSpan(0, length); rest.Length >= HeaderSize + 8;)
            {
                var size = MemoryMarshal.Read<int>(rest);
                change += Of(MemoryMarshal.Read<ushort>(rest[4..]), rest[HeaderSize..]);
                rest = rest[Math.Min(rest.Length, (size + 3) & ~3)..];
            }

            if (change == 0) continue;
            Volatile.Write(ref _present, _present + change);
            _onChange();
        }
    }

    // struct rtmsg: family, lengths of destination and source, type of service, table, protocol, scope, kind.
    private static int Of(ushort type, ReadOnlySpan<byte> route)
    {
        if (route[5] != (byte)RouteOwner.BgpProtocol || route[7] != (byte)RouteKind.Unicast) return 0;
        return type switch
        {
            NetlinkType.NewRoute => 1,
            NetlinkType.DeleteRoute => -1,
            _ => 0,
        };
    }
}
