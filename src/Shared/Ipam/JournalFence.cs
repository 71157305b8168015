using Agent.Primitives;

namespace Agent.Ipam;

/// <summary>What the datastore says of one block that is this node's, or was.</summary>
/// <param name="Block">The block.</param>
public sealed record BlockEvidence(IpPrefix Block)
{
    /// <summary>The id of the journal that the node's BlockAffinity names; null where there is none.</summary>
    public string? JournalOfRow { get; init; }

    /// <summary>The start of the agent that wrote the BlockAffinity last; 0 where it does not say.</summary>
    public long Incarnation { get; init; }

    /// <summary>The claim that the BlockAffinity names.</summary>
    public string ClaimId { get; init; } = "";

    /// <summary>The IPAMBlock; null where there is none.</summary>
    public PublishedBlock? Published { get; init; }

    /// <summary>The id of the journal from which it was published; null where it does not say.</summary>
    public string? JournalOfPublication { get; init; }

    /// <summary>The sequence number at which it was published.</summary>
    public ulong Sequence { get; init; }
}

/// <summary>A block of which more was published than the journal knows.</summary>
/// <param name="Block">The block.</param>
/// <param name="What">What was found.</param>
/// <param name="Events">What takes over what was published, and lets nothing be assigned from the block.</param>
/// <param name="OtherOwner">The block's affinity, where it is not this node's.</param>
public sealed record JournalGap(
    IpPrefix Block, string What, IReadOnlyList<BlockEvent> Events, string? OtherOwner = null);

/// <summary>Notices that a journal is an older copy of the one that was written last: its free addresses may be in use,
/// and its blocks another node's.</summary>
/// <remarks>
/// A publication follows the journal, so it is never ahead of the true one; a BlockAffinity bears the number of the
/// start that wrote it, which only grows; and a pod is wired after its address is journaled, and unwired before the
/// address is free. What the datastore has by another journal is not judged here.
/// </remarks>
public static class JournalFence
{
    /// <summary>Compares the journal with the datastore.</summary>
    /// <param name="blocks">What the journal says.</param>
    /// <param name="journalId">The journal's id.</param>
    /// <param name="incarnation">The number of this start; 0 where starts are not counted.</param>
    /// <param name="wroteRows">Whether this start may have written rows already.</param>
    /// <param name="evidence">The datastore's side, at least of all the journal's blocks and all the node's
    /// rows.</param>
    /// <param name="pods">The addresses to which this host has a pod's route.</param>
    /// <param name="poolOf">The name of the pool in which a block lies.</param>
    public static IReadOnlyList<JournalGap> Compare(
        NodeBlocks blocks, string journalId, long incarnation, bool wroteRows, IReadOnlyList<BlockEvidence> evidence,
        IReadOnlyCollection<IpAddr> pods, Func<IpPrefix, string> poolOf)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        ArgumentNullException.ThrowIfNull(evidence);
        ArgumentNullException.ThrowIfNull(pods);
        ArgumentNullException.ThrowIfNull(poolOf);
        var affinity = blocks.Affinity;
        var isOlder = incarnation > 0 && evidence.Any(each => each.JournalOfRow == journalId
            && (each.Incarnation > incarnation || (each.Incarnation == incarnation && !wroteRows)));
        var gaps = new List<JournalGap>();
        foreach (var each in evidence)
        {
            if (blocks.Find(each.Block) is { } owned)
            {
                if (OtherOwner(each, affinity) is not { } other)
                {
                    if (WhyBehind(owned, each) is { } what) gaps.Add(Behind(blocks, each, owned, what));
                }
                else if (!owned.IsSealed)
                    gaps.Add(new JournalGap(each.Block, $"it belongs to {other}", [new BlockEvent.Sealed(each.Block)],
                        other));
            }
            else if (each.JournalOfRow == journalId && each.Published is { Deleted: false } published
                && published.Affinity == affinity && (isOlder || IsPublishedBy(journalId, each)))
                gaps.Add(Unknown(each, published, poolOf(each.Block)));
        }

        return gaps;

        string? WhyBehind(OwnedBlock owned, BlockEvidence each)
        {
            if (each.Published?.Affinity == affinity && IsPublishedBy(journalId, each)
                && each.Sequence > owned.Block.SequenceNumber)
                return FormattableString.Invariant(
                    $"published at sequence {each.Sequence}, the journal knows {owned.Block.SequenceNumber}");
            if (owned.IsRestored) return null;
            if (UnknownPod(owned, pods) is { } pod) return $"a pod has {pod}, which is free in the journal";
            return isOlder ? "of this start or a later one there are rows already" : null;
        }
    }

    private static string? OtherOwner(BlockEvidence evidence, string affinity) =>
        evidence.Published is { Deleted: false, Affinity: { } other } && other != affinity ? other : null;

    // An older release published without saying from where; a claim that was interrupted has nothing assigned.
    private static bool IsPublishedBy(string journalId, BlockEvidence evidence) =>
        evidence.JournalOfPublication is { } journal
            ? journal == journalId
            : evidence.Published!.Allocations.Any(allocation => allocation is not null);

    private static IpAddr? UnknownPod(OwnedBlock owned, IReadOnlyCollection<IpAddr> pods)
    {
        foreach (var pod in pods)
            if (owned.Cidr.Contains(pod) && owned.Block[owned.Block.OrdinalOf(pod)] is null) return pod;
        return null;
    }

    private static JournalGap Unknown(BlockEvidence evidence, PublishedBlock published, string pool) => new(
        evidence.Block,
        FormattableString.Invariant($"published at sequence {evidence.Sequence}, and not in the journal"),
        BlockPublication.TryRestore(published, out _) is null
            ? []
            : [Restored(evidence.Block, pool, evidence.ClaimId, published)]);

    private static JournalGap Behind(NodeBlocks blocks, BlockEvidence evidence, OwnedBlock owned, string what)
    {
        var known = evidence.Published is { } published && published.Affinity == blocks.Affinity
            && evidence.Sequence > owned.Block.SequenceNumber
            && BlockPublication.TryRestore(published, out _) is not null
                ? published
                : blocks.Publish(owned);
        BlockEvent[] first = owned.IsSealed ? [] : [new BlockEvent.Sealed(evidence.Block)];
        return new JournalGap(
            evidence.Block,
            what,
            [.. first, new BlockEvent.Unclaimed(evidence.Block),
                Restored(evidence.Block, owned.Pool, owned.ClaimId, known)]);
    }

    private static BlockEvent.Restored Restored(
        IpPrefix block, string pool, string claimId, PublishedBlock published) =>
        new(block, pool, claimId, published, IsSealed: true, IsRestored: true);
}
