using Agent.Simulation.Agents;
using Agent.Simulation.Checks;
using Agent.Simulation.Cluster;
using Agent.Simulation.Faults;
using Agent.Simulation.Outside;

namespace Agent.Simulation;

/// <summary>One run: a cluster lives through storms of faults, drawn from the seed, and has to come right in the calm
/// after each. The first invariant that does not hold ends it.</summary>
public static class Simulator
{
    private static readonly TimeSpan TimeToFinish = TimeSpan.FromSeconds(6);

    /// <summary>Runs, on this thread, in virtual time.</summary>
    public static SimulationResult Run(SimulationSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var world = new World(settings);
        if (settings.Parts.HasFlag(Parts.Cluster))
            world.Parts.Add(new ClusterPart(world));
        if (settings.Parts.HasFlag(Parts.Agents))
            world.Parts.Add(new AgentPart(world));
        world.Seeded.Observer = new Observer(world);
        new FaultDriver(world.Seeded, world.Nodes, new Links(world.Remoting, world.Bgp), world.Parts)
            .Schedule(world.Plan, settings.WithoutFaults);
        foreach (var node in world.Nodes)
            world.Seeded.After(TimeSpan.FromMilliseconds(100 * node.Number), node.Start);
        foreach (var (_, to) in world.Plan.Calms)
        {
            if (RunTo(to - TimeToFinish))
                break;
            foreach (var part in world.Parts)
                part.OnCalmEnds();
            if (RunTo(to))
                break;
            foreach (var part in world.Parts)
                part.CheckSettled();
        }

        return new SimulationResult(
            settings, world.Plan, world.Seeded.Trace, world.Seeded.Deliveries, world.Violation);

        bool RunTo(TimeSpan time) =>
            world.Seeded.RunUntil(() => world.Violation is not null, time - world.Seeded.Elapsed);
    }
}

/// <summary>How a run ended.</summary>
/// <param name="Settings">What it was made of.</param>
/// <param name="Plan">What went wrong on purpose.</param>
/// <param name="Trace">The hash of everything that happened.</param>
/// <param name="Deliveries">How many messages actors handled.</param>
/// <param name="Violation">The invariant that did not hold; null where all did.</param>
public sealed record SimulationResult(
    SimulationSettings Settings, FaultPlan Plan, ulong Trace, long Deliveries, Violation? Violation)
{
    /// <summary>What went wrong and how to see it again; empty where nothing did.</summary>
    public string Report => Violation is null
        ? ""
        : $"seed {Settings.Seed}: {Violation}\nreplay: {Settings.Replay} --trace FILE";
}
