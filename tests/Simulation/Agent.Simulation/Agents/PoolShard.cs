using System.Globalization;
using Agent.Actors.Cluster;
using Agent.Actors.Ipam;
using Agent.Datastore;
using Agent.Resources;
using Agent.Runtime.Hosting;
using Agent.Simulation.Checks;
using Agent.Simulation.Outside;

namespace Agent.Simulation.Agents;

/// <summary>The shard that decides about the pool's blocks: who owns it, in which epochs it decides, and what stands of
/// them in the rows that are written because of it. Each row is checked as it is written.</summary>
internal sealed class PoolShard
{
    private const string Epochs = "no write with a lower epoch survives a higher one";

    private readonly World _world;
    private readonly ShardOwners _owners;
    private readonly Dictionary<ResourceKey, (string Uid, long Epoch)> _rows = [];
    private long _granted;

    public PoolShard(World world, string pool)
    {
        _world = world;
        _owners = new ShardOwners(world, BlockAffinityRegion.TypeName, [pool]);
        world.Datastore.Watch(Kinds.Shard, 0, events => ForEachPut(events, OnGranted));
        world.Datastore.Watch(Kinds.BlockAffinity, 0, events => ForEachPut(events, OnRow));
        world.Datastore.Watch(Kinds.IPAMBlock, 0, events => ForEachPut(events, OnRow));
    }

    /// <summary>The epochs as the pool's entity on this process is told them.</summary>
    public IShardEpochs EpochsOf(Process process) => new EpochsOfProcess(this, process);

    public void OnTurnEnded(Node node, ActorPath actor) => _owners.OnTurnEnded(node, actor);

    public void CheckSettled() => _owners.CheckSettled();

    private static void ForEachPut(IReadOnlyList<WatchEvent> events, Action<Resource> action)
    {
        foreach (var happened in events)
        {
            if (happened is WatchEvent.Put(var resource))
                action(resource);
        }
    }

    private void OnGranted(Resource shard)
    {
        var epoch = shard.Spec.GetProperty("epoch").GetInt64();
        var before = _rows.GetValueOrDefault(shard.Key);
        _world.Require(epoch > before.Epoch, "every owner of a shard has an epoch of its own",
            () => $"{shard.Key} was written with epoch {epoch} after {before.Epoch}");
        _rows[shard.Key] = (shard.Uid, epoch);
        if (shard.Spec.GetProperty("type").GetString() == BlockAffinityRegion.TypeName)
            _granted = Math.Max(_granted, epoch);
    }

    private void OnRow(Resource row)
    {
        var epoch = row.Annotations.TryGetValue(BlockOwner.EpochAnnotation, out var text)
            ? long.Parse(text, CultureInfo.InvariantCulture)
            : 0;
        _world.Require(epoch <= _granted, Epochs, () => $"{row.Key} bears epoch {epoch}; the last owner has {_granted}");
        var before = _rows.GetValueOrDefault(row.Key);
        _world.Require(before.Uid != row.Uid || epoch >= before.Epoch, Epochs,
            () => $"{row.Key} was written with epoch {epoch} after {before.Epoch}");
        _rows[row.Key] = (row.Uid, epoch);
    }

    private sealed class EpochsOfProcess(PoolShard shard, Process process) : IShardEpochs
    {
        private readonly bool _isStale = shard._world.Settings.Defect == Defect.StaleEpochs;
        private long? _first;

        public long? Of(string typeName, string entityId)
        {
            var epoch = ShardEpochs.Of(process.System, typeName, entityId);
            if (_isStale)
                epoch = _first ??= epoch;
            shard._owners.Acts(process, entityId, epoch);
            return epoch;
        }
    }
}
