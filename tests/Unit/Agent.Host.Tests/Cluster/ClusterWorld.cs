using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Agent.Actors.Cluster;
using Agent.Actors.Ipam;
using Agent.Datastore;
using Agent.Host.Cluster;
using Agent.Ipam;
using Agent.Planning.Coordination;
using Agent.Primitives;
using Agent.Resources;
using Agent.Runtime.Hosting;

namespace Agent.Host.Tests.Cluster;

/// <summary>Nodes of one cluster in a seeded world: on each the cluster's actor, the entities of blocks and the owner of its blocks;
/// one datastore, which each node can be cut off from.</summary>
internal sealed class ClusterWorld
{
    public const string Pool = "pool";

    public ClusterWorld(int seed)
    {
        World = new SeededWorld(seed);
        Network = new SimulatedNetwork(World) { OnUnfit = what => throw new InvalidOperationException(what) };
        Datastore = new InMemoryDatastore(World.Time, World.CreateRandom("datastore"));
        Put(new IPPool { Metadata = ObjectMeta.Named(Pool), Cidr = IpPrefix.Parse("10.48.0.0/16"), BlockSize = 26 }.ToResource());
    }

    public SeededWorld World { get; }

    public SimulatedNetwork Network { get; }

    public InMemoryDatastore Datastore { get; }

    public List<ClusterNode> Nodes { get; } = [];

    public static ClusterWorld Of(int nodes, int coordinators = 5, int seed = 1)
    {
        var world = new ClusterWorld(seed);
        for (var number = 1; number <= nodes; number++) world.Start($"n{number}", coordinators: coordinators);
        return world;
    }

    public void Put(Resource resource) => Assert.IsType<WriteResult.Written>(Datastore.CreateAsync(resource).Result);

    /// <summary>Starts a node; a later start of the same name is another process, of the same agent unless one is named.</summary>
    public ClusterNode Start(string name, bool willing = true, int coordinators = 5, string? agent = null, string? rack = null)
    {
        if (rack is not null)
        {
            Put(new CalicoNode
            {
                Metadata = ObjectMeta.Named(name) with { Labels = Resource.EmptyMap.Add("rack", rack) },
                Bgp = new NodeBgp { Ipv4Address = "10.0.0.1/24" },
            }.ToResource());
        }

        var node = new ClusterNode(this, name, willing, coordinators, agent ?? $"journal-of-{name}@machine");
        Nodes.Add(node);
        return node;
    }

    public void Advance(double seconds) => World.Advance(TimeSpan.FromSeconds(seconds));

    public void Until(Func<bool> condition, double seconds = 60) =>
        Assert.True(World.RunUntil(condition, TimeSpan.FromSeconds(seconds)), "the condition did not come to hold");

    public T Done<T>(Task<T> task)
    {
        Until(() => task.IsCompleted);
        return task.GetAwaiter().GetResult();
    }

    /// <summary>The members as all nodes that run see them; fails where they differ.</summary>
    public string Members() => Assert.Single(Nodes.Where(node => node.IsRunning).Select(node => node.Members()).Distinct());

    /// <summary>The node that may act for the pool now, or null; fails where two may.</summary>
    public ClusterNode? Owner()
    {
        var owners = Nodes.Where(node => node.IsRunning && node.Epoch() is not null).ToList();
        Assert.True(owners.Count <= 1, $"{string.Join(" and ", owners.Select(node => node.Name))} both act at {World.Elapsed}");
        return owners.SingleOrDefault();
    }

    /// <summary>Every block: owner, network and the epoch that it bears.</summary>
    public string[] Blocks() =>
    [
        .. from resource in Datastore.ListAsync(Kinds.IPAMBlock).Result.Items
           let block = IpamBlock.From(resource)
           orderby block.Cidr
           select $"{block.Affinity} {block.Cidr} {resource.Annotations.GetValueOrDefault(BlockOwner.EpochAnnotation, "-")}",
    ];
}

/// <summary>One process of a <see cref="ClusterWorld"/>.</summary>
internal sealed class ClusterNode : IDatastoreInterceptor
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ClusterWorld _world;

    public ClusterNode(ClusterWorld world, string name, bool willing, int coordinators, string agent)
    {
        (_world, Name) = (world, name);
        var label = string.Create(CultureInfo.InvariantCulture, $"{name}-{world.Nodes.Count}");
        var datastore = new InterceptedDatastore(world.Datastore, this);
        var address = new Address("akka.tcp", "agent", name, 7946);
        var journal = new InMemoryJournal();
        Clock = world.World.CreateClock(label);
        System = world.World.CreateSystem(label, new RuntimeSetup
        {
            Time = Clock,
            Persistence = new PersistenceSetup(journal, new InMemorySnapshotStore()),
            LogSink = entry => Log.Add(entry.Message),
            Cluster = new ClusterSetup(new DatastoreLeases(datastore.Leases), new DatastoreShardRecords(datastore))
            {
                Address = address,
                Link = world.Network.LinkOf(address, ClusterPart.Messages()),
                RememberedEntities = new PoolEntities(datastore),
            },
        });
        Pools = BlockAffinityRegion.Start(System, new BlockAffinityPorts(datastore, new Epochs(System), Clock));
        Actor = ClusterActor.Start(System, new ClusterPorts(
            "lab", new NodePresence(name, agent, new IPEndPoint(IPAddress.Loopback, 7946), willing), coordinators, datastore.Leases,
            new NodeDirectory(), Clock));
        var owner = new BlockOwner(name, agent);
        var claims = new BlockClaims(datastore, owner, Clock, world.World.CreateRandom(label + "-claims"));
        Blocks = System.ActorOf(BlockOwnerActor.For(owner, claims, Clock, Pools), "owner");
    }

    public string Name { get; }

    /// <summary>The node's own clock.</summary>
    public WorldClock Clock { get; }

    public ActorSystem System { get; }

    public IActorRef Actor { get; }

    public IActorRef Pools { get; }

    public IActorRef Blocks { get; }

    public List<string> Log { get; } = [];

    public bool IsRunning { get; private set; } = true;

    /// <summary>Whether the node cannot reach the datastore.</summary>
    public bool IsCutOff { get; set; }

    /// <summary>Whether the datastore can be read and refuses to be written, as on a full disk.</summary>
    public bool IsReadOnly { get; set; }

    /// <summary>How often the node has listed all blocks.</summary>
    public int BlockLists { get; private set; }

    public void Pause() => _world.World.Pause(System);

    public void Resume() => _world.World.Resume(System);

    /// <summary>The process is no more.</summary>
    public void Crash()
    {
        IsRunning = false;
        Pause();
    }

    /// <summary>The process ends in order.</summary>
    public void Stop()
    {
        var stopped = CoordinatedShutdown.Get(System).Run(CoordinatedShutdown.ClrExitReason.Instance);
        _world.Until(() => stopped.IsCompleted);
        IsRunning = false;
    }

    public string Members() =>
        string.Join(',', ActorCluster.Get(System).State.Members.Select(member => member.Address.Host).Order(StringComparer.Ordinal));

    public ClusterProtocol.View View() => Ask<ClusterProtocol.View>(ClusterProtocol.GetView.Instance);

    public T Ask<T>(object question) => _world.Done(Actor.Ask<T>(question, Patience));

    public long? Epoch() => ShardEpochs.Of(System, BlockAffinityRegion.TypeName, ClusterWorld.Pool);

    /// <summary>Has the node give out an address, and gives it once it is there.</summary>
    public IpAddr Assign(string handle) => Assert.IsType<IpamProtocol.Assigned>(_world.Done(BeginAssign(handle))).Address;

    public Task<object> BeginAssign(string handle) => Blocks.Ask<object>(
        new IpamProtocol.Assign(
            handle, OwnerAttributes.Empty,
            [new Agent.Ipam.Pool { Name = ClusterWorld.Pool, Cidr = IpPrefix.Parse("10.48.0.0/16"), BlockSize = 26 }]),
        Patience);

    public Task RequestAsync(string request)
    {
        if (request == $"list {Kinds.IPAMBlock}") BlockLists++;
        if (IsReadOnly && !request.StartsWith("list ", StringComparison.Ordinal) && !request.StartsWith("get ", StringComparison.Ordinal))
            throw new DatastoreUnavailableException("the datastore is read-only: mount it writable");
        return IsCutOff ? throw new DatastoreUnavailableException("the datastore is away") : Task.CompletedTask;
    }

    public Task AnswerAsync(string request) => Task.CompletedTask;

    public void Events(Action delivery)
    {
        if (!IsCutOff) delivery();
    }

    private sealed class Epochs(ActorSystem system) : IShardEpochs
    {
        public long? Of(string typeName, string entityId) => ShardEpochs.Of(system, typeName, entityId);
    }
}
