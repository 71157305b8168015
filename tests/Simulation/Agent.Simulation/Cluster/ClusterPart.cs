using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Agent.Actors.Cluster;
using Agent.Host.Cluster;
using Agent.Planning.Coordination;
using Agent.Runtime.Hosting;
using Agent.Simulation.Checks;
using Agent.Simulation.Outside;

namespace Agent.Simulation.Cluster;

/// <summary>Membership and sharding on every node: some are chosen to coordinate, all put numbers into sharded registers,
/// and each keeps a ledger in its journal.</summary>
/// <remarks>This file is what runs; <c>.Checks</c> is what must hold.</remarks>
internal sealed partial class ClusterPart : IPart
{
    private static readonly int[] CoordinatorCounts = [1, 3, 5];

    // So many more nodes than are needed are willing to coordinate: they are chosen when others are gone.
    private const int Spare = 2;

    private static readonly TimeSpan TimeToLive = TimeSpan.FromSeconds(3);
    private static readonly RegisterProtocol.Extractor Extractor = new();

    private readonly World _world;
    private readonly ShardOwners _owners;
    private readonly int _coordinators;
    private readonly int _willing;

    public ClusterPart(World world)
    {
        _world = world;
        Registers = new RegisterStore(world);
        var choice = CoordinatorCounts[world.Seeded.CreateRandom("coordinators").Next(CoordinatorCounts.Length)];
        _coordinators = Math.Min(choice, world.Nodes.Count);
        _willing = Math.Min(_coordinators + Spare, world.Nodes.Count);
        Ids = [.. Enumerable.Range(0, 200).Select(i => "r" + i.ToString(CultureInfo.InvariantCulture))
            .DistinctBy(id => Extractor.ShardId(id))];
        _owners = new ShardOwners(world, RegisterProtocol.TypeName, Ids);
        (world.Remoting.OnArrival, world.Remoting.OnLoss) = (Arrived, Lost);
    }

    public RegisterStore Registers { get; }

    /// <summary>The registers' ids, one in each shard.</summary>
    public ImmutableArray<string> Ids { get; }

    public bool WritesBlindly => _world.Settings.Defect == Defect.EpochUnchecked;

    /// <summary>Whether a register keeps silent about a message, by the defect of that name.</summary>
    public bool IsSilentAbout(long attempt) =>
        _world.Settings.Defect == Defect.SilentRegisters && !_world.IsCalm && attempt % 20 == 0;

    public TimeSpan Elapsed => _world.Seeded.Elapsed;

    public RuntimeSetup Set(RuntimeSetup setup, Node node)
    {
        var believesTwice = _world.Settings.Defect == Defect.LeaseMargin && node.Number % 2 == 0;
        return setup with
        {
            Cluster = new ClusterSetup(
                new DatastoreLeases(node.Datastore.Leases), new DatastoreShardRecords(node.Datastore))
            {
                Address = node.Address,
                Link = _world.Remoting.LinkOf(node.Address, Messages(), node.Process.Enter),
                Roles = [ClusterSetup.Coordinator],
                TimeToLive = believesTwice ? 2 * TimeToLive : TimeToLive,
                ObserveInterval = TimeSpan.FromSeconds(2),
                StableAfter = TimeSpan.FromSeconds(3),
                MovesPerMinute = 60,
                RememberedEntities = new PoolEntities(node.Datastore),
            },
        };
    }

    public void Start(Node node)
    {
        var system = node.Process.System;
        var notes = system.ActorOf(Props.Create(() => new DeadLetterNotes(this)), "dead-letter-notes");
        system.EventStream.Subscribe(notes, typeof(DeadLetter));
        ClusterActor.Start(system, new ClusterPorts(
            "simulation",
            new NodePresence(node.Name, "journal-of-" + node.Name, new IPEndPoint(0, 7946), node.Number < _willing),
            _coordinators, node.Datastore.Leases, Nowhere.Instance, node.Process.Clock)
        {
            Beat = TimeSpan.FromSeconds(2),
        });
        var store = new StoreConnection(_world.Seeded, node.Process, node.Store, "register store");
        var region = ClusterSharding.Get(system).Start(
            RegisterProtocol.TypeName, id => Props.Create(() => new RegisterEntity(id, this, node, store)),
            ClusterShardingSettings.Create(system), Extractor);
        var name = node.Process.Name;
        var random = _world.Seeded.CreateRandom(name + " client");
        system.ActorOf(Props.Create(() => new RegisterClient(name, region, this, random)), "client");
        system.ActorOf(
            BackoffSupervisor.Props(Backoff.OnStop(Props.Create(() => new Ledger(node.Name, this)), "ledger",
                TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(3), randomFactor: 0.2, maxNrOfRetries: -1)),
            "ledger");
    }

    /// <summary>What the agent's nodes send each other, and what registers and their clients do.</summary>
    private RemoteSerializer Messages()
    {
        var messages = Host.Cluster.ClusterPart.Messages()
            .Add<RegisterProtocol.Stored>("register-stored", RegisterJson.Default)
            .Add<RegisterProtocol.Refused>("register-refused", RegisterJson.Default);
        return _world.Settings.Defect == Defect.NoManifest
            ? messages
            : messages.Add<RegisterProtocol.Put>("register-put", RegisterJson.Default);
    }

    /// <summary>The simulated network knows where nodes are.</summary>
    private sealed class Nowhere : INodeDirectory
    {
        public static readonly Nowhere Instance = new();

        public void Set(ImmutableSortedDictionary<string, IPEndPoint> nodes)
        {
        }
    }
}
