using Agent.Runtime.Actor;
using Agent.Runtime.Event;

namespace Agent.Runtime.Cluster.Sharding;

/// <summary>One type's door on one node: takes messages for entities wherever they are, and runs the shards that this
/// node owns.</summary>
/// <remarks>
/// This file routes; <c>.Ownership</c> claims shards, moves them and gives them up; <c>.Queries</c> answers questions.
/// Each shard is in one <see cref="Place"/>. What comes while that is open waits in order. A region that is sent a
/// message for a shard that is elsewhere passes it on, a few times at most, and tells the node where it came from.
/// </remarks>
internal sealed partial class ShardRegion(ShardRegionSetup setup) : UntypedActor, IWithTimers
{
    private const int DoubtfulHops = 2;
    private const int MaxHops = 6;

    private readonly Dictionary<string, ShardEntry> _shards = new(StringComparer.Ordinal);
    private readonly ShardClaims _claims = new(setup.Cluster, setup.TypeName, setup.Settings.Role);
    private string _path = "";
    private ClusterView _view = ClusterView.Empty;
    private int _buffered;

    public ITimerScheduler Timers { get; set; } = null!;

    private Address SelfAddress => setup.Cluster.SelfAddress;

    private ILoggingAdapter Log => setup.Cluster.System.Log;

    protected override void PreStart()
    {
        _path = setup.Cluster.RemotePathOf(Self).ToString();
        Timers.StartPeriodicTimer("tick", new Tick(), TimeSpan.FromSeconds(1));
    }

    protected override void PreRestart(Exception reason, object message)
    {
        CloseAll();
        base.PreRestart(reason, message);
    }

    protected override void PostRestart(Exception reason)
    {
        base.PostRestart(reason);
        setup.Cluster.Register(Self);
    }

    protected override void PostStop() => CloseAll();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ShardMessages.Routed routed:
                Route(new ShardEntry.Waiting(routed.Message, SenderOrNull(), routed.Hops, routed.Origin));
                break;
            case ShardMessages.Returned(var returned):
                Route(new ShardEntry.Waiting(returned, SenderOrNull(), 0, _path));
                break;
            case ShardMessages.HomeIs(var shardId, var home): OnHomeIs(shardId, home); break;
            case ClusterView view: OnView(view); break;
            case ClusterMessages.HandOver: OnHandOver(Sender); break;
            case Resolved resolved: OnResolved(resolved); break;
            case Released released: OnReleased(released); break;
            case Remembered remembered: OnRemembered(remembered); break;
            case Retry(var shardId): OnRetry(shardId); break;
            case Tick: OnTick(); break;
            case Terminated ended: OnShardEnded(ended.ActorRef); break;
            case GetShardRegionState: TellState(Sender); break;
            case ShardMessages.GetStats: TellStats(Sender); break;
            case GetClusterShardingStats query: TellClusterStats(query, Sender); break;
            default: Route(new ShardEntry.Waiting(message, SenderOrNull(), 0, _path)); break;
        }
    }

    private void Route(in ShardEntry.Waiting waiting)
    {
        if (setup.Extractor.EntityId(waiting.Message) is not { Length: > 0 } entityId)
        {
            Unhandled(waiting.Message);
            return;
        }

        var shardId = setup.Extractor.ShardId(entityId, waiting.Message);
        if (!_shards.TryGetValue(shardId, out var shard))
            _shards.Add(shardId, shard = new ShardEntry(shardId));
        if (shard.Place is Place.Owned && !shard.Term!.MayAct())
            Stop(shard, StopReason.Lapse);
        switch (shard.Place)
        {
            case Place.Owned:
                Deliver(shard, entityId, waiting);
                break;
            case Place.Remote when waiting.Hops < DoubtfulHops:
                PassOn(shard.Home!, waiting);
                break;
            case Place.Remote when waiting.Hops < MaxHops:
                // Others point here: look again before pointing at somebody else.
                shard.Place = Place.Unknown;
                Keep(shard, waiting);
                Resolve(shard);
                break;
            case Place.Remote:
                // Everybody points at somebody else: wait until the members' views have met.
                shard.Place = Place.Unknown;
                Keep(shard, waiting with { Hops = 0 });
                RetryLater(shard);
                break;
            case Place.Unknown when shard.Buffer.Count == 0:
                Keep(shard, waiting);
                Resolve(shard);
                break;
            default:
                Keep(shard, waiting);
                break;
        }
    }

    private void Deliver(ShardEntry shard, string entityId, in ShardEntry.Waiting waiting)
    {
        shard.Actor!.Tell(new ShardMessages.ToEntity(entityId, waiting.Message), waiting.Sender);
        if (waiting.Hops > 1 && setup.Cluster.Remoting is { } remoting
            && ActorPath.TryParse(waiting.Origin, out var origin))
            remoting.Resolve(origin!).Tell(new ShardMessages.HomeIs(shard.Id, SelfAddress), Self);
    }

    private void PassOn(Address home, in ShardEntry.Waiting waiting) =>
        RegionAt(home).Tell(new ShardMessages.Routed(waiting.Message, waiting.Hops + 1, waiting.Origin),
            waiting.Sender);

    private void Keep(ShardEntry shard, in ShardEntry.Waiting waiting)
    {
        if (_buffered >= setup.Cluster.Setup.BufferSize)
        {
            Log.Warning("Sharding: the buffer of {0} is full; a message for shard {1} is dropped", setup.TypeName,
                shard.Id);
            setup.Cluster.System.DeadLetters.Tell(waiting.Message, waiting.Sender);
            return;
        }

        shard.Buffer.Enqueue(waiting);
        _buffered++;
    }

    /// <summary>The shard is here: what waits goes to its entities.</summary>
    private void Flush(ShardEntry shard)
    {
        for (var left = shard.Buffer.Count; left > 0; left--)
        {
            var waiting = shard.Buffer.Dequeue();
            _buffered--;
            Route(waiting);
        }
    }

    private void SettleAt(ShardEntry shard, Address home)
    {
        (shard.Place, shard.Home) = (Place.Remote, home);
        while (shard.Buffer.TryDequeue(out var waiting))
        {
            _buffered--;
            PassOn(home, waiting);
        }
    }

    private void OnHomeIs(string shardId, Address home)
    {
        if (home != SelfAddress && _shards.TryGetValue(shardId, out var shard) && shard.Place is Place.Remote)
            shard.Home = home;
    }

    private IActorRef RegionAt(Address node) => setup.Sharding.RegionAt(node, setup.TypeName);

    private IActorRef? SenderOrNull() => Sender.Equals(setup.Cluster.System.DeadLetters) ? null : Sender;

    private sealed record Tick;
}
