using Agent.Datastore;
using Agent.Runtime.Hosting;
using Agent.Simulation.Faults;
using Agent.Simulation.Outside;

namespace Agent.Simulation;

/// <summary>Everything that nodes share: the seeded world, the networks, what runs on each node, and the verdict.</summary>
internal sealed class World
{
    public World(SimulationSettings settings)
    {
        Settings = settings;
        Seeded = new SeededWorld(settings.Seed);
        Remoting = new SimulatedNetwork(Seeded)
        {
            OnUnfit = what => Fail("every message between nodes can be written and read", what),
        };
        Bgp = new BgpNetwork(Seeded);
        Plan = FaultPlan.Draw(
            Seeded.CreateRandom("faults"), settings.Nodes, TimeSpan.FromSeconds(settings.Seconds));
        Datastore = new InMemoryDatastore(Seeded.Time, Seeded.CreateRandom("datastore"));
        Nodes = [.. Enumerable.Range(0, settings.Nodes).Select(number => new Node(this, number))];
    }

    public SimulationSettings Settings { get; }

    public SeededWorld Seeded { get; }

    public SimulatedNetwork Remoting { get; }

    public BgpNetwork Bgp { get; }

    /// <summary>The datastore itself; processes have it by their <see cref="Node.Datastore"/>.</summary>
    public InMemoryDatastore Datastore { get; }

    public IReadOnlyList<Node> Nodes { get; }

    public List<IPart> Parts { get; } = [];

    /// <summary>What goes wrong when.</summary>
    public FaultPlan Plan { get; }

    /// <summary>Whether nothing goes wrong now.</summary>
    public bool IsCalm => Plan.Calms.Any(calm => calm.From <= Seeded.Elapsed && Seeded.Elapsed < calm.To);

    /// <summary>What was broken first; null as long as nothing is.</summary>
    public Violation? Violation { get; private set; }

    /// <summary>An invariant does not hold: the run ends here.</summary>
    public void Fail(string invariant, string what)
    {
        if (Violation is not null)
            return;
        Violation = new Violation(invariant, what, Seeded.Elapsed);
        Seeded.Note("VIOLATION", Violation.ToString());
    }

    /// <summary>Fails where the condition does not hold.</summary>
    public void Require(bool condition, string invariant, Func<string> what)
    {
        if (!condition)
            Fail(invariant, what());
    }
}

/// <summary>An invariant that did not hold.</summary>
/// <param name="Invariant">Which one.</param>
/// <param name="What">What was seen.</param>
/// <param name="At">When, in virtual time.</param>
public sealed record Violation(string Invariant, string What, TimeSpan At)
{
    /// <inheritdoc/>
    public override string ToString() => $"at {At}: {Invariant}: {What}";
}
