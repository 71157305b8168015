namespace Agent.Conformance.Tests.Fuzz;

/// <summary>Bodies of messages other than UPDATE by the grammar, each mostly as its RFC says.</summary>
internal sealed class Grammar(Random random)
{
    /// <summary>Capabilities by code with the lengths that they have.</summary>
    private static readonly (byte Code, int[] Lengths)[] Capabilities =
    [
        (1, [4]), (2, [0]), (5, [6, 12, 18]), (6, [0]), (9, [1]), (64, [2, 6, 10]), (65, [4]), (69, [4, 8]), (70, [0]), (71, [7, 14]),
        (73, [2, 9]), (200, [0, 3, 250]),
    ];

    /// <summary>An OPEN: its capabilities in one parameter each or in one for all, in the short or the long form (RFC 9072).</summary>
    public byte[] Open()
    {
        var capabilities = new List<byte[]>();
        for (var count = random.Next(8); count > 0; count--) capabilities.Add(Capability());
        if (random.Next(2) == 0) capabilities = [[.. capabilities.SelectMany(each => each)]];
        var isLong = random.Next(3) == 0 || capabilities.Exists(each => each.Length > 200);
        byte[] parameters = [.. capabilities.SelectMany(each => (byte[])[(byte)(random.Next(20) == 0 ? random.Next(256) : 2), .. Length(each.Length, isLong), .. each])];
        isLong |= parameters.Length > 255;
        return
        [
            (byte)(random.Next(20) == 0 ? random.Next(256) : 4), .. Some(2), .. random.Next(3) == 0 ? Some(2) : [0, 90], .. Some(4),
            .. isLong ? (byte[])[(byte)random.Next(1, 256), 255, .. Length(parameters.Length, true)] : [(byte)parameters.Length], .. parameters,
        ];
    }

    /// <summary>A NOTIFICATION: code, subcode and data; with Cease a text with its length, or a hard reset around another.</summary>
    public byte[] Notification()
    {
        if (random.Next(3) == 0) return [(byte)random.Next(9), (byte)random.Next(14), .. Some(random.Next(40))];
        var text = Some(random.Next(130));
        for (var i = 0; i < text.Length && random.Next(10) != 0; i++) text[i] = (byte)random.Next(32, 127);
        byte[] shutdown = [6, (byte)(random.Next(2) == 0 ? 2 : 4), (byte)(random.Next(8) == 0 ? random.Next(256) : text.Length), .. text];
        return random.Next(4) == 0 ? [6, 9, .. shutdown] : shutdown;
    }

    /// <summary>A ROUTE-REFRESH: family, subtype and a family behind it; sometimes more, as of an outbound filter (RFC 5291).</summary>
    public byte[] Refresh() =>
        [0, (byte)random.Next(1, 3), (byte)random.Next(4), (byte)(random.Next(4) == 0 ? random.Next(256) : 1), .. random.Next(4) == 0 ? Some(random.Next(1, 9)) : []];

    private byte[] Capability()
    {
        var (code, lengths) = Capabilities[random.Next(Capabilities.Length)];
        var length = random.Next(8) == 0 ? random.Next(20) : lengths[random.Next(lengths.Length)];
        var value = Some(length);
        for (var at = 0; at < length && code is 1 or 5 or 64 or 69 or 71 && random.Next(4) != 0; at++)
            value[at] = (byte)random.Next(at % 2 == 0 ? 1 : 3);
        return [code, (byte)length, .. value];
    }

    private static byte[] Length(int length, bool isLong) => isLong ? [(byte)(length >> 8), (byte)length] : [(byte)length];

    private byte[] Some(int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
