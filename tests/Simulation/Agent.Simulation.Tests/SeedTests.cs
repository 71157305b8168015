using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace Agent.Simulation.Tests;

/// <summary>Whole clusters live through storms of faults: nothing that must never happen happens, and in each calm
/// everything comes right again.</summary>
public sealed class SeedTests(ITestOutputHelper output)
{
    /// <summary>The virtual seconds of a run with one storm.</summary>
    public const int OneStorm = 48;

    public static IEnumerable<int> QuickSeeds => Enumerable.Range(1, 50);

    public static TheoryData<int> Rows => [.. QuickSeeds];

    [Theory]
    [MemberData(nameof(Rows))]
    public void Every_invariant_holds(int seed)
    {
        var result = Run(new SimulationSettings { Seed = seed, Seconds = OneStorm });

        Assert.True(result.Violation is null, result.Report);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void Every_invariant_holds_in_a_thousand_runs()
    {
        var failed = Enumerable.Range(1, 1000)
            .Select(seed => Run(new SimulationSettings { Seed = seed }))
            .Where(result => result.Violation is not null)
            .Select(result => result.Report).ToList();

        Assert.True(failed.Count == 0, string.Join('\n', failed));
    }

    private SimulationResult Run(SimulationSettings settings)
    {
        var start = Stopwatch.GetTimestamp();
        var result = Simulator.Run(settings);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"seed {settings.Seed}: {result.Deliveries} messages in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:0} ms"));
        return result;
    }
}
