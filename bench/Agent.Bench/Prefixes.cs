using Agent.Primitives;

namespace Agent.Bench;

/// <summary>The networks that the benchmarks announce and program: consecutive /26s from 11.0.0.0 on.</summary>
internal static class Prefixes
{
    /// <summary>The network of that number.</summary>
    public static IpPrefix At(int index) => new(IpAddr.FromV4(0x0b00_0000u + (uint)index * 64), 26);
}
