using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Agent.Primitives;

namespace Agent.Bgp.Recordings;

/// <summary>An UPDATE in words: what it withdraws, its attributes, what it announces. Never fails: what cannot be read
/// is shown in hexadecimal.</summary>
/// <remarks>Neither the width of AS numbers nor ADD-PATH stands in the message: AS numbers are taken to have four bytes
/// where that comes out even; prefixes that cannot be read as such are left in hexadecimal.</remarks>
internal static class UpdateText
{
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;
    private static readonly string[] Names =
    [
        "", "ORIGIN", "AS_PATH", "NEXT_HOP", "MULTI_EXIT_DISC", "LOCAL_PREF", "ATOMIC_AGGREGATE", "AGGREGATOR",
        "COMMUNITIES", "ORIGINATOR_ID", "CLUSTER_LIST", "", "", "", "MP_REACH_NLRI", "MP_UNREACH_NLRI",
        "EXTENDED_COMMUNITIES", "AS4_PATH", "AS4_AGGREGATOR",
    ];

    /// <summary>The words of a message's body.</summary>
    public static string Describe(ReadOnlySpan<byte> body)
    {
        var reader = new SpanReader(body);
        if (!reader.TryReadUInt16(out var size) || !reader.TryReadBytes(size, out var withdrawn)
            || !reader.TryReadUInt16(out size) || !reader.TryReadBytes(size, out var attributes))
            return Convert.ToHexStringLower(body);
        var parts = new List<string>();
        if (!withdrawn.IsEmpty) parts.Add("withdraw " + Prefixes(withdrawn, IpFamily.V4));
        while (!attributes.IsEmpty) parts.Add(Attribute(ref attributes));
        if (!reader.Rest.IsEmpty) parts.Add("announce " + Prefixes(reader.Rest, IpFamily.V4));
        return parts.Count == 0 ? "End-of-RIB" : string.Join(", ", parts);
    }

    private static string Attribute(ref ReadOnlySpan<byte> rest)
    {
        var all = rest;
        var header = rest.Length > 0 && (rest[0] & 0x10) != 0 ? 4 : 3;
        var length = rest.Length < header ? int.MaxValue / 2
            : header == 4 ? BinaryPrimitives.ReadUInt16BigEndian(rest[2..])
            : rest[2];
        if (rest.Length < header + length)
        {
            rest = default;
            return "cut off: " + Convert.ToHexStringLower(all);
        }

        var value = rest.Slice(header, length);
        rest = rest[(header + length)..];
        var (flags, type) = (all[0], all[1]);
        var name = type == 32 ? "LARGE_COMMUNITY"
            : type < Names.Length && Names[type].Length > 0 ? Names[type]
            : string.Create(Culture, $"attribute {type}");
        var usual = type switch { 1 or 2 or 3 or 5 or 6 => 0x40, 4 or 9 or 10 or 14 or 15 => 0x80, _ => 0xc0 };
        if ((flags & 0xe0) != usual) name += string.Create(Culture, $" (flags {flags:x2})");
        return $"{name} {Value(type, value)}".TrimEnd();
    }

    private static string Value(byte type, ReadOnlySpan<byte> value) => (type, value.Length) switch
    {
        (1, 1) => value[0] switch { 0 => "IGP", 1 => "EGP", 2 => "INCOMPLETE", var other => $"{other}" },
        (2 or 17, _) => Path(value),
        (3 or 9, 4) => $"{IpAddr.FromBytes(value)}",
        (4 or 5, 4) => $"{BinaryPrimitives.ReadUInt32BigEndian(value)}",
        (8, _) when value.Length % 4 == 0 => Numbers(value, 2, 2),
        (10, _) when value.Length % 4 == 0 => Numbers(value, 1, 4, '.'),
        (14, > 4) => Reach(value),
        (15, > 2) => FamilyOf(value) is { } family
            ? $"{SettingsText.Text(family)} {(value.Length == 3 ? "End-of-RIB" : Prefixes(value[3..], family))}"
            : Convert.ToHexStringLower(value),
        (32, _) when value.Length % 12 == 0 => Numbers(value, 4, 3),
        _ => Convert.ToHexStringLower(value),
    };

    private static string Reach(ReadOnlySpan<byte> value)
    {
        if (FamilyOf(value) is not { } family || value.Length < 5 + value[3]) return Convert.ToHexStringLower(value);
        var hop = value.Slice(4, value[3]);
        var hops = hop.Length switch
        {
            4 or 16 => $"{IpAddr.FromBytes(hop)}",
            32 => $"{IpAddr.FromBytes(hop[..16])} {IpAddr.FromBytes(hop[16..])}",
            _ => Convert.ToHexStringLower(hop),
        };
        return $"{SettingsText.Text(family)} next hop {hops} announce {Prefixes(value[(5 + value[3])..], family)}";
    }

    private static IpFamily? FamilyOf(ReadOnlySpan<byte> value) => value is [0, 1, 1, ..] ? IpFamily.V4
        : value is [0, 2, 1, ..] ? IpFamily.V6
        : null;

    private static string Path(ReadOnlySpan<byte> value) => value.IsEmpty ? "empty"
        : TryPath(value, 4) ?? TryPath(value, 2) ?? Convert.ToHexStringLower(value);

    private static string? TryPath(ReadOnlySpan<byte> value, int width)
    {
        var words = new List<string>();
        while (value.Length >= 2 && value[0] is >= 1 and <= 4 && value.Length >= 2 + value[1] * width)
        {
            var numbers = new List<string>();
            for (var i = 0; i < value[1]; i++)
            {
                var number = value[(2 + i * width)..];
                var asn = width == 4
                    ? BinaryPrimitives.ReadUInt32BigEndian(number)
                    : BinaryPrimitives.ReadUInt16BigEndian(number);
                numbers.Add(asn.ToString(Culture));
            }

            var text = string.Join(' ', numbers);
            words.Add(value[0] switch { 1 => $"{{{text}}}", 2 => text, 3 => $"({text})", _ => $"[{text}]" });
            value = value[(2 + value[1] * width)..];
        }

        return value.IsEmpty ? string.Join(' ', words) : null;
    }

    /// <summary>Numbers of <paramref name="width"/> bytes, <paramref name="parts"/> to a word.</summary>
    private static string Numbers(ReadOnlySpan<byte> value, int width, int parts, char between = ':')
    {
        var text = new StringBuilder();
        for (var at = 0; at < value.Length; at += width)
        {
            var place = at / width;
            if (at > 0) text.Append(place % parts == 0 ? ' ' : between);
            ulong number = 0;
            foreach (var each in value.Slice(at, width)) number = number << 8 | each;
            text.Append(number);
        }

        return text.ToString();
    }

    private static string Prefixes(ReadOnlySpan<byte> value, IpFamily family)
    {
        var all = value;
        var words = new List<string>();
        var most = family == IpFamily.V4 ? 32 : 128;
        Span<byte> address = stackalloc byte[16];
        while (!value.IsEmpty)
        {
            var size = (value[0] + 7) / 8;
            if (value[0] > most || value.Length < 1 + size) return Convert.ToHexStringLower(all);
            address.Clear();
            value.Slice(1, size).CopyTo(address);
            words.Add(string.Create(Culture, $"{IpAddr.FromBytes(address[..(most / 8)])}/{value[0]}"));
            value = value[(1 + size)..];
        }

        return string.Join(' ', words);
    }
}
