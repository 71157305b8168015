using System.Collections.Immutable;
using System.Globalization;
using Agent.Datastore;
using Agent.Ipam;
using Agent.Primitives;
using Agent.Resources;

namespace Agent.Actors.Ipam;

/// <summary>Whose a claim is: the node, and the journal that will hold what is assigned.</summary>
/// <param name="Node">The node's name.</param>
/// <param name="JournalId">The journal's id, which the affinity bears.</param>
/// <param name="Incarnation">The number of this start of the agent on the journal; 0 where starts are not
/// counted.</param>
public sealed record BlockOwner(string Node, string JournalId, long Incarnation = 0)
{
    /// <summary>The annotation of a BlockAffinity and an IPAMBlock that names the owner's journal.</summary>
    public const string JournalAnnotation = "agent/journal-id";

    /// <summary>The annotation of a BlockAffinity that bears the number of the start which wrote it.</summary>
    public const string IncarnationAnnotation = "agent/incarnation";

    /// <summary>The annotation of an IPAMBlock that bears the sequence number at which the journal stood.</summary>
    public const string SequenceAnnotation = "agent/sequence";

    /// <summary>The annotation of a BlockAffinity that names the claim.</summary>
    public const string ClaimAnnotation = "agent/claim-id";

    /// <summary>The annotation of a BlockAffinity and an IPAMBlock that bears the epoch of the shard which decided the
    /// claim; missing where the node decided itself.</summary>
    public const string EpochAnnotation = "agent/shard-epoch";

    /// <summary>The text in an IPAMBlock's <c>affinity</c>.</summary>
    public string Affinity { get; } = NodeBlocks.AffinityOf(Node);
}

/// <summary>What became of an attempt to get a block.</summary>
public abstract record ClaimOutcome
{
    private ClaimOutcome() { }

    /// <summary>The block is this node's.</summary>
    public sealed record Claimed(IpPrefix Block, string ClaimId, ulong Sequence, DateTimeOffset At) : ClaimOutcome;

    /// <summary>Every block of the pool has an owner.</summary>
    public sealed record NoFreeBlocks : ClaimOutcome
    {
        /// <summary>The outcome.</summary>
        public static NoFreeBlocks Instance { get; } = new();
    }

    /// <summary>An interrupted claim was not finished: the block is another node's by now, and our row is
    /// gone.</summary>
    public sealed record Lost : ClaimOutcome
    {
        /// <summary>The outcome.</summary>
        public static Lost Instance { get; } = new();
    }

    /// <summary>The datastore did not carry the claim through; nothing is known to have changed.</summary>
    public sealed record Unavailable(string Reason) : ClaimOutcome;
}

/// <summary>What stands in the datastore of one block of this node.</summary>
/// <param name="State">The state of its BlockAffinity; null where there is none.</param>
/// <param name="Evidence">What its BlockAffinity and its IPAMBlock say.</param>
public sealed record AffinityRow(AffinityState? State, BlockEvidence Evidence)
{
    /// <summary>The block.</summary>
    public IpPrefix Block => Evidence.Block;
}

/// <summary>The protocol by which a node gets and gives back blocks: pending, block, confirmed; and back (spec
/// calico-ipam-cni-cli 2.7).</summary>
/// <remarks>
/// Every step is one compare-and-swap, and every state in between is repaired by the owner's next attempt. The order is
/// row before block on claim, block before row on release. Sequences of port calls without an actor's state: the actor
/// pipes their results to itself.
/// </remarks>
public sealed class BlockClaims(IDatastore datastore, BlockOwner owner, TimeProvider time, Random random)
{
    private const int MostRounds = 100;

    /// <summary>True once a row may have been written.</summary>
    public bool WroteRows { get; private set; }

    /// <summary>Claims a free block of the pool, in the order of this host (spec 2.5).</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="reserved">Addresses that are not given out; a block of nothing else is passed over.</param>
    /// <param name="own">Blocks that the journal has already: never claimed again.</param>
    public async Task<ClaimOutcome> ClaimAsync(Pool pool, AddressSet reserved, ImmutableHashSet<IpPrefix> own)
    {
        ArgumentNullException.ThrowIfNull(pool);
        try
        {
            var blocks = await datastore.ListAsync(Kinds.IPAMBlock);
            var taken = blocks.Items.Select(IpamBlock.From).Where(block => !block.Deleted).Select(block => block.Cidr)
                .ToHashSet();
            taken.UnionWith(own);
            var seed = pool.BlockSize == pool.Cidr.Address.Bits
                ? (ulong)random.NextInt64()
                : CandidateBlocks.Seed(owner.Node);
            for (var round = 0; round < MostRounds; round++)
            {
                if (CandidateBlocks.FirstFree(pool, seed, reserved, taken.Contains) is not { } candidate)
                    return ClaimOutcome.NoFreeBlocks.Instance;
                if (await TakeAsync(candidate) is { } claimed) return claimed;
                taken.Add(candidate);
            }

            return new ClaimOutcome.Unavailable("Max retries hit - excessive concurrent IPAM requests");
        }
        catch (DatastoreUnavailableException error)
        {
            return new ClaimOutcome.Unavailable(error.Message);
        }
    }

    /// <summary>Claims the block that a pool's shard has proposed; null when it is another node's, or stands in the
    /// datastore with a higher epoch than the proposal's.</summary>
    public async Task<ClaimOutcome?> TakeProposedAsync(IpPrefix block, long epoch)
    {
        try
        {
            return await TakeAsync(block, epoch);
        }
        catch (DatastoreUnavailableException error)
        {
            return new ClaimOutcome.Unavailable(error.Message);
        }
    }

    /// <summary>Carries one block through the protocol, from whatever state an earlier attempt left; null when it is
    /// another node's, or a higher epoch's.</summary>
    /// <param name="block">The block.</param>
    /// <param name="epoch">The epoch of the shard that decided it; null where this node did.</param>
    public async Task<ClaimOutcome.Claimed?> TakeAsync(IpPrefix block, long? epoch = null)
    {
        var claimId = random.NextInt64().ToString("x16", CultureInfo.InvariantCulture);
        if (await TryPutRowAsync(block, AffinityState.Pending, claimId, epoch) is not { } row) return null;
        var now = time.GetUtcNow();
        var sequence = (ulong)(now - DateTimeOffset.UnixEpoch).Ticks * 100;
        var published = BlockPublication.Of(new Block(block, sequence), owner.Affinity, now);
        var created = await datastore.CreateAsync(new Resource
        {
            Key = new ResourceKey(Kinds.IPAMBlock, IpamNames.Block(block)),
            Annotations = WithEpoch(Resource.EmptyMap, epoch),
            Spec = IpamJson.WriteBlock(published),
        });
        if (created is WriteResult.Exists { Current: var existing })
        {
            var theirs = IpamBlock.From(existing);
            if (theirs.Affinity != owner.Affinity)
            {
                await datastore.DeleteAsync(row.Key, row.Revision);
                return null;
            }

            // More than an attempt: the journal had the block once, and has forgotten what it gave out from it.
            if (existing.Annotations.ContainsKey(BlockOwner.SequenceAnnotation)) return null;

            // An earlier attempt came this far. Nothing was assigned from the block, or the journal would know it.
            (sequence, now) = (theirs.SequenceNumber, theirs.AffinityClaimTime ?? now);
        }

        await PutRowAsync(block, AffinityState.Confirmed, claimId);
        return new ClaimOutcome.Claimed(block, claimId, sequence, now);
    }

    /// <summary>Writes the rows of blocks that the journal owns anew, confirmed: somebody deleted or changed
    /// them.</summary>
    public async Task ConfirmAsync(ImmutableArray<IpPrefix> blocks)
    {
        foreach (var block in blocks) await PutRowAsync(block, AffinityState.Confirmed, claimId: null);
    }

    /// <summary>The rows of this node and the published form of their blocks and of the journal's, by block.</summary>
    /// <param name="own">Blocks that the journal has.</param>
    public async Task<ImmutableArray<AffinityRow>> RowsAsync(IEnumerable<IpPrefix> own)
    {
        ArgumentNullException.ThrowIfNull(own);
        var listed = await datastore.ListAsync(Kinds.BlockAffinity);
        var rows = new SortedDictionary<IpPrefix, BlockAffinity?>();
        foreach (var block in own) rows[block] = null;
        foreach (var row in listed.Items.Select(BlockAffinity.From))
            if (row.Node == owner.Node && row is { Type: "host", Deleted: false }) rows[row.Cidr] = row;
        var result = ImmutableArray.CreateBuilder<AffinityRow>(rows.Count);
        foreach (var (block, row) in rows)
        {
            var stored = await datastore.GetAsync(new ResourceKey(Kinds.IPAMBlock, IpamNames.Block(block)));
            result.Add(new AffinityRow(row?.State, EvidenceOf(block, row?.Metadata.Annotations, stored)));
        }

        return result.MoveToImmutable();
    }

    private static BlockEvidence EvidenceOf(
        IpPrefix block, ImmutableSortedDictionary<string, string>? row, Resource? stored)
    {
        var published = stored is null ? null : IpamJson.ReadBlock(stored.Spec);
        var isMarked = stored?.Annotations.ContainsKey(BlockOwner.SequenceAnnotation) ?? false;
        return new BlockEvidence(block)
        {
            JournalOfRow = row?.GetValueOrDefault(BlockOwner.JournalAnnotation, ""),
            Incarnation = NumberOf(row, BlockOwner.IncarnationAnnotation),
            ClaimId = row?.GetValueOrDefault(BlockOwner.ClaimAnnotation) ?? "",
            Published = published,
            JournalOfPublication = isMarked
                ? stored!.Annotations.GetValueOrDefault(BlockOwner.JournalAnnotation)
                : null,
            Sequence = isMarked
                ? (ulong)NumberOf(stored!.Annotations, BlockOwner.SequenceAnnotation)
                : published?.SequenceNumber ?? 0,
        };
    }

    /// <summary>Gives a sealed block back: row pendingDeletion, block deleted (or left without owner), row
    /// deleted.</summary>
    /// <param name="block">What was published last; it decides whether the block is empty.</param>
    public async Task GiveUpAsync(PublishedBlock block)
    {
        ArgumentNullException.ThrowIfNull(block);
        var key = new ResourceKey(Kinds.IPAMBlock, IpamNames.Block(block.Cidr));
        var rowKey = new ResourceKey(Kinds.BlockAffinity, IpamNames.Affinity(owner.Node, block.Cidr));
        var isOurs = await datastore.GetAsync(key) is { } there && IpamBlock.From(there).Affinity == owner.Affinity;

        // Done already, though the journal does not say so: the block may be another's by now.
        if (!isOurs && await datastore.GetAsync(rowKey) is null) return;
        var row = await PutRowAsync(block.Cidr, AffinityState.PendingDeletion, claimId: null);
        while (await datastore.GetAsync(key) is { } stored && IpamBlock.From(stored).Affinity == owner.Affinity)
        {
            var result = block.Attributes.Count == 0
                ? await datastore.DeleteAsync(key, stored.Revision)
                : await datastore.UpdateAsync(stored with
                {
                    Spec =
                    IpamJson.WriteBlock(block with { Affinity = null, AffinityClaimTime = null })
                });
            if (result is not WriteResult.Conflict) break;
        }

        await datastore.DeleteAsync(row.Key, row.Revision);
    }

    /// <summary>Writes the block's published form; a foreign change is put back, since the owner's journal is the
    /// truth.</summary>
    /// <returns>False, and nothing is written, where the block stands as another owner's.</returns>
    public async Task<bool> PublishAsync(PublishedBlock block)
    {
        ArgumentNullException.ThrowIfNull(block);
        var wanted = Marked(new Resource
        {
            Key = new ResourceKey(Kinds.IPAMBlock, IpamNames.Block(block.Cidr)),
            Spec = IpamJson.WriteBlock(block)
        });
        while (true)
        {
            var stored = await datastore.GetAsync(wanted.Key);
            if (stored is not null && IpamBlock.From(stored).Affinity is { } affinity && affinity != owner.Affinity)
                return false;
            var result = stored is null
                ? await datastore.CreateAsync(wanted)
                : await datastore.UpdateAsync(Marked(stored with { Spec = wanted.Spec }));
            if (result is WriteResult.Written) return true;
        }

        Resource Marked(Resource resource) => resource with
        {
            Annotations = resource.Annotations
                .SetItem(BlockOwner.JournalAnnotation, owner.JournalId)
                .SetItem(BlockOwner.SequenceAnnotation, block.SequenceNumber.ToString(CultureInfo.InvariantCulture)),
        };
    }

    private async Task<Resource> PutRowAsync(IpPrefix block, AffinityState state, string? claimId) =>
        (await TryPutRowAsync(block, state, claimId, epoch: null))!;

    /// <summary>Writes the row; null, and nothing is written, where it bears a higher epoch than the one
    /// given.</summary>
    private async Task<Resource?> TryPutRowAsync(IpPrefix block, AffinityState state, string? claimId, long? epoch)
    {
        WroteRows = true;
        var key = new ResourceKey(Kinds.BlockAffinity, IpamNames.Affinity(owner.Node, block));
        while (true)
        {
            var stored = await datastore.GetAsync(key);
            if (epoch < EpochOf(stored)) return null;
            var row = new BlockAffinity
            {
                Metadata = ObjectMeta.Named(key.Name),
                Cidr = block,
                Node = owner.Node,
                State = state
            }.ToResource();
            var wanted = (stored ?? row) with
            {
                Spec = row.Spec,
                Labels = (stored ?? row).Labels
                    .SetItem("projectcalico.org/hostname-hash", IpamNames.HostNameHash(owner.Node))
                    .SetItem("projectcalico.org/affinity-type", "host")
                    .SetItem("projectcalico.org/ip-version", block.Family == IpFamily.V4 ? "4" : "6"),
                Annotations = WithEpoch((stored ?? row).Annotations, epoch)
                    .SetItem(BlockOwner.JournalAnnotation, owner.JournalId)
                    .SetItem(
                        BlockOwner.IncarnationAnnotation, owner.Incarnation.ToString(CultureInfo.InvariantCulture)),
            };
            if (claimId is not null)
                wanted = wanted with { Annotations = wanted.Annotations.SetItem(BlockOwner.ClaimAnnotation, claimId) };
            var result = stored is null ? await datastore.CreateAsync(wanted) : await datastore.UpdateAsync(wanted);
            if (result is WriteResult.Written written) return written.Resource;
        }
    }

    private static ImmutableSortedDictionary<string, string> WithEpoch(
        ImmutableSortedDictionary<string, string> annotations, long? epoch) => epoch is { } known
        ? annotations.SetItem(BlockOwner.EpochAnnotation, known.ToString(CultureInfo.InvariantCulture))
        : annotations;

    private static long EpochOf(Resource? resource) => NumberOf(resource?.Annotations, BlockOwner.EpochAnnotation);

    private static long NumberOf(ImmutableSortedDictionary<string, string>? annotations, string name) => long.TryParse(
        annotations?.GetValueOrDefault(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        ? number
        : 0;
}
