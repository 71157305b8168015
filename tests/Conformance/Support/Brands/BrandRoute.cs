namespace Agent.Conformance.Tests.Support.Brands;

/// <summary>A path that a brand has from our node, as the brand shows it. Compared by value, lists in the order shown.</summary>
internal sealed record BrandRoute
{
    /// <summary>NEXT_HOP.</summary>
    public required string NextHop { get; init; }

    /// <summary>AS_PATH, the latest AS first, with blanks between.</summary>
    public string AsPath { get; init; } = "";

    /// <summary>COMMUNITIES as <c>64512:1</c>, with blanks between.</summary>
    public string Communities { get; init; } = "";

    /// <summary>ORIGINATOR_ID; empty for none.</summary>
    public string Originator { get; init; } = "";

    /// <summary>CLUSTER_LIST, with blanks between.</summary>
    public string Clusters { get; init; } = "";

    /// <summary>A community of two numbers of 16 bits in one of 32.</summary>
    public static string Community(uint value) => $"{value >> 16}:{value & 0xffff}";
}
