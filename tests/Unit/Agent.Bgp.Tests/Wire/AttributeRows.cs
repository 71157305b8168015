using Agent.Bgp.Wire;
using static Agent.Bgp.Tests.Wire.Octets;

namespace Agent.Bgp.Tests.Wire;

/// <summary>An attribute as it should be, and what is to become of it otherwise.</summary>
/// <param name="Name">As its specification calls it.</param>
/// <param name="Flags">Optional and Transitive.</param>
/// <param name="Type">Its type.</param>
/// <param name="Good">A right value.</param>
/// <param name="Lengths">Values of a wrong length.</param>
/// <param name="Values">Values of a right length that are wrong.</param>
/// <param name="OnError">What a wrong length or value earns; wrong flags always withdraw.</param>
internal sealed record AttributeRow(
    string Name, byte Flags, byte Type, string Good, string[] Lengths, string[] Values,
    UpdateTreatment OnError = UpdateTreatment.TreatAsWithdraw)
{
    public string Whole => With(Flags, Good);

    public string With(int flags, string value)
    {
        var bytes = Hex(value);
        return bytes.Length < 256
            ? $"{flags:x2}{Type:x2}{bytes.Length:x2}{Text(bytes)}"
            : $"{flags | 0x10:x2}{Type:x2}{bytes.Length:x4}{Text(bytes)}";
    }

    private const string V6Hop = "20010db8000000000000000000000001";

    /// <summary>Those that every UPDATE with routes has within an AS.</summary>
    public static readonly AttributeRow[] Mandatory =
    [
        new("ORIGIN", 0x40, 1, "00", ["", "0000"], ["03", "ff"]),
        new("AS_PATH", 0x40, 2, "0201 0000fde9", ["02", "0201", "0201 0000fd", "0202 0000fde9", "0200"], ["0001 0000fde9", "0501 0000fde9", "0201 00000000"]),
        new("NEXT_HOP", 0x40, 3, "0a000009", ["", "0a0000", "0a00000900", V6Hop], ["00000000", "7f000001", "e0000001", "ffffffff"]),
        new("LOCAL_PREF", 0x40, 5, "00000064", ["", "64", "0000000064"], []),
    ];

    /// <summary>All others that the speaker knows.</summary>
    public static readonly AttributeRow[] Optional =
    [
        new("MULTI_EXIT_DISC", 0x80, 4, "00000001", ["", "01", "0000000001"], []),
        new("ATOMIC_AGGREGATE", 0x40, 6, "", ["00", "0000"], [], UpdateTreatment.AttributeDiscard),
        new("AGGREGATOR", 0xc0, 7, "0000fde9 01020304", ["", "fde9 01020304", "0000fde9 0102030405"], ["00000000 01020304"], UpdateTreatment.AttributeDiscard),
        new("COMMUNITIES", 0xc0, 8, "fde90001", ["", "fde900", "fde90001fd"], []),
        new("ORIGINATOR_ID", 0x80, 9, "01010101", ["", "010101", "0101010101"], []),
        new("CLUSTER_LIST", 0x80, 10, "01010101 02020202", ["", "010101", "0101010101"], []),
        new("EXTENDED_COMMUNITIES", 0xc0, 16, "0002fde900000064", ["", "0002fde9000000", "0002fde90000006400"], []),
        new("IPV6_EXTENDED_COMMUNITIES", 0xc0, 25, "0002" + V6Hop + "0064", ["", "0002" + V6Hop, "0002" + V6Hop + "006400"], []),
        new("LARGE_COMMUNITY", 0xc0, 32, "000000010000000200000003", ["", "0000000100000002000000", "00000001000000020000000300"], []),
        new("OTC", 0xc0, 35, "0000fde9", ["", "fde9", "0000fde900"], []),
    ];

    /// <summary>The names of all.</summary>
    public static string[] Names => [.. Mandatory.Concat(Optional).Select(row => row.Name)];

    /// <summary>One by its name.</summary>
    public static AttributeRow Of(string name) => Mandatory.Concat(Optional).Single(row => row.Name == name);

    /// <summary>The mandatory attributes but one.</summary>
    public static string Others(string name) => string.Concat(Mandatory.Where(row => row.Name != name).Select(row => row.Whole));
}
