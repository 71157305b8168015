using System.Globalization;

namespace Agent.Simulation;

/// <summary>How long the seeds of a campaign took, each by itself.</summary>
public sealed class CampaignTimes
{
    private readonly List<(int Seed, TimeSpan Took)> _seeds = [];

    /// <summary>One more seed has run.</summary>
    public void Add(int seed, TimeSpan took) => _seeds.Add((seed, took));

    /// <summary>One line: how many seeds, the seconds that a seed took, and the slowest of them.</summary>
    public override string ToString()
    {
        if (_seeds.Count == 0)
            return "no seeds";
        var slowest = _seeds.MaxBy(seed => seed.Took);
        var (least, mean) = (_seeds.Min(seed => seed.Took), _seeds.Average(seed => seed.Took.TotalSeconds));
        return string.Create(CultureInfo.InvariantCulture,
            $"{_seeds.Count} seeds, seconds a seed: least {least.TotalSeconds:0.0}, mean {mean:0.0}, most {slowest.Took.TotalSeconds:0.0} (seed {slowest.Seed})");
    }
}
