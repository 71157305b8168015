using System.Diagnostics;

namespace Agent.Simulation.Tests;

/// <summary>Whole clusters live through storms of faults: nothing that must never happen happens, and in each calm
/// everything comes right again.</summary>
public sealed class SeedTests(SeedTests.QuickCampaign campaign) : IClassFixture<SeedTests.QuickCampaign>
{
    /// <summary>The virtual seconds of a run with one storm.</summary>
    public const int OneStorm = 48;

    public static IEnumerable<int> QuickSeeds => Enumerable.Range(1, 50);

    public static TheoryData<int> Rows => [.. QuickSeeds];

    [Theory]
    [MemberData(nameof(Rows))]
    public void Every_invariant_holds(int seed)
    {
        var result = Run(new SimulationSettings { Seed = seed, Seconds = OneStorm }, campaign.Times);

        Assert.True(result.Violation is null, result.Report);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void Every_invariant_holds_in_a_thousand_runs()
    {
        var times = new CampaignTimes();
        var failed = Enumerable.Range(1, 1000)
            .Select(seed => Run(new SimulationSettings { Seed = seed }, times))
            .Where(result => result.Violation is not null)
            .Select(result => result.Report).ToList();
        Say($"10 nodes, 120 virtual seconds: {times}");

        Assert.True(failed.Count == 0, string.Join('\n', failed));
    }

    private static SimulationResult Run(SimulationSettings settings, CampaignTimes times)
    {
        var start = Stopwatch.GetTimestamp();
        var result = Simulator.Run(settings);
        times.Add(settings.Seed, Stopwatch.GetElapsedTime(start));
        return result;
    }

    /// <summary>Leaves a line for whoever runs the tests; test.sh prints it also where all pass.</summary>
    private static void Say(string line)
    {
        if (Environment.GetEnvironmentVariable("TEST_NOTES") is { Length: > 0 } file)
            File.AppendAllText(file, line + "\n");
    }

    /// <summary>The quick seeds that have run.</summary>
    public sealed class QuickCampaign : IDisposable
    {
        public CampaignTimes Times { get; } = new();

        public void Dispose() => Say($"10 nodes, {OneStorm} virtual seconds: {Times}");
    }
}
