using System.Collections.Immutable;
using Agent.Runtime.Actor;

namespace Agent.Runtime.Cluster.Sharding;

/// <summary>The parent of a shard's entities: starts them by their first message, passivates them, and stops them all
/// when the shard moves.
/// </summary>
/// <remarks>Messages for an entity that is being passivated wait, in order, for its next incarnation. An entity that
/// ends by itself is made again by its next message.</remarks>
internal sealed class Shard(ShardRegionSetup setup, string shardId, ShardTerm term) : UntypedActor, IWithTimers
{
    private readonly Dictionary<string, Entity> _entities = new(StringComparer.Ordinal);
    private readonly Dictionary<IActorRef, Entity> _byRef = [];
    private bool _handingOff;

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        if (setup.Settings.Idle is { } idle)
            Timers.StartPeriodicTimer("idle", new CheckIdle(), idle / 2);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ShardMessages.ToEntity to: Deliver(to); break;
            case Passivate passivate: OnPassivate(Sender, passivate.StopMessage); break;
            case ShardMessages.StartEntity(var id): OnStartEntity(id); break;
            case ShardMessages.GetState:
                Sender.Tell(new ShardState(shardId, _entities.Keys.ToImmutableHashSet(StringComparer.Ordinal)), Self);
                break;
            case ShardMessages.HandOff handOff: OnHandOff(handOff); break;
            case CheckIdle: PassivateIdle(); break;
            case GiveUpHandOff: StopAll(); break;
            case Terminated ended: OnEnded(ended.ActorRef); break;
            default: Unhandled(message); break;
        }
    }

    private void Deliver(ShardMessages.ToEntity to)
    {
        if (_handingOff)
        {
            Context.Parent.Forward(new ShardMessages.Returned(to.Message));
            return;
        }

        var entity = _entities.GetValueOrDefault(to.EntityId) ?? Start(to.EntityId);
        if (entity.Waiting is { } waiting)
            waiting.Enqueue((to.Message, Sender));
        else
            Hand(entity, to.Message, Sender);
    }

    private void Hand(Entity entity, object message, IActorRef sender)
    {
        entity.LastMessage = setup.Cluster.Now;
        entity.Ref.Tell(setup.Extractor.EntityMessage(message), sender);
    }

    private void OnStartEntity(string id)
    {
        if (!_handingOff && !_entities.ContainsKey(id))
            Start(id);
    }

    private Entity Start(string id)
    {
        var entity = new Entity(id,
            Context.ActorOf(setup.EntityProps(id).WithGate(term.MayAct), Uri.EscapeDataString(id)))
        {
            LastMessage = setup.Cluster.Now,
        };
        Context.Watch(entity.Ref);
        _entities.Add(id, entity);
        _byRef.Add(entity.Ref, entity);
        return entity;
    }

    private void OnPassivate(IActorRef who, object stopMessage)
    {
        if (_byRef.TryGetValue(who, out var entity) && entity.Waiting is null && !_handingOff)
            Passivate(entity, stopMessage);
    }

    private void Passivate(Entity entity, object stopMessage)
    {
        entity.Waiting = new Queue<(object, IActorRef)>();
        entity.Ref.Tell(stopMessage, Self);
    }

    private void PassivateIdle()
    {
        if (_handingOff || setup.Settings.Idle is not { } idle)
            return;
        foreach (var entity in _entities.Values.Where(e =>
            e.Waiting is null && setup.Cluster.Now - e.LastMessage >= idle).ToList())
            Passivate(entity, PoisonPill.Instance);
    }

    private void OnEnded(IActorRef ended)
    {
        if (!_byRef.Remove(ended, out var entity))
            return;
        _entities.Remove(entity.Id);
        if (_handingOff)
        {
            foreach (var (message, sender) in entity.Waiting ?? [])
                Context.Parent.Tell(new ShardMessages.Returned(message), sender);
            StopIfEmpty();
            return;
        }

        if (entity.Waiting is not { Count: > 0 } waiting)
            return;
        var next = Start(entity.Id);
        foreach (var (message, sender) in waiting)
            Hand(next, message, sender);
    }

    private void OnHandOff(ShardMessages.HandOff handOff)
    {
        _handingOff = true;
        foreach (var entity in _entities.Values.Where(e => e.Waiting is null))
            entity.Ref.Tell(handOff.StopMessage, Self);
        Timers.StartSingleTimer("give up", new GiveUpHandOff(), handOff.Timeout);
        StopIfEmpty();
    }

    private void StopAll()
    {
        foreach (var entity in _entities.Values)
            Context.Stop(entity.Ref);
    }

    private void StopIfEmpty()
    {
        if (_entities.Count == 0)
            Context.Stop(Self);
    }

    private sealed class Entity(string id, IActorRef actor)
    {
        public string Id { get; } = id;

        public IActorRef Ref { get; } = actor;

        public TimeSpan LastMessage { get; set; }

        /// <summary>What waits for the next incarnation while this one is being passivated; null where it is
        /// not.</summary>
        public Queue<(object Message, IActorRef Sender)>? Waiting { get; set; }
    }

    private sealed record CheckIdle;

    private sealed record GiveUpHandOff;
}
