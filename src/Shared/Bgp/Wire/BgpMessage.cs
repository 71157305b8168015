using System.Buffers.Binary;
using Agent.Primitives;

namespace Agent.Bgp.Wire;

/// <summary>The message types (RFC 4271 §4.1, RFC 2918 §3).</summary>
public enum BgpMessageType : byte
{
    /// <summary>OPEN, the first message of each end.</summary>
    Open = 1,

    /// <summary>UPDATE: routes.</summary>
    Update = 2,

    /// <summary>NOTIFICATION: the last message of a connection.</summary>
    Notification = 3,

    /// <summary>KEEPALIVE: a header alone.</summary>
    KeepAlive = 4,

    /// <summary>ROUTE-REFRESH: a request for all routes of a family.</summary>
    RouteRefresh = 5,
}

/// <summary>A message that a session sends; UPDATEs are not among them, since the RIB writes those itself
/// (<see cref="UpdateCodec"/>).</summary>
public abstract record BgpMessage
{
    private BgpMessage() { }

    /// <summary>Its type.</summary>
    public BgpMessageType Type => this switch
    {
        Open => BgpMessageType.Open,
        KeepAlive => BgpMessageType.KeepAlive,
        Notification => BgpMessageType.Notification,
        _ => BgpMessageType.RouteRefresh,
    };

    /// <summary>An OPEN.</summary>
    public sealed record Open(OpenMessage Content) : BgpMessage;

    /// <summary>A KEEPALIVE.</summary>
    public sealed record KeepAlive : BgpMessage
    {
        /// <summary>The one KEEPALIVE there is.</summary>
        public static KeepAlive Instance { get; } = new();
    }

    /// <summary>A NOTIFICATION; the connection is closed behind it.</summary>
    public sealed record Notification(BgpError Error) : BgpMessage;

    /// <summary>A ROUTE-REFRESH of a family's unicast routes.</summary>
    public sealed record RouteRefresh(IpFamily Family, RefreshSubtype Subtype = RefreshSubtype.Request) : BgpMessage;
}

/// <summary>The header that every message begins with, and whole messages from <see cref="BgpMessage"/> values (RFC
/// 4271 §4.1).</summary>
/// <remarks>
/// <code>
///  0               16        18      19
///  | marker, ones  | length  | type  | body ...
/// </code>
/// The length counts the header. It is at most 4096, or 65,535 where extended messages were negotiated (RFC 8654).
/// </remarks>
public static class MessageCodec
{
    /// <summary>The header's size.</summary>
    public const int HeaderSize = 19;

    /// <summary>The largest message, header included.</summary>
    public const int MaxMessageSize = 4096;

    /// <summary>The largest message where extended messages were negotiated (RFC 8654 §2); never an OPEN or
    /// KEEPALIVE.</summary>
    public const int MaxExtendedMessageSize = 65_535;

    /// <summary>SAFI 1, unicast: the only one that the agent speaks.</summary>
    internal const byte UnicastSafi = 1;

    private const int MarkerSize = 16;

    /// <summary>Writes one whole message and returns its size.</summary>
    /// <exception cref="ArgumentException">The message does not fit: give <see cref="MaxMessageSize"/>
    /// bytes.</exception>
    public static int Write(Span<byte> destination, BgpMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return message switch
        {
            BgpMessage.Open(var content) => OpenCodec.Write(destination, content),
            BgpMessage.KeepAlive => WriteKeepAlive(destination),
            BgpMessage.Notification(var error) => NotificationCodec.Write(destination, error),
            BgpMessage.RouteRefresh(var family, var subtype) =>
                RouteRefreshCodec.Write(destination, family, subtype),
            _ => throw new System.Diagnostics.UnreachableException($"no way to write {message}"),
        };
    }

    /// <summary>Writes a KEEPALIVE and returns its size, 19.</summary>
    public static int WriteKeepAlive(Span<byte> destination)
    {
        WriteHeader(destination, BgpMessageType.KeepAlive, HeaderSize);
        return HeaderSize;
    }

    /// <summary>How many messages of a type a run of whole messages has.</summary>
    public static int Count(ReadOnlySpan<byte> messages, BgpMessageType type)
    {
        var count = 0;
        while (messages.Length >= HeaderSize)
        {
            if (messages[MarkerSize + 2] == (byte)type) count++;
            messages = messages[BinaryPrimitives.ReadUInt16BigEndian(messages[MarkerSize..])..];
        }

        return count;
    }

    /// <summary>Writes the header of a message whose whole size is known.</summary>
    internal static void WriteHeader(Span<byte> destination, BgpMessageType type, int size)
    {
        if (destination.Length < size)
            throw new ArgumentException($"{type} of {size} bytes does not fit into {destination.Length}",
                nameof(destination));
        destination[..MarkerSize].Fill(0xff);
        BinaryPrimitives.WriteUInt16BigEndian(destination[MarkerSize..], (ushort)size);
        destination[MarkerSize + 2] = (byte)type;
    }

    /// <summary>The family of an AFI and SAFI, null when the agent does not speak it.</summary>
    internal static IpFamily? FamilyOf(ushort afi, byte safi) => (afi, safi) switch
    {
        ((ushort)IpFamily.V4, UnicastSafi) => IpFamily.V4,
        ((ushort)IpFamily.V6, UnicastSafi) => IpFamily.V6,
        _ => null,
    };
}
