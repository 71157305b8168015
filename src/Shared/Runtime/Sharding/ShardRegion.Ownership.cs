using Agent.Runtime.Actor;
using Agent.Runtime.Event;

namespace Agent.Runtime.Cluster.Sharding;

internal sealed partial class ShardRegion
{
    private readonly HashSet<string> _remembered = new(StringComparer.Ordinal);
    private IActorRef? _handOverTo;
    private bool _isLeaving;
    private bool _listsEntities;
    private long _requests;

    // Finding out.

    private void Resolve(ShardEntry shard)
    {
        if (_isLeaving)
            return;
        if (_view.Uid == 0 || setup.IsProxy)
        {
            ResolveByView(shard);
            return;
        }

        shard.Place = Place.Resolving;
        var request = shard.Request = ++_requests;
        _claims.ResolveAsync(shard.Id, _view.Uid).PipeTo(
            Self, Self, claim => new Resolved(shard.Id, request, claim),
            cause => new Resolved(shard.Id, request, new Claim.Open(cause.Message)));
    }

    /// <summary>A node that owns no shards sends to the member that ought to own it, which knows better if it does
    /// not.</summary>
    private void ResolveByView(ShardEntry shard)
    {
        var others = _view.Members.Where(k => k.Member.Address != SelfAddress && !k.IsUnreachable);
        if (_claims.Best(shard.Id, others.Select(k => k.Member)) is { } best)
        {
            SettleAt(shard, best);
            return;
        }

        setup.Cluster.Refresh();
        RetryLater(shard);
    }

    private void OnResolved(Resolved resolved)
    {
        if (!_shards.TryGetValue(resolved.ShardId, out var shard) || shard.Request != resolved.Request
            || shard.Place is not Place.Resolving)
            return;
        shard.Place = Place.Unknown;
        switch (resolved.Claim)
        {
            case Claim.Won won when !_isLeaving && setup.Cluster.Tenure.MayAct(won.Uid):
                Own(shard, won);
                break;
            case Claim.At(var home) when home != SelfAddress && IsReachable(home):
                SettleAt(shard, home);
                break;
            case Claim.Open(var why):
                Log.Debug("Sharding: shard {0} of {1} is without owner: {2}", shard.Id, setup.TypeName, why);
                RetryLater(shard);
                break;
            default:
                RetryLater(shard);
                break;
        }
    }

    /// <summary>Whether a node is a member that renews its lease: what is for another waits until it does, or another
    /// takes over.</summary>
    private bool IsReachable(Address node) => _view.Members.Any(k => k.Member.Address == node && !k.IsUnreachable);

    private void RetryLater(ShardEntry shard) =>
        Timers.StartSingleTimer("retry " + shard.Id, new Retry(shard.Id), setup.Cluster.Setup.RetryInterval);

    private void OnRetry(string shardId)
    {
        if (_shards.TryGetValue(shardId, out var shard) && shard.Place is Place.Unknown && IsWanted(shard))
            Resolve(shard);
    }

    private bool IsWanted(ShardEntry shard) =>
        shard.Buffer.Count > 0 || _remembered.Any(id => setup.Extractor.ShardId(id) == shard.Id);

    // Owning.

    private void Own(ShardEntry shard, Claim.Won won)
    {
        shard.Term = new ShardTerm(setup.Cluster.Tenure, won.Uid, won.Epoch);
        setup.Sharding.Begin(setup.TypeName, shard.Id, shard.Term);
        var (id, term) = (shard.Id, shard.Term);
        shard.Actor = Context.ActorOf(Props.Create(() => new Shard(setup, id, term)), Uri.EscapeDataString(id));
        Context.Watch(shard.Actor);
        shard.Place = Place.Owned;
        foreach (var entityId in _remembered.Where(e => setup.Extractor.ShardId(e) == id))
            shard.Actor.Tell(new ShardMessages.StartEntity(entityId), Self);
        Flush(shard);
    }

    private void Stop(ShardEntry shard, StopReason reason)
    {
        (shard.Place, shard.Reason) = (Place.Stopping, reason);
        if (reason is StopReason.Lapse)
        {
            Log.Warning("Sharding: the right to act for shard {0} of {1} has ended; its entities stop", shard.Id,
                setup.TypeName);
            shard.Term!.Close();
            Context.Stop(shard.Actor!);
        }
        else
        {
            shard.Actor!.Tell(new ShardMessages.HandOff(PoisonPill.Instance, setup.Cluster.Setup.HandOverTimeout),
                Self);
        }
    }

    private void OnShardEnded(IActorRef ended)
    {
        if (_shards.Values.FirstOrDefault(s => s.Actor is not null && s.Actor.Equals(ended)) is not { } shard)
            return;
        var moves = shard is { Place: Place.Stopping, Reason: StopReason.Move };
        EndTerm(shard);
        shard.Actor = null;
        if (moves)
        {
            shard.Place = Place.Releasing;
            Release(shard);
            return;
        }

        shard.Place = Place.Unknown;
        if (IsWanted(shard))
            Resolve(shard);
        SayHandedOver();
    }

    private void EndTerm(ShardEntry shard)
    {
        if (shard.Term is not { } term)
            return;
        term.Close();
        setup.Sharding.End(setup.TypeName, shard.Id, term);
    }

    private void CloseAll()
    {
        foreach (var shard in _shards.Values)
        {
            EndTerm(shard);
            while (shard.Buffer.TryDequeue(out var waiting))
                setup.Cluster.System.DeadLetters.Tell(waiting.Message, waiting.Sender);
        }

        _buffered = 0;
    }

    // Moving.

    private void OnTick()
    {
        foreach (var shard in _shards.Values.Where(s => s.Place is Place.Owned))
        {
            if (!shard.Term!.MayAct())
                Stop(shard, StopReason.Lapse);
            else if (!_isLeaving)
                MoveToBetter(shard);
        }

        ListEntities();
    }

    private void MoveToBetter(ShardEntry shard)
    {
        var now = setup.Cluster.Now;
        var candidates = _view.Members.Where(k =>
            k.Member.Address == SelfAddress || (!k.IsUnreachable && now - k.Since >= setup.Cluster.Setup.StableAfter));
        if (_claims.Best(shard.Id, candidates.Select(k => k.Member)) is not { } best || best == SelfAddress
            || !setup.Sharding.Moves.TryTake())
            return;
        Log.Info("Sharding: shard {0} of {1} moves to {2}", shard.Id, setup.TypeName, best);
        shard.Home = best;
        Stop(shard, StopReason.Move);
    }

    private void Release(ShardEntry shard)
    {
        var request = shard.Request = ++_requests;
        _claims.ReleaseAsync(shard.Id, shard.Term!.Epoch).PipeTo(
            Self, Self, _ => new Released(shard.Id, request, null), cause => new Released(shard.Id, request, cause));
    }

    private void OnReleased(Released released)
    {
        if (!_shards.TryGetValue(released.ShardId, out var shard) || shard.Request != released.Request
            || shard.Place is not Place.Releasing)
            return;
        if (released.Cause is { } cause)
        {
            // It may have been written, or be written later; it does no harm, as each start is preceded by a write of
            // its own.
            Log.Debug("Sharding: shard {0} of {1} could not be given back: {2}", shard.Id, setup.TypeName,
                cause.Message);
            shard.Place = Place.Unknown;
            RetryLater(shard);
        }
        else if (IsReachable(shard.Home!))
        {
            SettleAt(shard, shard.Home!);
        }
        else
        {
            shard.Place = Place.Unknown;
            if (IsWanted(shard))
                Resolve(shard);
        }

        SayHandedOver();
    }

    // Leaving.

    private void OnHandOver(IActorRef daemon)
    {
        (_isLeaving, _handOverTo) = (true, daemon);
        foreach (var shard in _shards.Values.Where(s => s.Place is Place.Owned))
            Stop(shard, StopReason.Leave);
        SayHandedOver();
    }

    private void SayHandedOver()
    {
        if (_handOverTo is not { } daemon || _shards.Values.Any(s => s.Actor is not null))
            return;
        _handOverTo = null;
        daemon.Tell(new ClusterMessages.HandedOver(), Self);
    }

    private void OnView(ClusterView view)
    {
        var before = _view;
        _view = view;
        if (_isLeaving && !view.Members.Any(k =>
            k.Member.Address == SelfAddress && k.Member.Status is MemberStatus.Leaving))
            _isLeaving = false;
        foreach (var shard in _shards.Values.ToList())
        {
            if (shard.Place is Place.Owned && !shard.Term!.MayAct())
                Stop(shard, StopReason.Lapse);
            else if (shard.Place is Place.Remote && !IsReachable(shard.Home!))
                shard.Place = Place.Unknown;
            if (shard.Place is Place.Unknown && IsWanted(shard))
                Resolve(shard);
        }

        if (before.Uid != view.Uid)
            ListEntities();
    }

    // Remembering.

    private void ListEntities()
    {
        if (!setup.Settings.RememberEntities || _view.Uid == 0 || setup.IsProxy || _listsEntities
            || setup.Cluster.Setup.RememberedEntities is not { } entities)
            return;
        _listsEntities = true;
        setup.Cluster.Within(() => entities.ListAsync(setup.TypeName)).PipeTo(
            Self, Self, ids => new Remembered(ids), cause => new Remembered(null));
    }

    private void OnRemembered(Remembered remembered)
    {
        _listsEntities = false;
        if (remembered.Ids is not { } ids)
            return;
        var members = _view.Members.Select(k => k.Member).ToList();
        foreach (var id in ids.Order(StringComparer.Ordinal))
        {
            var isNew = !_remembered.Contains(id);
            var shardId = setup.Extractor.ShardId(id);
            if (!_shards.TryGetValue(shardId, out var shard))
                _shards.Add(shardId, shard = new ShardEntry(shardId));
            if (shard.Place is Place.Owned && isNew)
                shard.Actor!.Tell(new ShardMessages.StartEntity(id), Self);
            else if (shard.Place is Place.Unknown or Place.Remote && _claims.Best(shardId, members) == SelfAddress)
                Resolve(shard);
        }

        _remembered.Clear();
        _remembered.UnionWith(ids);
    }

    private sealed record Resolved(string ShardId, long Request, Claim Claim);

    private sealed record Released(string ShardId, long Request, Exception? Cause);

    private sealed record Remembered(IReadOnlyCollection<string>? Ids);

    private sealed record Retry(string ShardId);
}
