using System.Collections.Immutable;
using Agent.Actors.Routing;
using Agent.Ipam;
using Agent.Primitives;
using Agent.Resources;

namespace Agent.Actors.Ipam;

/// <summary>The owner's dealings with the datastore: rows that an interrupted claim left, publications, blocks that are
/// given back.</summary>
public sealed partial class BlockOwnerActor
{
    private static readonly TimeSpan WithdrawPatience = TimeSpan.FromSeconds(10);

    private readonly SortedDictionary<IpPrefix, Publication> _publications = [];
    private readonly SortedSet<IpPrefix> _givingUp = [];
    private readonly SortedSet<IpPrefix> _withdrawn = [];
    private readonly Queue<IpPrefix> _interrupted = new();

    /// <summary>After a start: finish claims that a kill interrupted, publish what the journal has, say what another
    /// journal claimed.</summary>
    private void OnRows(ImmutableArray<AffinityRow> rows, IReadOnlyList<JournalGap> gaps)
    {
        var unknown = rows.Where(row => row.State is not null && _blocks.Find(row.Block) is null).ToList();
        _foreign = [.. unknown.Where(row => row.Evidence.JournalOfRow != _owner.JournalId).Select(row => row.Block)];
        if (_foreign.Length > 0)
        {
            _log.Error(
                "blocks {0} of this node were claimed by another journal than {1}: that file is gone or was "
                + "exchanged. Their addresses are not "
                + "given out again; existing pods keep theirs. Restore the journal file; or, once their pods are "
                + "gone, free them with "
                + "'agentctl delete blockaffinity' and 'agentctl delete ipamblock'",
                string.Join(", ", _foreign), _owner.JournalId);
        }

        _interrupted.Clear();
        foreach (var row in unknown)
        {
            if (row.Evidence.JournalOfRow == _owner.JournalId && row.State != AffinityState.PendingDeletion
                && gaps.All(gap => gap.Block != row.Block))
                _interrupted.Enqueue(row.Block);
        }

        var confirmed = rows.Where(row => row.State == AffinityState.Confirmed).Select(row => row.Block).ToHashSet();
        var wanting = ImmutableArray.CreateBuilder<IpPrefix>();
        foreach (var owned in _blocks.Blocks.Where(IsPublic))
        {
            PublishSoon(owned.Cidr);
            if (confirmed.Contains(owned.Cidr)) continue;
            _log.Warning("the BlockAffinity of {0} was gone or not confirmed: it is written again", owned.Cidr);
            wanting.Add(owned.Cidr);
        }

        // Nothing is given back meanwhile: the row of a block that is another's by then must not come back.
        _claims.ConfirmAsync(wanting.ToImmutable()).PipeTo(
            Self,
            success: () => IpamProtocol.RowsConfirmed.Instance,
            failure: cause => new IpamProtocol.RowsFailed(cause));
        DecideWaiting();
    }

    private void OnRowsConfirmed()
    {
        _rowsKnown = true;
        DecideWaiting();
        GiveUpUnselected();
    }

    /// <summary>Carries on with the claim of one block whose row an earlier attempt left; false when there is
    /// none.</summary>
    private bool FinishInterrupted()
    {
        while (_interrupted.TryDequeue(out var block))
        {
            if (_blocks.Find(block) is not null) continue;
            var pool = _rules.Pools.FirstOrDefault(pool => pool.Cidr.Contains(block))
                ?? new Pool { Name = "", Cidr = block, BlockSize = block.Length };
            _claiming = pool;
            _claims.TakeAsync(block).PipeTo(
                Self,
                success: claimed =>
                    new IpamProtocol.ClaimDone(pool, claimed ?? (ClaimOutcome)ClaimOutcome.Lost.Instance),
                failure: cause => new IpamProtocol.ClaimDone(pool, new ClaimOutcome.Unavailable(cause.Message)));
            return true;
        }

        return false;
    }

    private void PublishSoon(IpPrefix block)
    {
        if (!_publications.TryGetValue(block, out var publication))
            _publications[block] = publication = new Publication();
        publication.Version++;
        if (publication.UnderWay || publication.Scheduled) return;
        var wait = publication.Last is { } last ? PublishInterval - _time.GetElapsedTime(last) : TimeSpan.Zero;
        if (wait <= TimeSpan.Zero)
        {
            Publish(block);
            return;
        }

        publication.Scheduled = true;
        Timers.StartSingleTimer(("publish", block), new IpamProtocol.PublishDue(block), wait);
    }

    private void Publish(IpPrefix block)
    {
        if (!_publications.TryGetValue(block, out var publication)) return;
        publication.Scheduled = false;
        if (_blocks.Find(block) is not { } owned || !IsPublic(owned)) return;
        (publication.UnderWay, publication.Last) = (true, _time.GetTimestamp());
        var version = publication.Version;
        _claims.PublishAsync(_blocks.Publish(owned)).PipeTo(
            Self,
            success: isOurs => new IpamProtocol.Published(block, version, isOurs),
            failure: cause => new IpamProtocol.PublishFailed(block, cause));
    }

    private void OnPublished(IpamProtocol.Published published)
    {
        if (!_publications.TryGetValue(published.Block, out var publication)) return;
        publication.UnderWay = false;
        if (_givingUp.Contains(published.Block)) CarryOutGiveUp(published.Block);
        else if (!published.IsOurs) SealLost(published.Block);
        else if (publication.Version != published.Version) PublishAgain(published.Block, publication);
    }

    private void OnPublishFailed(IpamProtocol.PublishFailed failed)
    {
        if (!_publications.TryGetValue(failed.Block, out var publication)) return;
        publication.UnderWay = false;
        if (_givingUp.Contains(failed.Block))
        {
            CarryOutGiveUp(failed.Block);
            return;
        }

        _log.Warning("block {0} cannot be published: {1}; what is assigned stands in the journal", failed.Block,
            failed.Cause.Message);
        PublishAgain(failed.Block, publication);
    }

    /// <summary>The datastore is the arbiter: a block that it gives to another is used up by its pods here, and then
    /// forgotten.</summary>
    private void SealLost(IpPrefix block)
    {
        if (_blocks.Find(block) is not { IsSealed: false }) return;
        LogLost(block);
        Journal(new BlockEvent.Sealed(block), GiveUpUnselected);
    }

    private void LogLost(IpPrefix block) => _log.Error(
        "block {0} of this node has another owner in the datastore: nothing is assigned from it any more", block);

    private void PublishAgain(IpPrefix block, Publication publication)
    {
        publication.Scheduled = true;
        Timers.StartSingleTimer(("publish", block), new IpamProtocol.PublishDue(block), PublishInterval);
    }

    /// <summary>An empty block of a pool that does not select this node (or is gone) is given back at once (spec
    /// calico-ipam-cni-cli 2.9).</summary>
    private void GiveUpUnselected()
    {
        if (_planner is null || !_rowsKnown || _claiming is not null || _waiting.Count > 0) return;
        OwnedBlock[] idle = [.. _blocks.Blocks.Where(MayBeGivenUp)];
        foreach (var owned in idle)
        {
            var block = owned.Cidr;
            _givingUp.Add(block);
            if (owned.IsSealed) Withdraw(block);
            else Journal(new BlockEvent.Sealed(block), () => Withdraw(block));
        }
    }

    /// <summary>The node's routes follow the rows, which come late: another node may have the block only after this one
    /// has stopped to announce it.</summary>
    private void Withdraw(IpPrefix block) =>
        _planner!.Ask<RouteProtocol.Settled>(new IpamProtocol.Withdraw(block), WithdrawPatience).PipeTo(
            Self,
            success: _ => new IpamProtocol.Withdrawn(block),
            failure: cause => new IpamProtocol.GiveUpFailed(block, cause));

    private void CarryOutGiveUp(IpPrefix block)
    {
        // A publication under way would put the block back after it is deleted: its end brings us here again.
        if (!_withdrawn.Contains(block) || _blocks.Find(block) is not { } owned
            || (_publications.TryGetValue(block, out var publication) && publication.UnderWay)) return;
        _claims.GiveUpAsync(_blocks.Publish(owned)).PipeTo(
            Self,
            success: () => new IpamProtocol.GivenUp(block),
            failure: cause => new IpamProtocol.GiveUpFailed(block, cause));
    }

    private void OnGivenUp(IpPrefix block)
    {
        if (_blocks.Find(block) is null) return;
        Persist(new BlockEvent.Unclaimed(block), kept =>
        {
            _blocks.Apply(kept);
            _publications.Remove(block);
            _givingUp.Remove(block);
            _withdrawn.Remove(block);
            _unused.Remove(block);
            _log.Info("block {0} was given back", block);
        });
    }

    private sealed class Publication
    {
        public long Version { get; set; }

        /// <summary>When it was last written; a timestamp of the monotonic clock.</summary>
        public long? Last { get; set; }

        public bool UnderWay { get; set; }

        public bool Scheduled { get; set; }
    }
}
