using Agent.Runtime.Hosting;
using Agent.Simulation.Outside;

namespace Agent.Simulation;

/// <summary>One part of what runs on every node, with the checks that belong to it.</summary>
internal interface IPart
{
    /// <summary>Adds what the part needs to the set-up of a process.</summary>
    RuntimeSetup Set(RuntimeSetup setup, Node node);

    /// <summary>A process of the node has begun: the part makes its actors in it.</summary>
    void Start(Node node);

    /// <summary>The node's process is no more.</summary>
    /// <param name="node">The node.</param>
    /// <param name="ofHost">Whether the whole host went down, and its kernel with it.</param>
    void OnDeath(Node node, bool ofHost);

    /// <summary>An actor of a node has had a turn: the part checks what a turn can break.</summary>
    void OnTurnEnded(Node node, ActorPath actor)
    {
    }

    /// <summary>From now on the pool of addresses does not select the node, or does so again.</summary>
    void Exclude(Node node, bool isExcluded)
    {
    }

    /// <summary>A calm ends soon: what the part asks of the cluster by itself is to come to an end.</summary>
    void OnCalmEnds()
    {
    }

    /// <summary>A calm ends: everything has to have come right again.</summary>
    void CheckSettled();
}
