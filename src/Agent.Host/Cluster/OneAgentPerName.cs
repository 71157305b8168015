using Agent.Datastore;
using Agent.Planning.Coordination;
using Microsoft.Extensions.Logging;

namespace Agent.Host.Cluster;

/// <summary>Refuses to start beside another agent of the same node name, which would take its addresses and blocks for
/// this one's own.</summary>
/// <remarks>The agent that stands in the node's presence lease is this one where journal and machine are the same: of a
/// journal there is one agent at a time. Any other is watched for longer than it may take to renew its lease.</remarks>
internal static class OneAgentPerName
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <summary>Returns when no other agent runs under the name.</summary>
    /// <param name="leases">The leases of the cluster.</param>
    /// <param name="node">This node's name.</param>
    /// <param name="agent">This agent, as its presence names it.</param>
    /// <param name="beat">How often agents renew their presence leases.</param>
    /// <param name="time">Waits between two looks.</param>
    /// <param name="log">Is told of the wait.</param>
    /// <exception cref="StartRefusedException">Another agent runs under the name.</exception>
    public static async Task RequireAsync(
        ILeases leases, string node, string agent, TimeSpan beat, TimeProvider time, ILogger log)
    {
        var started = time.GetTimestamp();
        var first = await FindAsync(leases, node, agent);
        if (first is null) return;
        log.LogWarning(
            "node {Node} was last run by another agent, at {Endpoint}: watching for {Seconds} s whether that one runs",
            node, first.Value.Other.Endpoint, (beat * 1.5).TotalSeconds);
        while (time.GetElapsedTime(started) < beat * 1.5)
        {
            await Task.Delay(Look, time);
            if (await FindAsync(leases, node, agent) is not { } now) return;
            if (now.Version != first.Value.Version)
                throw new StartRefusedException(
                    $"another agent runs as node {node}, at {now.Other.Endpoint}: give one of the two another "
                    + "nodeName (NODENAME), or stop that one");
        }
    }

    private static async Task<(NodePresence Other, long Version)?> FindAsync(ILeases leases, string node, string agent)
    {
        var name = NodePresence.LeaseOf(node);
        return (await leases.ListAsync(name)).FirstOrDefault(lease => lease.Name == name) is { } lease
            && NodePresence.Read(lease.Name, lease.Holder) is { } other && other.Agent != agent
                ? (other, lease.Version)
                : null;
    }
}
