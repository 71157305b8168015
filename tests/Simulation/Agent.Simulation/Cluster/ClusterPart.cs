using System.Collections.Immutable;
using System.Globalization;
using Agent.Host.Cluster;
using Agent.Runtime.Hosting;
using Agent.Simulation.Outside;

namespace Agent.Simulation.Cluster;

/// <summary>Membership and sharding on every node: some are coordinators, all put numbers into sharded registers, and
/// each keeps a ledger in its journal.</summary>
/// <remarks>This file is what runs; <c>.Checks</c> is what must hold.</remarks>
internal sealed partial class ClusterPart : IPart
{
    private static readonly int[] CoordinatorCounts = [1, 3, 5];
    private static readonly TimeSpan TimeToLive = TimeSpan.FromSeconds(3);
    private static readonly RegisterProtocol.Extractor Extractor = new();

    private readonly World _world;
    private readonly int _coordinators;

    public ClusterPart(World world)
    {
        _world = world;
        Registers = new RegisterStore(world);
        var choice = CoordinatorCounts[world.Seeded.CreateRandom("coordinators").Next(CoordinatorCounts.Length)];
        _coordinators = Math.Min(choice, world.Nodes.Count);
        Ids = [.. Enumerable.Range(0, 200).Select(i => "r" + i.ToString(CultureInfo.InvariantCulture))
            .DistinctBy(id => Extractor.ShardId(id))];
    }

    public RegisterStore Registers { get; }

    /// <summary>The registers' ids, one in each shard.</summary>
    public ImmutableArray<string> Ids { get; }

    public bool WritesBlindly => _world.Settings.Defect == Defect.EpochUnchecked;

    public TimeSpan Elapsed => _world.Seeded.Elapsed;

    public RuntimeSetup Set(RuntimeSetup setup, Node node)
    {
        var isCoordinator = IsCoordinator(node);
        var believesTwice = _world.Settings.Defect == Defect.LeaseMargin && node.Number % 2 == 0;
        return setup with
        {
            Cluster = new ClusterSetup(
                new DatastoreLeases(node.Datastore.Leases), new DatastoreShardRecords(node.Datastore))
            {
                Address = node.Address,
                Link = _world.Remoting.LinkOf(node.Address, node.Process.Enter),
                Roles = isCoordinator ? [ClusterSetup.Coordinator] : [],
                HoldsLease = isCoordinator,
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
        var cluster = ActorCluster.Get(system);
        var store = new StoreConnection(_world.Seeded, node.Process, node.Store, "register store");
        var region = ClusterSharding.Get(system).Start(
            RegisterProtocol.TypeName, id => Props.Create(() => new RegisterEntity(id, this, node, store)),
            ClusterShardingSettings.Create(system), Extractor);
        cluster.Join(node.Address);
        var name = node.Process.Name;
        var random = _world.Seeded.CreateRandom(name + " client");
        system.ActorOf(Props.Create(() => new RegisterClient(name, region, this, random)), "client");
        system.ActorOf(
            BackoffSupervisor.Props(Backoff.OnStop(Props.Create(() => new Ledger(node.Name, this)), "ledger",
                TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(3), randomFactor: 0.2, maxNrOfRetries: -1)),
            "ledger");
    }

    private bool IsCoordinator(Node node) => node.Number < _coordinators;
}
