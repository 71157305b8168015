using System.Runtime.InteropServices;

namespace Agent.Netlink.Wire;

/// <summary>Reads acknowledgements: NLMSG_ERROR and NLMSG_DONE, with the kernel's extended text.</summary>
/// <remarks>
/// <code>
///  NLMSG_ERROR:  | -errno | header of the request (16) | request, unless capped | attributes, if flagged |
///  NLMSG_DONE:   | -errno |                                                      attributes, if flagged |
/// </code>
/// </remarks>
internal static class AckMessages
{
    private const ushort TextAttribute = 1;

    // On an acknowledgement these bits mean something else than on a request.
    private const ushort IsCapped = 0x100;
    private const ushort HasAttributes = 0x200;

    /// <summary>What an acknowledgement says: null for success.</summary>
    internal static KernelError? Read(in NetlinkMessage message)
    {
        if (!MemoryMarshal.TryRead(message.Payload, out int negative) || negative == 0) return null;
        return new KernelError(-negative, Text(message));
    }

    private static string? Text(in NetlinkMessage message)
    {
        if (((ushort)message.Flags & HasAttributes) == 0) return null;
        var at = 4;
        if (message.Type == NetlinkType.Error)
        {
            if (!MemoryMarshal.TryRead(message.Payload[4..], out uint requestLength)) return null;
            at += ((ushort)message.Flags & IsCapped) != 0 ? NetlinkWriter.HeaderSize : (int)((requestLength + 3) & ~3u);
        }

        if (at > message.Payload.Length) return null;
        var attributes = new AttributeReader(message.Payload[at..]);
        while (attributes.TryRead(out var type, out var value))
            if (type == TextAttribute) return AttributeReader.Text(value);

        return null;
    }
}
