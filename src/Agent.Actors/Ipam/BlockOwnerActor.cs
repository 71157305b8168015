using System.Collections.Immutable;
using Agent.Actors.Introspection;
using Agent.Ipam;
using Agent.Primitives;

namespace Agent.Actors.Ipam;

/// <summary>The owner of this node's blocks: what is assigned stands in its journal before anybody hears of
/// it.</summary>
/// <remarks>
/// Decisions are <see cref="AssignmentPlan"/>'s and <see cref="ReleasePlan"/>'s; blocks come and go by
/// <see cref="BlockClaims"/>. Requests that need a block wait in order while one is claimed. The IPAMBlock resources
/// are publications for readers: at most one write a second and block, after the journal. A block of this node that
/// another journal claimed (the file was lost or exchanged) is left alone, and said so: what was given out in it is not
/// known.
/// </remarks>
public sealed partial class BlockOwnerActor : UntypedPersistentActor, IWithTimers
{
    /// <summary>How often a block is published at most.</summary>
    public static readonly TimeSpan PublishInterval = TimeSpan.FromSeconds(1);

    private const int EventsPerSnapshot = 500;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private readonly BlockOwner _owner;
    private readonly BlockClaims _claims;
    private readonly TimeProvider _time;
    private readonly IActorRef? _pools;
    private readonly Func<Task<ImmutableArray<IpAddr>>> _podAddresses;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly NodeBlocks _blocks;
    private readonly Queue<Request> _waiting = [];
    private IpamProtocol.SetPools _rules = new([], AddressSet.Empty, new IpamConfiguration());
    private ImmutableArray<IpPrefix> _foreign = [];
    private IActorRef? _planner;
    private bool _rowsKnown;
    private Pool? _claiming;
    private Request? _journaling;

    /// <summary>The owner of a node's blocks.</summary>
    public BlockOwnerActor(
        BlockOwner owner, BlockClaims claims, TimeProvider time, IActorRef? pools,
        Func<Task<ImmutableArray<IpAddr>>> podAddresses)
    {
        (_owner, _claims, _time, _pools, _podAddresses) = (owner, claims, time, pools, podAddresses);
        _blocks = new NodeBlocks(owner.Node);
    }

    /// <inheritdoc/>
    public override string PersistenceId => "ipam-" + _owner.Node;

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Props of an owner.</summary>
    /// <param name="owner">The node and its journal.</param>
    /// <param name="claims">How blocks are had and given back.</param>
    /// <param name="time">Paces publications.</param>
    /// <param name="pools">The region of the entities that decide which block is next; null where this node decides by
    /// itself.</param>
    /// <param name="podAddresses">The addresses to which the host has a pod's route; null where it has no pods.</param>
    public static Props For(
        BlockOwner owner, BlockClaims claims, TimeProvider time, IActorRef? pools = null,
        Func<Task<ImmutableArray<IpAddr>>>? podAddresses = null)
    {
        var orNone = podAddresses ?? (() => Task.FromResult(ImmutableArray<IpAddr>.Empty));
        return Props.Create(() => new BlockOwnerActor(owner, claims, time, pools, orNone));
    }

    /// <inheritdoc/>
    protected override void OnRecover(object message)
    {
        switch (message)
        {
            case SnapshotOffer { Snapshot: BlocksSnapshot snapshot }:
                foreach (var block in snapshot.Blocks) _blocks.Apply(block);
                break;
            case BlockEvent happened: _blocks.Apply(happened); break;
            case RecoveryCompleted:
                ReadRows();
                break;
        }
    }

    /// <inheritdoc/>
    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case IpamProtocol.Assign assign: OnAssign(new Request(assign, Sender)); break;
            case IpamProtocol.Release release: OnRelease(release, Sender); break;
            case IpamProtocol.GetAllocations: OnGetAllocations(Sender); break;
            case IpamProtocol.SetPools set:
                (_rules, _planner) = (set, Sender);
                TellOwnBlocks();
                GiveUpUnselected();
                break;
            case IpamProtocol.ClaimDone done: OnClaimDone(done); break;
            case IpamProtocol.Consulted consulted: OnConsulted(consulted); break;
            case IpamProtocol.ConsultedInVain vain: OnConsultedInVain(vain.Pool); break;
            case IpamProtocol.ProposalLost lost: Consult(lost.Pool, lost.Except); break;
            case IpamProtocol.SilenceOver: break;
            case IpamProtocol.ReadRows: ReadRows(); break;
            case IpamProtocol.RowsRead read: OnRowsRead(read); break;
            case IpamProtocol.RowsConfirmed: OnRowsConfirmed(); break;
            case IpamProtocol.RowsFailed failed: OnRowsFailed(failed.Cause.Message); break;
            case IpamProtocol.GraceOver over: OnGraceOver(over.Block); break;
            case IpamProtocol.UseKnown known: OnUseKnown(known); break;
            case IpamProtocol.PublishDue due: Publish(due.Block); break;
            case IpamProtocol.Published published: OnPublished(published); break;
            case IpamProtocol.PublishFailed failed: OnPublishFailed(failed); break;
            case IpamProtocol.GiveUp give: Withdraw(give.Block); break;
            case IpamProtocol.Withdrawn withdrawn:
                _withdrawn.Add(withdrawn.Block);
                CarryOutGiveUp(withdrawn.Block);
                break;
            case IpamProtocol.GivenUp given: OnGivenUp(given.Block); break;
            case IpamProtocol.GiveUpFailed failed:
                _log.Warning("block {0} cannot be given back yet: {1}", failed.Block, failed.Cause.Message);
                Timers.StartSingleTimer(("give up", failed.Block), new IpamProtocol.GiveUp(failed.Block), Pause);
                break;
            case SaveSnapshotSuccess saved:
                DeleteMessages(saved.Metadata.SequenceNr);
                DeleteSnapshots(new SnapshotSelectionCriteria(saved.Metadata.SequenceNr - 1));
                break;
            case SaveSnapshotFailure failed:
                _log.Warning("the state of the blocks could not be summed up in the journal: {0}",
                    failed.Cause.Message);
                break;
            case DeleteMessagesSuccess or DeleteSnapshotsSuccess: break;
            case DeleteMessagesFailure failed:
                _log.Warning("old journal entries could not be deleted: {0}", failed.Cause.Message);
                break;
            case DeleteSnapshotsFailure failed:
                _log.Warning("old summaries in the journal could not be deleted: {0}", failed.Cause.Message);
                break;
            case Describe: Sender.Tell(Description(), Self); break;
            default: Unhandled(message); break;
        }
    }

    private void OnAssign(Request request)
    {
        if (!_compared) _waiting.Enqueue(request);
        else if (Decide(request) is { } pool) Wait(request, pool);
    }

    /// <summary>Answers the request, or journals its address; the pool in which a block must be claimed first, where it
    /// needs one.</summary>
    private Pool? Decide(Request request)
    {
        var wish = new AssignmentRequest
        {
            Handle = request.Wish.Handle,
            Family = request.Wish.Family,
            Pools = request.Wish.Pools,
            Attributes = request.Wish.Attributes,
            PoolsWithoutBlocks = request.WithoutBlocks,
            NobodyLends = true,
            Reservations = _rules.Reservations,
            Configuration = _rules.Configuration,
        };
        switch (AssignmentPlan.Decide(_blocks, wish))
        {
            case AssignmentDecision.Existing existing: Answer(request, existing.Address); break;
            case AssignmentDecision.Assign(var happened):
                Journal(
                    happened,
                    () =>
                    {
                        Answer(request, happened.Address);
                        DecideWaiting();
                    },
                    request);
                break;
            case AssignmentDecision.ClaimNeeded(var pool): return pool;
            case AssignmentDecision.Refused(var error): Refuse(request, error); break;
            case var other: throw new InvalidOperationException($"no way to carry out {other}");
        }

        return null;
    }

    private void Answer(Request request, IpAddr address) =>
        request.ReplyTo.Tell(new IpamProtocol.Assigned(request.Wish.Handle, address, request.Wish.Attributes), Self);

    private void Refuse(Request request, string error) =>
        request.ReplyTo.Tell(new IpamProtocol.Refused(request.Wish.Handle, error), Self);

    /// <summary>The event is durable before anything follows from it.</summary>
    private void Journal(BlockEvent happened, Action then, Request? request = null)
    {
        _journaling = request;
        Persist(happened, kept =>
        {
            _journaling = null;
            _blocks.Apply(kept);
            PublishSoon(kept.Block);
            if (LastSequenceNr % EventsPerSnapshot == 0) SaveSnapshot(new BlocksSnapshot([.. _blocks.Snapshot()]));
            then();
        });
    }

    /// <summary>The actor stops now and comes back after a pause; who waits for it is told, since nothing is assigned
    /// to them.</summary>
    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
    {
        var reason = $"the journal of this node cannot be written: {cause.Message}";
        if (_journaling is { } failed) Refuse(failed, reason);
        foreach (var request in _waiting) Refuse(request, reason);
        base.OnPersistFailure(cause, @event, sequenceNr);
    }

    /// <summary>A block is claimed only once the rows of this node are known, so that the claim that a kill interrupted
    /// is not made twice.</summary>
    private void Wait(Request request, Pool pool)
    {
        _waiting.Enqueue(request);
        if (_rowsKnown) Claim(pool);
    }

    private void Claim(Pool pool)
    {
        if (_claiming is not null) return;
        _claiming = pool;
        if (_pools is null || Timers.IsTimerActive(SilenceTimer)) ClaimAlone(pool);
        else Consult(pool, []);
    }

    private void ClaimAlone(Pool pool)
    {
        _claims.ClaimAsync(pool, _rules.Reservations, [.. _blocks.Blocks.Select(owned => owned.Cidr)]).PipeTo(
            Self,
            success: outcome => new IpamProtocol.ClaimDone(pool, outcome),
            failure: cause => new IpamProtocol.ClaimDone(pool, new ClaimOutcome.Unavailable(cause.Message)));
    }

    private void OnClaimDone(IpamProtocol.ClaimDone done)
    {
        _claiming = null;
        switch (done.Outcome)
        {
            case ClaimOutcome.Claimed claimed:
                _log.Info("block {0} of pool {1} is this node's", claimed.Block, done.Pool.Name);
                Journal(new BlockEvent.Claimed(claimed.Block, done.Pool.Name, claimed.ClaimId, claimed.Sequence,
                    claimed.At), () =>
                    {
                        TellOwnBlocks();
                        DecideWaiting();
                    });
                break;
            case ClaimOutcome.NoFreeBlocks:
                foreach (var request in _waiting)
                    if (request.Wish.Pools.Any(pool => pool.Name == done.Pool.Name))
                        request.WithoutBlocks.Add(done.Pool.Name);
                DecideWaiting();
                break;
            case ClaimOutcome.Lost: DecideWaiting(); break;
            case ClaimOutcome.Unavailable(var reason):
                RefuseWaiting(reason);
                // The claim may have come half way, and its block is to be had all the same.
                Timers.StartSingleTimer("rows", IpamProtocol.ReadRows.Instance, Pause);
                break;
        }

        // What was to be given back waited for the claim.
        GiveUpUnselected();
    }

    private void RefuseWaiting(string reason)
    {
        foreach (var request in _waiting) Refuse(request, CannotClaim(reason));
        _waiting.Clear();
    }

    private static string CannotClaim(string reason) => $"failed to find or claim a block: {reason}";

    /// <summary>
    /// One after the other: an address is taken only once its event is applied, so after each that is journaled its
    /// handler comes back here.
    /// </summary>
    private void DecideWaiting()
    {
        while (_claiming is null && _journaling is null && !FinishInterrupted() && _waiting.TryPeek(out var request))
        {
            if (Decide(request) is { } pool)
            {
                if (_rowsKnown) Claim(pool);
                else if (_rowsError is { } reason) Refuse(_waiting.Dequeue(), CannotClaim(reason));
                else return;
            }
            else _waiting.Dequeue();
        }
    }

    private void OnRelease(IpamProtocol.Release release, IActorRef replyTo)
    {
        ForgetWaiting(release.Handles);
        BlockEvent.Released[] events = [.. release.Handles.SelectMany(handle => ReleasePlan.ByHandle(_blocks, handle))];
        var released = new IpamProtocol.Released(release.Handles, [.. events.Select(happened => happened.Address)]);
        if (events.Length == 0)
        {
            replyTo.Tell(released, Self);
            return;
        }

        var left = events.Length;
        PersistAll(events, kept =>
        {
            _blocks.Apply(kept);
            if (!_judged) _freed.Add(kept.Address);
            PublishSoon(kept.Block);
            if (--left > 0) return;
            replyTo.Tell(released, Self);
            GiveUpUnselected();
        });
    }

    /// <summary>Who gives its addresses back wants no more: an address that came later would be nobody's.</summary>
    private void ForgetWaiting(ImmutableArray<string> handles)
    {
        for (var left = _waiting.Count; left > 0; left--)
        {
            var request = _waiting.Dequeue();
            if (handles.Contains(request.Wish.Handle)) Refuse(request, "the address was given back meanwhile");
            else _waiting.Enqueue(request);
        }
    }

    private ImmutableArray<IpamProtocol.Assigned> Allocations() =>
    [
        .. from owned in _blocks.Blocks
           from ordinal in Enumerable.Range(0, owned.Block.Size)
           let allocation = owned.Block[ordinal]
           let handle = allocation?.Handle
           where handle is not null
           select new IpamProtocol.Assigned(handle, owned.Block.AddressOf(ordinal), allocation.Attributes),
    ];

    private IpamProtocol.Description Description() => new(
        [
            .. _blocks.Blocks.Select(owned =>
                $"{owned.Block} of {owned.Pool}{(owned.IsRestored ? ", restored" : owned.IsSealed ? ", sealed" : "")}"),
        ],
        _claiming?.Name,
        _waiting.Count,
        _foreign);

    private sealed class Request(IpamProtocol.Assign wish, IActorRef replyTo)
    {
        public IpamProtocol.Assign Wish { get; } = wish;

        public IActorRef ReplyTo { get; } = replyTo;

        public List<string> WithoutBlocks { get; } = [];
    }
}

/// <summary>The blocks of a node as the journal's snapshot keeps them: one event for each, which restores it.</summary>
public sealed record BlocksSnapshot(IReadOnlyList<BlockEvent.Restored> Blocks);
