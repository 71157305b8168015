namespace Agent.Simulation;

/// <summary>What one run is made of: everything else follows from the seed.</summary>
public sealed record SimulationSettings
{
    /// <summary>The seed.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How many nodes.</summary>
    public int Nodes { get; init; } = 10;

    /// <summary>How long, in virtual seconds.</summary>
    public int Seconds { get; init; } = 120;

    /// <summary>What runs on each node.</summary>
    public Parts Parts { get; init; } = Parts.All;

    /// <summary>What is broken on purpose, to see whether the checks find it.</summary>
    public Defect Defect { get; init; }

    /// <summary>Faults that are left out, by their numbers in the plan.</summary>
    public IReadOnlySet<int> WithoutFaults { get; init; } = new HashSet<int>();

    /// <summary>Where everything that happens is written, one line each; null for nowhere.</summary>
    public TextWriter? Trace { get; init; }

    /// <summary>The options of the command line that run this again.</summary>
    public string Replay =>
        $"tests/Simulation/run.sh --seed {Seed} --nodes {Nodes} --seconds {Seconds}"
        + (Parts == Parts.All ? "" : $" --parts {Parts.ToString().ToLowerInvariant()}")
        + (Defect == Defect.None ? "" : $" --defect {Defect}")
        + (WithoutFaults.Count == 0 ? "" : $" --without {string.Join(',', WithoutFaults.Order())}");
}

/// <summary>What runs on a node.</summary>
[Flags]
public enum Parts
{
    /// <summary>Membership, sharded registers and their clients, and a ledger in the journal.</summary>
    Cluster = 1,

    /// <summary>The agent: every actor of it, a kernel, BGP to the others, and a kubelet that starts and stops
    /// pods.</summary>
    Agents = 2,

    /// <summary>Both, in one process.</summary>
    All = Cluster | Agents,
}

/// <summary>Something broken on purpose: each must be found by the checks.</summary>
public enum Defect
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Half of the nodes believe that leases hold twice as long as the others do: they act for longer than
    /// others wait.</summary>
    LeaseMargin,

    /// <summary>Entities write without looking at the epoch that stands there.</summary>
    EpochUnchecked,

    /// <summary>Journals acknowledge events before they are synced.</summary>
    EarlyAcknowledgement,

    /// <summary>The monotonic clock stands still while a process is paused, as that of a suspended virtual machine
    /// does.</summary>
    ClockStopsInPause,

    /// <summary>Blocks are claimed without compare-and-swap.</summary>
    BlindClaims,

    /// <summary>A message that nodes send each other has no manifest.</summary>
    NoManifest,

    /// <summary>A member of an event is not written into the journal.</summary>
    LostMember,

    /// <summary>Those who write blocks do not see the epochs that stand there.</summary>
    HiddenEpochs,

    /// <summary>The entities of pools decide in the first epoch that they were given, also when it is over.</summary>
    StaleEpochs,

    /// <summary>Registers do not answer each twentieth message while faults go on.</summary>
    SilentRegisters,
}
