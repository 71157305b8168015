using System.Collections.Immutable;
using Agent.Ipam;
using Agent.Primitives;

namespace Agent.Actors.Ipam;

/// <summary>The journal's own fence: nothing is assigned, and nobody is told what is, before the journal was compared
/// with what was published from it.</summary>
/// <remarks>
/// Where the journal is an older copy, what was published is taken over, nothing is assigned from those blocks any
/// more, and each is given back once nobody can have an address of it: when it is empty, <see cref="Grace"/> is over,
/// and the host has no route to a pod in it. Without a datastore there is nothing to compare with: the journal is
/// believed.
/// </remarks>
public sealed partial class BlockOwnerActor
{
    /// <summary>For how long at least a block of which too little is known is kept.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(15);

    private readonly List<IActorRef> _asking = [];
    private readonly SortedSet<IpPrefix> _unused = [];
    private readonly SortedSet<IpAddr> _freed = [];
    private bool _compared;
    private bool _judged;
    private string? _rowsError;

    private void ReadRows()
    {
        (_rowsKnown, _rowsError) = (false, null);
        ReadAsync([.. _blocks.Blocks.Select(owned => owned.Cidr)]).PipeTo(
            Self,
            success: read => read,
            failure: cause => new IpamProtocol.RowsFailed(cause));
    }

    private async Task<IpamProtocol.RowsRead> ReadAsync(ImmutableArray<IpPrefix> own)
    {
        var pods = await _podAddresses();
        return new IpamProtocol.RowsRead(await _claims.RowsAsync(own), pods);
    }

    private void OnRowsRead(IpamProtocol.RowsRead read)
    {
        // Once: later the node itself is what changes the rows while they are read.
        var rows = read.Rows;
        var gaps = _judged ? [] : JournalFence.Compare(
            _blocks, _owner.JournalId, _owner.Incarnation, _claims.WroteRows, [.. rows.Select(row => row.Evidence)],
            [.. read.Pods.Where(pod => !_freed.Contains(pod))],
            block => _rules.Pools.FirstOrDefault(pool => pool.Cidr.Contains(block))?.Name ?? "");
        _judged = true;
        foreach (var lost in gaps.Where(gap => gap.OtherOwner is not null)) LogLost(lost.Block);
        JournalGap[] older = [.. gaps.Where(gap => gap.OtherOwner is null)];
        if (older.Length > 0)
        {
            _log.Error(
                "the journal {0} of this node is older than what was published from it (block {1}): its file was "
                + "replaced by an older copy. Nothing is assigned from these blocks any more; what was published is "
                + "taken over, existing pods keep their addresses, new ones get addresses of new blocks. To have the "
                + "blocks back at once, stop the agent and put the latest journal back; otherwise there is nothing to "
                + "do, and each is given back when its pods are gone",
                _owner.JournalId, string.Join("; block ", older.Select(gap => $"{gap.Block}: {gap.What}")));
        }

        BlockEvent[] events = [.. gaps.SelectMany(gap => gap.Events)];
        if (events.Length == 0)
        {
            OnCompared(rows, gaps);
            return;
        }

        var left = events.Length;
        PersistAll(events, kept =>
        {
            _blocks.Apply(kept);
            if (--left == 0) OnCompared(rows, gaps);
        });
    }

    private void OnCompared(ImmutableArray<AffinityRow> rows, IReadOnlyList<JournalGap> gaps)
    {
        Believe();
        TellOwnBlocks();
        foreach (var owned in _blocks.Blocks.Where(owned => owned.IsRestored)) Keep(owned.Cidr);
        OnRows(rows, gaps);
    }

    private void OnRowsFailed(string reason)
    {
        _log.Warning("the blocks of this node cannot be compared with the datastore: {0}", reason);
        _rowsError = reason;
        Believe();
        DecideWaiting();
        Timers.StartSingleTimer("rows", IpamProtocol.ReadRows.Instance, Pause);
    }

    private void Believe()
    {
        _compared = true;
        foreach (var asking in _asking) asking.Tell(new IpamProtocol.Allocations(Allocations()), Self);
        _asking.Clear();
    }

    private void OnGetAllocations(IActorRef asking)
    {
        if (_compared) asking.Tell(new IpamProtocol.Allocations(Allocations()), Self);
        else if (!_asking.Contains(asking)) _asking.Add(asking);
    }

    private void Keep(IpPrefix block)
    {
        var timer = ("grace", block);
        if (!Timers.IsTimerActive(timer))
            Timers.StartSingleTimer(timer, new IpamProtocol.GraceOver(block), Grace);
    }

    private void OnGraceOver(IpPrefix block)
    {
        if (_blocks.Find(block) is not { IsRestored: true }) return;
        _podAddresses().PipeTo(
            Self,
            success: pods => new IpamProtocol.UseKnown(block, pods.Any(block.Contains)),
            failure: _ => new IpamProtocol.UseKnown(block, true));
    }

    private void OnUseKnown(IpamProtocol.UseKnown known)
    {
        if (_blocks.Find(known.Block) is not { IsRestored: true } owned) return;
        if (known.IsInUse || !owned.Block.IsEmpty)
        {
            Keep(known.Block);
            return;
        }

        _unused.Add(known.Block);
        GiveUpUnselected();
    }

    private bool MayBeGivenUp(OwnedBlock owned) => owned.Block.IsEmpty && !_givingUp.Contains(owned.Cidr)
        && (owned.IsRestored ? _unused.Contains(owned.Cidr) : owned.IsSealed || !IsSelected(owned.Cidr));

    private bool IsSelected(IpPrefix block) =>
        _rules.Pools.Any(pool => pool.SelectsNode && pool.Cidr.Contains(block));

    /// <summary>What readers may know: a block that is given up is the datastore's business.</summary>
    private bool IsPublic(OwnedBlock owned) =>
        !_givingUp.Contains(owned.Cidr) && (owned.IsRestored || !owned.IsSealed);

    private void TellOwnBlocks() => _planner?.Tell(
        new IpamProtocol.OwnBlocks([.. _blocks.Blocks.Where(IsPublic).Select(owned => owned.Cidr)]), Self);
}
