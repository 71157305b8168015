using Agent.Bgp.Wire;
using Agent.Primitives;

namespace Agent.Bgp.Tests.Wire;

/// <summary>Bytes as RFCs write them, and the pieces of UPDATEs.</summary>
internal static class Octets
{
    public const string Marker = "ffffffffffffffffffffffffffffffff";

    public static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));

    public static string Text(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    /// <summary>The body of an UPDATE from its three parts, with right lengths.</summary>
    public static byte[] Body(string withdrawn, string attributes, string nlri)
    {
        var (first, second, third) = (Hex(withdrawn), Hex(attributes), Hex(nlri));
        return
        [
            (byte)(first.Length >> 8), (byte)first.Length, .. first, (byte)(second.Length >> 8), (byte)second.Length, .. second, .. third,
        ];
    }

    /// <summary>A whole message from its body.</summary>
    public static byte[] Message(BgpMessageType type, ReadOnlySpan<byte> body)
    {
        var length = MessageCodec.HeaderSize + body.Length;
        return [.. Hex(Marker), (byte)(length >> 8), (byte)length, (byte)type, .. body];
    }

    public static Nlri Nlri(string prefix, uint pathId = 0) => new(IpPrefix.Parse(prefix), pathId);
}

/// <summary>What a decoder made of one UPDATE, copied out of its batch.</summary>
internal sealed record Decoded(BgpError? Error, UpdateComplaint? Complaint, RouteOperation[] Operations, PathAttributes[] Attributes)
{
    public static readonly UpdateContext Internal = new(fourByteAs: true, isInternal: true, IpFamily.V4, IpFamily.V6);

    public static readonly UpdateContext External = new(fourByteAs: true, isInternal: false, IpFamily.V4, IpFamily.V6);

    public static Decoded Of(ReadOnlySpan<byte> body, UpdateContext context) => Of(body, new UpdateDecoder(context));

    public static Decoded Of(ReadOnlySpan<byte> body, UpdateDecoder decoder)
    {
        using var batch = new UpdateBatch();
        decoder.TryDecode(body, batch, out var error);
        return new Decoded(error, decoder.Complaint, batch.Operations.ToArray(), batch.Attributes.ToArray());
    }

    /// <summary>The operations in one line each.</summary>
    public string[] Lines =>
    [
        .. Operations.Select(each => each.Kind switch
        {
            RouteOperationKind.Announce => $"+ {each.Nlri.Prefix} {each.Attributes}",
            RouteOperationKind.Withdraw => $"- {each.Nlri.Prefix}",
            _ => $"end {each.Family}",
        }),
    ];
}
