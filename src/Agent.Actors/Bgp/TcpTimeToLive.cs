using System.Net.Sockets;

namespace Agent.Actors.Bgp;

/// <summary>The TTL of a session's packets, and GTSM (RFC 5082): the least TTL that a peer's packets must have come with.</summary>
internal static class TcpTimeToLive
{
    private const int Multihop = 64;
    private const int Most = 255;

    // Level and option for IPv4 (ip(7)) and IPv6 (ipv6(7)): what is sent, and what must come.
    private static readonly ((int Level, int Name) Sent, (int Level, int Name) Least) V4 = ((0, 2), (0, 21));
    private static readonly ((int Level, int Name) Sent, (int Level, int Name) Least) V6 = ((41, 16), (41, 73));

    /// <summary>Sends with 255 and demands 256 - <paramref name="hops"/>; without GTSM sends with 64 and demands nothing.</summary>
    public static void Set(Socket socket, byte? hops)
    {
        var options = socket.AddressFamily == AddressFamily.InterNetworkV6 ? V6 : V4;
        Set(socket, options.Sent, hops is null ? Multihop : Most);
        Set(socket, options.Least, hops is { } distance ? Most + 1 - distance : 0);
    }

    /// <summary>Answers connection requests with 255, since it is not known yet which session, and which GTSM at its far end, will have them.</summary>
    public static void SetForListening(Socket socket) =>
        Set(socket, (socket.AddressFamily == AddressFamily.InterNetworkV6 ? V6 : V4).Sent, Most);

    private static void Set(Socket socket, (int Level, int Name) option, int value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BitConverter.TryWriteBytes(bytes, value);
        socket.SetRawSocketOption(option.Level, option.Name, bytes);
    }
}
