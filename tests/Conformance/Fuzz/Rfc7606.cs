using System.Buffers.Binary;
using Agent.Bgp.Wire;
using Agent.Primitives;

namespace Agent.Conformance.Tests.Fuzz;

/// <summary>What RFC 7606 makes of an UPDATE, read from its text and from that of the RFCs it names, and from none of our code: an oracle for the
/// decoder.</summary>
/// <remarks>Silent where the RFCs leave a choice: a cut-off MP attribute, a family that was not negotiated, an MP_REACH_NLRI without
/// routes, a next hop in it that is no host.</remarks>
internal static class Rfc7606
{
    /// <summary>What becomes of the message; the strongest counts.</summary>
    internal enum Answer
    {
        /// <summary>Its routes stand, though an attribute may have been left out.</summary>
        Stands,

        /// <summary>Its routes are treated as withdrawn.</summary>
        Withdraw,

        /// <summary>The session ends.</summary>
        Reset,
    }

    private const int OptionalBit = 0x80;
    private const int ExtendedBit = 0x10;
    private const int FixedBits = 0xc0;

    private sealed record Attribute(int Flags, int Type, byte[] Value);

    /// <summary>The answer for the body of an UPDATE; null where there is a choice.</summary>
    public static Answer? Of(byte[] body, UpdateContext context)
    {
        // RFC 4271 §6.3: the two lengths must fit the message.
        if (body.Length < 2) return Answer.Reset;
        var withdrawnLength = BinaryPrimitives.ReadUInt16BigEndian(body);
        if (body.Length < 4 + withdrawnLength) return Answer.Reset;
        var withdrawn = body[2..(2 + withdrawnLength)];
        var attributesLength = BinaryPrimitives.ReadUInt16BigEndian(body.AsSpan(2 + withdrawnLength));
        if (body.Length < 4 + withdrawnLength + attributesLength) return Answer.Reset;
        var section = body[(4 + withdrawnLength)..(4 + withdrawnLength + attributesLength)];
        var announced = body[(4 + withdrawnLength + attributesLength)..];
        if (section.Length == 0 && withdrawn.Length == 0 && announced.Length == 0) return Answer.Stands;

        // §5.3: what cannot be read as prefixes cannot be withdrawn either.
        if (!IsNlri(withdrawn, IpFamily.V4, context) || !IsNlri(announced, IpFamily.V4, context)) return Answer.Reset;

        var worst = Answer.Stands;
        if (!TryCut(section, out var attributes, out var isMpCut)) worst = Answer.Withdraw;     // §4
        if (isMpCut) return null;
        if (attributes.Count(each => each.Type == 14) > 1 || attributes.Count(each => each.Type == 15) > 1) return Answer.Reset; // §3 g

        var first = attributes.DistinctBy(each => each.Type).ToList();                          // §3 g
        if (first.Find(each => each.Type == 15) is { } unreach && !IsUnreach(unreach.Value, context)) return Answer.Reset;
        var reach = first.Find(each => each.Type == 14);
        if (reach is not null && Reach(reach.Value, context) is not Answer.Stands and var refused) return refused;
        var announces = announced.Length > 0 || reach is not null;
        foreach (var attribute in first) worst = Max(worst, Judge(attribute, context, announced.Length > 0 || reach is null));

        // RFC 4271 §5: what must be there; §3 d.
        if (announces && !(Has(first, 1) && Has(first, 2) && (announced.Length == 0 || Has(first, 3)))) worst = Max(worst, Answer.Withdraw);

        // §5.2
        if (worst != Answer.Withdraw || announces) return worst;
        return first.TrueForAll(each => each.Type == 15) ? null : Answer.Reset;
    }

    private static Answer Judge(Attribute attribute, UpdateContext context, bool heedsNextHop)
    {
        var (flags, type, value) = attribute;
        var demanded = type switch
        {
            1 or 2 or 3 or 5 or 6 => 0x40,
            4 or 9 or 10 or 14 or 15 => 0x80,
            7 or 8 or 16 or 17 or 18 or 25 or 32 or 35 => 0xc0,
            _ => -1,
        };
        if (demanded < 0) return (flags & OptionalBit) == 0 ? Answer.Reset : Answer.Stands;     // RFC 4271 §6.3
        if (type == 3 && !heedsNextHop) return Answer.Stands;                                   // RFC 4760 §3
        if ((flags & FixedBits) != demanded) return Answer.Withdraw;                            // §3 c
        var isSound = type switch
        {
            1 => value is [<= 2],                                                               // §7.1
            2 => Segments(value, context.FourByteAs ? 4 : 2, most: 2) is { } kinds && !kinds.Contains(1),  // §7.2, RFC 9774, RFC 7607
            3 => value.Length == 4 && value[0] is not (0 or 127 or >= 224),                     // §7.3
            4 or 35 => value.Length == 4,                                                       // §7.4, RFC 9234
            5 or 9 => !context.IsInternal || value.Length == 4,                                 // §7.5, §7.9
            8 => IsList(value, 4),                                                              // §7.8
            10 => !context.IsInternal || IsList(value, 4),                                      // §7.10
            16 => IsList(value, 8),                                                             // §7.14
            25 => IsList(value, 20),                                                            // §7.15
            32 => IsList(value, 12),                                                            // RFC 8092 §6
            17 => context.FourByteAs || Segments(value, 4, most: 4) is not { } kinds || !(kinds.Contains(1) || kinds.Contains(4)),
            _ => true,                                                                          // §7.6, §7.7, RFC 6793: left out at most
        };
        return isSound ? Answer.Stands : Answer.Withdraw;
    }

    private static bool IsUnreach(byte[] value, UpdateContext context) =>
        value.Length >= 3 && (FamilyOf(value) is not { } family || IsNlri(value[3..], family, context));

    // §7.11
    private static Answer? Reach(byte[] value, UpdateContext context)
    {
        if (value.Length < 5 || value.Length < 5 + value[3]) return Answer.Reset;
        if (FamilyOf(value) is not { } family) return null;
        var isLength = value[3] switch
        {
            4 => family == IpFamily.V4,
            16 or 32 => family == IpFamily.V6 || context.ExtendedNextHop,
            _ => false,
        };
        var routes = value[(5 + value[3])..];
        if (!isLength || !IsNlri(routes, family, context)) return Answer.Reset;
        var hop = value[4..(4 + Math.Min((int)value[3], 16))];
        var isHost = hop.Length == 4
            ? hop[0] is not (0 or 127 or >= 224)
            : hop[0] != 0xff && hop.AsSpan(0, 15).ContainsAnyExcept((byte)0);
        return routes.Length == 0 || !isHost ? null : Answer.Stands;
    }

    private static IpFamily? FamilyOf(byte[] value) => value is [0, 1, 1, ..] ? IpFamily.V4 : value is [0, 2, 1, ..] ? IpFamily.V6 : null;

    private static bool TryCut(byte[] section, out List<Attribute> attributes, out bool isMpCut)
    {
        attributes = [];
        isMpCut = false;
        for (var at = 0; at < section.Length;)
        {
            var isLong = (section[at] & ExtendedBit) != 0;
            var start = at + (isLong ? 4 : 3);
            if (start > section.Length)
            {
                isMpCut = at + 1 < section.Length && section[at + 1] is 14 or 15;
                return false;
            }

            var length = isLong ? BinaryPrimitives.ReadUInt16BigEndian(section.AsSpan(at + 2)) : section[at + 2];
            isMpCut = start + length > section.Length && section[at + 1] is 14 or 15;
            if (start + length > section.Length) return false;
            attributes.Add(new Attribute(section[at], section[at + 1], section[start..(start + length)]));
            at = start + length;
        }

        return true;
    }

    /// <summary>The kinds of a path's segments; null when it is malformed.</summary>
    private static List<int>? Segments(byte[] path, int width, int most)
    {
        var kinds = new List<int>();
        for (var at = 0; at < path.Length;)
        {
            if (at + 2 > path.Length || path[at] < 1 || path[at] > most || path[at + 1] == 0) return null;
            var end = at + 2 + path[at + 1] * width;
            if (end > path.Length) return null;
            for (var asn = at + 2; asn < end; asn += width)
                if (!path.AsSpan(asn, width).ContainsAnyExcept((byte)0)) return null;
            kinds.Add(path[at]);
            at = end;
        }

        return kinds;
    }

    private static bool IsNlri(byte[] routes, IpFamily family, UpdateContext context)
    {
        var id = context.AddPath.Contains(family) ? 4 : 0;
        for (var at = 0; at < routes.Length;)
        {
            if (at + id >= routes.Length || routes[at + id] > (family == IpFamily.V4 ? 32 : 128)) return false;
            at += id + 1 + (routes[at + id] + 7) / 8;
            if (at > routes.Length) return false;
        }

        return true;
    }

    private static bool IsList(byte[] value, int width) => value.Length > 0 && value.Length % width == 0;

    // An attribute with wrong flags is malformed, not missing: either way the routes are withdrawn.
    private static bool Has(List<Attribute> attributes, int type) => attributes.Exists(each => each.Type == type);

    private static Answer Max(Answer left, Answer right) => left > right ? left : right;
}
