using System.Globalization;
using Agent.Runtime.Hosting;

namespace Agent.Semantics.Own.Clustering;

/// <summary>A message for the entity of this id.</summary>
internal sealed record To(string Id, object Content);

internal sealed class ById(int shards) : HashCodeMessageExtractor(shards)
{
    public override string? EntityId(object message) => (message as To)?.Id;

    public override object EntityMessage(object message) => ((To)message).Content;
}

/// <summary>A cluster in one seeded world: systems, a network, and stores whose operations take time and can go astray.</summary>
internal sealed class SimulatedCluster
{
    public const string Type = "worker";
    public const int Shards = 6;

    public static readonly ById Extractor = new(Shards);

    public SimulatedCluster(int seed)
    {
        World = new SeededWorld(seed);
        Network = new SimulatedNetwork(World);
        Random = World.CreateRandom("test");
    }

    public SeededWorld World { get; }

    public SimulatedNetwork Network { get; }

    public InMemoryClusterStore Store { get; } = new();

    public Random Random { get; }

    public List<SimulatedNode> Nodes { get; } = [];

    /// <summary>Every act of every entity, in order.</summary>
    public List<Act> Acts { get; } = [];

    /// <summary>Ids of entities, one in each shard.</summary>
    public static IReadOnlyList<string> IdOfEachShard { get; } = [.. Enumerable.Range(0, 200)
        .Select(i => "e" + i.ToString(CultureInfo.InvariantCulture)).DistinctBy(id => Extractor.ShardId(id))
        .OrderBy(id => Extractor.ShardId(id), StringComparer.Ordinal)];

    /// <summary>Starts a node and has it join.</summary>
    public SimulatedNode Start(string name, bool coordinator = true, Func<ClusterSetup, ClusterSetup>? change = null,
        Func<ClusterShardingSettings, ClusterShardingSettings>? settings = null)
    {
        var address = new Address("akka.tcp", "agent", name, 7946);
        var store = new AstrayStore(World, Store);
        var setup = new ClusterSetup(store, store) { Address = address, Link = Network.LinkOf(address) };
        if (!coordinator)
            setup = setup with { HoldsLease = false, Roles = [] };
        var system = World.CreateSystem($"{name}-{Nodes.Count}", new RuntimeSetup { Cluster = change?.Invoke(setup) ?? setup });
        var node = new SimulatedNode(this, name, address, system, store);
        Nodes.Add(node);
        var cluster = Cluster.Get(system);
        var sharding = ClusterShardingSettings.Create(system);
        node.Region = ClusterSharding.Get(system).Start(
            Type, id => Props.Create(() => new Worker(id, node)), settings?.Invoke(sharding) ?? sharding, Extractor);
        cluster.Join(address);
        return node;
    }

    /// <summary>Runs until the condition holds, for half a minute at most.</summary>
    public void Until(Func<bool> condition) => Assert.True(World.RunUntil(condition, TimeSpan.FromSeconds(30)), "the condition did not come to hold");

    public void Advance(double seconds) => World.Advance(TimeSpan.FromSeconds(seconds));

    /// <summary>Runs until the task is complete, and gives its result.</summary>
    public T Done<T>(Task<T> task)
    {
        Until(() => task.IsCompleted);
        return task.GetAwaiter().GetResult();
    }

    /// <summary>The node that may act for the shard of this entity now, or null; fails where two may.</summary>
    public SimulatedNode? OwnerOf(string id)
    {
        var owners = Nodes.Where(n => n.IsRunning && ShardEpochs.Of(n.System, Type, id) is not null).ToList();
        Assert.True(owners.Count <= 1, $"{string.Join(" and ", owners.Select(n => n.Name))} both act for {id} at {World.Elapsed}");
        return owners.SingleOrDefault();
    }

    /// <summary>Runs until the members know each other.</summary>
    public void HasSettled(params SimulatedNode[] members) => Until(() => members.All(n =>
        Cluster.Get(n.System).State.Members.Select(m => m.Address).Intersect(members.Select(m => m.Address)).Count() == members.Length));
}

/// <summary>What an entity did: handled a message, or a tick of its own timer.</summary>
internal sealed record Act(TimeSpan At, string Id, SimulatedNode Node, long? Epoch, object What);

/// <summary>One node of a simulated cluster.</summary>
internal sealed class SimulatedNode(SimulatedCluster cluster, string name, Address address, ActorSystem system, AstrayStore store)
{
    public SimulatedCluster Cluster { get; } = cluster;

    public string Name { get; } = name;

    public Address Address { get; } = address;

    public ActorSystem System { get; } = system;

    public AstrayStore Store { get; } = store;

    public IActorRef Region { get; set; } = ActorRefs.Nobody;

    public bool IsRunning { get; set; } = true;

    public bool IsPaused { get; set; }

    public void Pause()
    {
        IsPaused = true;
        Cluster.World.Pause(System);
    }

    public void Resume()
    {
        IsPaused = false;
        Cluster.World.Resume(System);
    }

    /// <summary>The process is no more.</summary>
    public void Crash()
    {
        IsRunning = false;
        Pause();
    }

    /// <summary>Asks an entity through this node's region and runs the world until it answers.</summary>
    public T Ask<T>(string id, object content) => Cluster.Done(Region.Ask<T>(new To(id, content), TimeSpan.FromSeconds(20)));

    public override string ToString() => Name;
}

/// <summary>An entity that has a timer of its own; it records what it does and answers with its node's name.</summary>
internal sealed class Worker : ReceiveActor, IWithTimers
{
    public Worker(string id, SimulatedNode node)
    {
        Receive<Passivate>(p => Context.Parent.Tell(p));
        ReceiveAny(message =>
        {
            node.Cluster.Acts.Add(new Act(
                node.Cluster.World.Elapsed, id, node, ShardEpochs.Of(node.System, SimulatedCluster.Type, id), message));
            if (message is not "tick")
                Sender.Tell(node.Name);
        });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Timers.StartPeriodicTimer("own", "tick", TimeSpan.FromMilliseconds(100));
}

/// <summary>One node's way to the stores: operations take a few milliseconds; cut off, they are lost or take effect late, and nobody
/// is told.</summary>
internal sealed class AstrayStore(SeededWorld world, InMemoryClusterStore store) : IClusterLeases, IShardRecords
{
    private readonly Random _random = world.CreateRandom("store");

    public bool IsCut { get; set; }

    /// <summary>The next write that this holds for goes astray: nobody is told, and it takes effect when <see cref="Land"/> is called.</summary>
    public Predicate<ShardRecord>? Strays { get; set; }

    /// <summary>Does what went astray, and says whether that had an effect; null where nothing did.</summary>
    public Func<bool>? Land { get; private set; }

    public Task<ClusterLeaseResult> AcquireAsync(string name, string holder, TimeSpan timeToLive, long? expectedVersion) =>
        Do(() => store.AcquireAsync(name, holder, timeToLive, expectedVersion));

    public Task<ClusterLeaseResult> RenewAsync(ClusterLease lease) => Do(() => store.RenewAsync(lease));

    public Task ReleaseAsync(ClusterLease lease) => Do(async () =>
    {
        await store.ReleaseAsync(lease);
        return true;
    });

    public Task<IReadOnlyList<ClusterLease>> ListAsync(string namePrefix) => Do(() => store.ListAsync(namePrefix));

    public Task<ShardRecord?> ReadAsync(string typeName, string shardId) => Do(() => store.ReadAsync(typeName, shardId));

    public Task<bool> TryWriteAsync(ShardRecord record, long expectedEpoch)
    {
        if (Strays?.Invoke(record) != true)
            return Do(() => store.TryWriteAsync(record, expectedEpoch));
        Strays = null;
        Land = () => store.TryWriteAsync(record, expectedEpoch).GetAwaiter().GetResult();
        return new TaskCompletionSource<bool>().Task;
    }

    private Task<T> Do<T>(Func<Task<T>> operation)
    {
        var answer = new TaskCompletionSource<T>();
        var late = IsCut;
        if (late && _random.NextDouble() < 0.5)
            return answer.Task;
        After(late ? TimeSpan.FromSeconds(8) : TimeSpan.FromMilliseconds(10), () =>
        {
            var result = operation().GetAwaiter().GetResult();
            After(TimeSpan.FromMilliseconds(10), () =>
            {
                if (!late && !IsCut)
                    answer.SetResult(result);
            });
        });
        return answer.Task;
    }

    private void After(TimeSpan most, Action action)
    {
        ITimer? timer = null;
        timer = world.Time.CreateTimer(
            _ =>
            {
                timer?.Dispose();
                action();
            },
            null, most * _random.NextDouble(), Timeout.InfiniteTimeSpan);
    }
}
