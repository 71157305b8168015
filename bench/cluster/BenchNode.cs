using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text.Json.Serialization;
using Agent.Datastore.Sqlite;
using Agent.Host.Cluster;
using Agent.Runtime.Hosting;

namespace Agent.Bench.Clustering;

/// <summary>A node with sharded entities that answer at once.</summary>
internal sealed partial class BenchNode : IAsyncDisposable
{
    private const string TypeName = "echo";
    private const int Entities = 1000;
    private const int Shards = 50;

    private readonly SqliteDatastore _datastore;
    private readonly TcpLink _link;
    private readonly ActorSystem _system;
    private readonly IActorRef _region;

    private BenchNode(SqliteDatastore datastore, TcpLink link, ActorSystem system, IActorRef region) =>
        (_datastore, _link, _system, _region) = (datastore, link, system, region);

    public static async Task<BenchNode> StartAsync(string name, int port, string file, bool coordinates)
    {
        var datastore = await SqliteDatastore.OpenAsync(file, new SqliteDatastoreOptions { CreateIfMissing = true });
        var address = new Address("akka.tcp", "agent", name, port);
        var messages = new RemoteSerializer().Add<Question>("question", BenchJson.Default).Add<Answer>("answer", BenchJson.Default);
        var link = new TcpLink(new TcpLinkSetup(
            address, new IPEndPoint(IPAddress.Loopback, port), to => new IPEndPoint(IPAddress.Loopback, to.Port!.Value), messages)
        {
            MaxQueued = 100_000,
        });
        var setup = new ClusterSetup(new DatastoreLeases(datastore.Leases), new DatastoreShardRecords(datastore))
        {
            Address = address,
            Link = link,
            Roles = coordinates ? [ClusterSetup.Coordinator] : [],
            HoldsLease = coordinates,
            ObserveInterval = TimeSpan.FromSeconds(1),
            RememberedEntities = new OneOfEachShard(),
        };
        var system = RuntimeSystem.Create("agent", new RuntimeSetup { Cluster = setup, LogLevel = LogLevel.ErrorLevel });
        system.ActorOf(Props.Create(() => new Watcher()));
        var region = ClusterSharding.Get(system).Start(
            TypeName, _ => Props.Create(() => new Echo()),
            ClusterShardingSettings.Create(system).WithRememberEntities(coordinates), new Extractor());
        Say("starts");
        await ActorCluster.Get(system).JoinAsync(address);
        return new BenchNode(datastore, link, system, region);
    }

    /// <summary>Prints how many shards this node owns, whenever that has changed, until standard input ends.</summary>
    public async Task ServeAsync()
    {
        var end = Task.Run(Console.In.ReadToEnd);
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var owned = -1;
        while (!end.IsCompleted && await look.WaitForNextTickAsync())
        {
            var state = await _region.Ask<CurrentShardRegionState>(GetShardRegionState.Instance, TimeSpan.FromSeconds(5));
            if (state.Shards.Count == owned) continue;
            owned = state.Shards.Count;
            Say($"owns {owned}");
        }
    }

    /// <summary>Keeps so many questions under way; gives how many were answered.</summary>
    public async Task<long> AskAsync(int concurrent, int rounds)
    {
        await Task.WhenAll(Enumerable.Range(0, concurrent).Select(async asker =>
        {
            for (var round = 0; round < rounds; round++)
                await _region.Ask<Answer>(new Question((asker + round) % Entities), TimeSpan.FromSeconds(30));
        }));
        return (long)concurrent * rounds;
    }

    public async ValueTask DisposeAsync()
    {
        await _system.Terminate();
        _link.Dispose();
        await _datastore.DisposeAsync();
    }

    private static void Say(string what) => Console.WriteLine($"{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()} {what}");

    internal sealed record Question(int Entity);

    internal sealed record Answer(int Entity);

    private sealed class Extractor() : HashCodeMessageExtractor(Shards)
    {
        public override string? EntityId(object message) =>
            (message as Question)?.Entity.ToString(CultureInfo.InvariantCulture);
    }

    private sealed class Echo : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(new Answer(((Question)message).Entity), Self);
    }

    private sealed class Watcher : ReceiveActor
    {
        public Watcher()
        {
            ActorCluster.Get(Context.System).Subscribe(Self, ClusterEvent.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent));
            Receive<ClusterEvent.MemberUp>(up => Say($"sees {up.Member.Address.Host}"));
            Receive<ClusterEvent.MemberRemoved>(gone => Say($"misses {gone.Member.Address.Host}"));
        }
    }

    private sealed class OneOfEachShard : IRememberedEntities
    {
        private static readonly ImmutableArray<string> Ids =
        [
            .. Enumerable.Range(0, Entities).Select(id => id.ToString(CultureInfo.InvariantCulture))
                .DistinctBy(id => new Extractor().ShardId(id)),
        ];

        public Task<IReadOnlyCollection<string>> ListAsync(string typeName) => Task.FromResult<IReadOnlyCollection<string>>(Ids);
    }

    [JsonSerializable(typeof(Question))]
    [JsonSerializable(typeof(Answer))]
    private sealed partial class BenchJson : JsonSerializerContext;
}
