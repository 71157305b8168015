using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace Agent.Simulation.Tests;

/// <summary>Whole clusters live through storms of faults: nothing that must never happen happens, and in each calm
/// everything comes right again.</summary>
public sealed class SeedTests(ITestOutputHelper output)
{
    public static IEnumerable<int> QuickSeeds => Enumerable.Range(1, 50);

    public static TheoryData<int> Rows => [.. QuickSeeds];

    [Theory]
    [MemberData(nameof(Rows))]
    public void Every_invariant_holds(int seed)
    {
        var result = Run(seed);

        Assert.True(result.Violation is null, result.Report);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void Every_invariant_holds_in_a_thousand_runs()
    {
        var failed = Enumerable.Range(1, 1000).Select(Run).Where(result => result.Violation is not null)
            .Select(result => result.Report).ToList();

        Assert.True(failed.Count == 0, string.Join('\n', failed));
    }

    private SimulationResult Run(int seed)
    {
        var start = Stopwatch.GetTimestamp();
        var result = Simulator.Run(new SimulationSettings { Seed = seed });
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"seed {seed}: {result.Deliveries} messages in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:0} ms"));
        return result;
    }
}
