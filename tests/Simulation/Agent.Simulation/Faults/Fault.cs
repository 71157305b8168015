using System.Globalization;

namespace Agent.Simulation.Faults;

/// <summary>What can go wrong.</summary>
public enum FaultKind
{
    /// <summary>The link between two nodes is cut, both ways.</summary>
    Cut,

    /// <summary>The way from one node to another is cut.</summary>
    CutOneWay,

    /// <summary>The nodes below and above a number cannot reach each other.</summary>
    Partition,

    /// <summary>Messages between two nodes take long.</summary>
    SlowLink,

    /// <summary>Messages between two nodes are lost, doubled and overtake each other.</summary>
    LossyLink,

    /// <summary>TCP connections between two nodes break.</summary>
    Reset,

    /// <summary>A node's process stands still.</summary>
    Pause,

    /// <summary>A host goes down with all that runs on it, and is started again after the time given.</summary>
    Crash,

    /// <summary>A node's process is killed, and started again after the time given.</summary>
    Kill,

    /// <summary>A node's process ends in order, and is started again after the time given.</summary>
    Restart,

    /// <summary>A node cannot reach the datastore.</summary>
    StoreCut,

    /// <summary>No node can reach the datastore.</summary>
    StoreOutage,

    /// <summary>A node's requests to the datastore take long.</summary>
    SlowStore,

    /// <summary>All nodes' requests to the store of leases take long.</summary>
    SlowLeases,

    /// <summary>A node's disk syncs slowly.</summary>
    SlowDisk,

    /// <summary>A node's disk refuses writes.</summary>
    FullDisk,

    /// <summary>A node's wall clock jumps.</summary>
    ClockStep,

    /// <summary>A node's clocks run fast or slow.</summary>
    ClockDrift,

    /// <summary>The pool of addresses does not select a node.</summary>
    Exclude,
}

/// <summary>One fault of a plan.</summary>
/// <param name="Number">Its place in the plan.</param>
/// <param name="At">When it begins.</param>
/// <param name="For">How long it lasts.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Node">The node that it strikes, from 0.</param>
/// <param name="Other">The other node, of a link.</param>
/// <param name="Size">How bad it is, from 0 to 1.</param>
public sealed record Fault(int Number, TimeSpan At, TimeSpan For, FaultKind Kind, int Node, int Other, double Size)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"#{Number} {Kind} n{Node} n{Other} size {Size:0.00} for {For.TotalSeconds:0.000} s");
}
