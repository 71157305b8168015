using Agent.Runtime.Hosting;
using Agent.Simulation.Outside;

namespace Agent.Simulation.Checks;

/// <summary>Who owns the shards of one type, and acts for them: checked at each turn that can give a node the right to,
/// at each act, and at the end of a calm.</summary>
/// <param name="world">The world.</param>
/// <param name="typeName">The type of the entities.</param>
/// <param name="ids">Entities, one in each shard that is looked at.</param>
internal sealed class ShardOwners(World world, string typeName, IReadOnlyList<string> ids)
{
    private const string OneOwner = "at most one owner of a shard acts within a valid lease";

    private readonly Dictionary<string, (long Epoch, string Process)> _lastActs = new(StringComparer.Ordinal);

    /// <summary>An entity acts: its node must have the right to, in an epoch that is not behind another's.</summary>
    /// <param name="process">Where it acts.</param>
    /// <param name="id">The entity.</param>
    /// <param name="epoch">In which epoch it believes to act.</param>
    public void Acts(Process process, string id, long? epoch)
    {
        var last = _lastActs.GetValueOrDefault(id);
        if (epoch is not { } acting)
        {
            world.Fail(OneOwner, $"{id} acts on {process.Name}, which may not act for its shard");
            return;
        }

        world.Require(acting >= last.Epoch, OneOwner,
            () => $"{id} acts on {process.Name} in epoch {acting} after it acted on {last.Process} in epoch {last.Epoch}");
        world.Require(acting != last.Epoch || last.Process == process.Name, OneOwner,
            () => $"{id} acts on {process.Name} and on {last.Process} in epoch {acting}");
        _lastActs[id] = (acting, process.Name);
    }

    public void OnTurnEnded(Node node, ActorPath actor)
    {
        // Only turns of these two can give a node the right to act.
        if (actor.Depth is not (2 or 3) || actor.Parent.Name is not ("system" or "sharding"))
            return;
        foreach (var id in ids)
        {
            if (!MayAct(node, id))
                continue;
            foreach (var other in world.Nodes)
            {
                if (other != node && MayAct(other, id))
                    world.Fail(OneOwner, $"{node.Process.Name} and {other.Process.Name} both may act for {typeName} {id}");
            }
        }
    }

    public void CheckSettled()
    {
        foreach (var id in ids)
        {
            var owners = world.Nodes.Where(node => MayAct(node, id)).Select(node => node.Process.Name).ToList();
            world.Require(owners.Count == 1, "every shard has one owner",
                () => $"{typeName} {id} has {(owners.Count == 0 ? "none" : string.Join(" and ", owners))}");
        }
    }

    private bool MayAct(Node node, string id) =>
        node.Process is { IsRunning: true } && ShardEpochs.Of(node.Process.System, typeName, id) is not null;
}
