using System.Net.Sockets;
using System.Security.Cryptography;
using Agent.Primitives;

namespace Agent.Actors.Bgp;

/// <summary>The password of a session: the key of TCP's MD5 signature (RFC 2385). Compared by value, never printed.</summary>
public sealed class TcpMd5Key : IEquatable<TcpMd5Key>
{
    /// <summary>The longest key that the kernel takes (TCP_MD5SIG_MAXKEYLEN).</summary>
    public const int MaxLength = 80;

    private readonly byte[] _bytes;

    /// <summary>A key of 1 to <see cref="MaxLength"/> bytes; they are copied.</summary>
    /// <exception cref="ArgumentException">There are fewer or more.</exception>
    public TcpMd5Key(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is 0 or > MaxLength) throw new ArgumentException($"a key has 1 to {MaxLength} bytes, not {bytes.Length}", nameof(bytes));
        _bytes = bytes.ToArray();
    }

    internal ReadOnlySpan<byte> Bytes => _bytes;

    /// <inheritdoc/>
    public bool Equals(TcpMd5Key? other) => other is not null && CryptographicOperations.FixedTimeEquals(_bytes, other._bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TcpMd5Key);

    /// <inheritdoc/>
    public override int GetHashCode() => _bytes.Length;

    /// <summary>Says that there is a key, and not which.</summary>
    public override string ToString() => $"<redacted, {_bytes.Length} bytes>";
}

/// <summary>The kernel's <c>struct tcp_md5sig</c> (linux/tcp.h), which binds a key to the address of one peer.</summary>
/// <remarks>
/// <code>
///   0  sockaddr_storage  128   family u16; port, 0; IPv4 address at 4, IPv6 address at 8
/// 128  flags u8, prefixlen u8, keylen u16 (0 removes the key), ifindex i32
/// 136  key                80
/// </code>
/// </remarks>
internal static class TcpMd5Signature
{
    /// <summary>The size of the structure.</summary>
    public const int Size = 216;

    private const int ProtocolTcp = 6;
    private const int OptionMd5Signature = 14;

    /// <summary>Writes the structure, all of it; no key removes the peer's.</summary>
    public static void Write(Span<byte> destination, IpAddr peer, TcpMd5Key? key)
    {
        destination[..Size].Clear();
        BitConverter.TryWriteBytes(destination, (ushort)(peer.IsV4 ? 2 : 10));
        peer.ToIPAddress().TryWriteBytes(destination[(peer.IsV4 ? 4 : 8)..], out _);
        if (key is null) return;
        BitConverter.TryWriteBytes(destination[130..], (ushort)key.Bytes.Length);
        key.Bytes.CopyTo(destination[136..]);
    }

    /// <summary>Has the socket sign what it sends to the peer and drop what the peer did not sign.</summary>
    /// <exception cref="BgpTransportException">The kernel refused; the message is BIRD's for it.</exception>
    public static void Set(Socket socket, IpAddr peer, TcpMd5Key? key)
    {
        Span<byte> bytes = stackalloc byte[Size];
        Write(bytes, peer, key);
        try
        {
            socket.SetRawSocketOption(ProtocolTcp, OptionMd5Signature, bytes);
        }
        catch (SocketException error)
        {
            throw new BgpTransportException("Kernel MD5 auth failed", error);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }
}
