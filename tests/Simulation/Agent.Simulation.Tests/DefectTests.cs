namespace Agent.Simulation.Tests;

/// <summary>The checks find what they are there for: something is broken on purpose, and the quick seeds show it.</summary>
public sealed class DefectTests
{
    [Theory]
    [InlineData(Defect.LeaseMargin, Parts.Cluster, "at most one owner of a shard acts within a valid lease")]
    [InlineData(Defect.ClockStopsInPause, Parts.Cluster, "at most one owner of a shard acts within a valid lease")]
    [InlineData(Defect.EpochUnchecked, Parts.Cluster, "no write with a lower epoch survives a higher one")]
    [InlineData(Defect.EarlyAcknowledgement, Parts.Cluster, "no acknowledged event is lost")]
    [InlineData(Defect.BlindClaims, Parts.Agents, "every announced own block is owned")]
    [InlineData(Defect.NoManifest, Parts.Cluster, "every message between nodes can be written and read")]
    [InlineData(Defect.LostMember, Parts.Cluster, "no acknowledged event is lost")]
    [InlineData(Defect.SilentRegisters, Parts.Cluster, "every message to a living entity is answered or reported")]
    [InlineData(Defect.HiddenEpochs, Parts.All, "no write with a lower epoch survives a higher one")]
    [InlineData(Defect.StaleEpochs, Parts.All, "at most one owner of a shard acts within a valid lease")]
    public void A_defect_is_found_within_the_quick_seeds(Defect defect, Parts parts, string invariant)
    {
        var found = SeedTests.QuickSeeds
            .Select(seed => Simulator.Run(new SimulationSettings
            {
                Seed = seed,
                Defect = defect,
                Parts = parts,
            }))
            .FirstOrDefault(result => result.Violation?.Invariant == invariant);

        Assert.True(found is not null, $"no quick seed shows the defect {defect}");
        Assert.Contains($"--seed {found.Settings.Seed} ", found.Report, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failing_run_is_shrunk_to_the_faults_that_it_needs()
    {
        var failing = SeedTests.QuickSeeds
            .Select(seed => Simulator.Run(new SimulationSettings
            {
                Seed = seed,
                Seconds = SeedTests.OneStorm,
                Defect = Defect.ClockStopsInPause,
                Parts = Parts.Cluster,
            }))
            .First(result => result.Violation is not null);

        var shrunk = Shrinking.Shrink(failing);

        Assert.NotNull(shrunk.Violation);
        Assert.True(shrunk.Settings.WithoutFaults.Count > 0);
        Assert.Contains("--without ", shrunk.Report, StringComparison.Ordinal);
    }
}
