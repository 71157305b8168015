using Agent.Primitives;

namespace Agent.Ipam;

/// <summary>A block that this node owns.</summary>
public sealed class OwnedBlock
{
    internal OwnedBlock(Block block, string pool, string claimId, DateTimeOffset? claimedAt, bool isSealed) =>
        (Block, Pool, ClaimId, ClaimedAt, IsSealed) = (block, pool, claimId, claimedAt, isSealed);

    /// <summary>The addresses. Only <see cref="NodeBlocks"/> changes them, by events.</summary>
    public Block Block { get; }

    /// <summary>The network of the block.</summary>
    public IpPrefix Cidr => Block.Cidr;

    /// <summary>The name of the pool in which the block lay when it was claimed.</summary>
    public string Pool { get; }

    /// <summary>Names this ownership.</summary>
    public string ClaimId { get; }

    /// <summary>When the block was claimed; null for one taken over from a row that did not say.</summary>
    public DateTimeOffset? ClaimedAt { get; }

    /// <summary>True while nothing may be assigned from the block.</summary>
    public bool IsSealed { get; internal set; }

    /// <summary>True where pods may have addresses of the block that nobody knows of: it was taken over from its
    /// publication, after the journal had been replaced by an older copy.</summary>
    public bool IsRestored { get; internal init; }
}

/// <summary>The owner's truth about all blocks of one node, folded from events.</summary>
/// <remarks>
/// The block owner recovers by applying its journal's events in order, and from then on applies each event once it
/// is journaled. An event that does not fit the state (an address assigned twice, a block claimed twice) means a
/// broken journal: <see cref="Apply"/> throws and nothing is changed. Blocks keep the order in which they were
/// claimed, which is the order in which they are filled.
/// </remarks>
public sealed class NodeBlocks
{
    private const string HostPrefix = "host:";

    private readonly List<OwnedBlock> _blocks = [];
    private readonly Dictionary<string, List<IpAddr>> _addresses = new(StringComparer.Ordinal);

    /// <summary>The state of a node without blocks.</summary>
    /// <param name="node">The node's name; its blocks have the affinity <c>host:name</c>.</param>
    public NodeBlocks(string node)
    {
        ArgumentException.ThrowIfNullOrEmpty(node);
        (Node, Affinity) = (node, AffinityOf(node));
    }

    /// <summary>What Calico writes as the affinity of a node's block: <c>host:name</c>.</summary>
    public static string AffinityOf(string node) => HostPrefix + node;

    /// <summary>The node of an affinity; null where it is nobody's, or not a node's.</summary>
    public static string? NodeOf(string? affinity) =>
        affinity?.StartsWith(HostPrefix, StringComparison.Ordinal) == true ? affinity[HostPrefix.Length..] : null;

    /// <summary>The node's name.</summary>
    public string Node { get; }

    /// <summary>The affinity under which the node's blocks are published: <c>host:name</c>.</summary>
    public string Affinity { get; }

    /// <summary>The blocks, in the order in which they were claimed.</summary>
    public IReadOnlyList<OwnedBlock> Blocks => _blocks;

    /// <summary>The block of that network, or null.</summary>
    public OwnedBlock? Find(IpPrefix cidr) => _blocks.Find(owned => owned.Cidr == cidr);

    /// <summary>The block in which the address lies, or null.</summary>
    public OwnedBlock? Find(IpAddr address) => _blocks.Find(owned => owned.Cidr.Contains(address));

    /// <summary>The addresses of a handle in this node's blocks, of both
    /// families, in the order of assignment.</summary>
    public IReadOnlyList<IpAddr> AddressesOf(string handle) =>
        _addresses.TryGetValue(handle, out var addresses) ? addresses : [];

    /// <summary>Who has an address of this node's blocks; null when it is free or in no block of this node.</summary>
    public Allocation? AllocationOf(IpAddr address) =>
        Find(address) is { } owned ? owned.Block[owned.Block.OrdinalOf(address)] : null;

    /// <summary>Changes the state as the event says.</summary>
    /// <exception cref="InvalidOperationException">The event does not fit the state.</exception>
    public void Apply(BlockEvent happened)
    {
        switch (happened)
        {
            case BlockEvent.Claimed claimed:
                var empty = new Block(claimed.Block, claimed.Sequence);
                Add(new OwnedBlock(empty, claimed.Pool, claimed.ClaimId, claimed.At, isSealed: false));
                break;

            case BlockEvent.Restored restored:
                if (restored.Published.Cidr != restored.Block)
                    throw new InvalidOperationException(
                        $"block {restored.Block} cannot be restored from {restored.Published.Cidr}");
                var block = BlockPublication.TryRestore(restored.Published, out var problems)
                    ?? throw new InvalidOperationException(
                        $"block {restored.Block} cannot be restored: {string.Join("; ", problems)}");
                Add(new OwnedBlock(block, restored.Pool, restored.ClaimId, restored.Published.AffinityClaimTime,
                    restored.IsSealed)
                { IsRestored = restored.IsRestored });
                for (var ordinal = 0; ordinal < block.Size; ordinal++)
                    if (block[ordinal]?.Handle is { } handle) Note(handle, block.AddressOf(ordinal));
                break;

            case BlockEvent.Sealed { Block: var cidr }:
                Require(Owned(cidr), isSealed: false).IsSealed = true;
                break;

            case BlockEvent.Reopened { Block: var cidr }:
                Require(Owned(cidr), isSealed: true).IsSealed = false;
                break;

            case BlockEvent.Unclaimed { Block: var cidr }:
                Remove(Require(Owned(cidr), isSealed: true));
                break;

            case BlockEvent.Assigned assigned:
                var from = Require(Owned(assigned.Block), isSealed: false).Block;
                from.Assign(from.OrdinalOf(assigned.Address), assigned.Handle, assigned.Attributes);
                Note(assigned.Handle, assigned.Address);
                break;

            case BlockEvent.Released released:
                var to = Owned(released.Block).Block;
                var freed = to.OrdinalOf(released.Address);
                var holder = to[freed]?.Handle;
                to.Release(freed);
                if (holder is not null) Forget(holder, released.Address);
                break;

            default:
                throw new System.Diagnostics.UnreachableException($"no way to apply {happened}");
        }
    }

    /// <summary>The state as one event for each block: applied to an empty state they give this one.</summary>
    public IReadOnlyList<BlockEvent.Restored> Snapshot() =>
        _blocks.ConvertAll(owned => new BlockEvent.Restored(
            owned.Cidr, owned.Pool, owned.ClaimId, Publish(owned), owned.IsSealed, owned.IsRestored));

    /// <summary>The block in its published form, with this node's affinity.</summary>
    public PublishedBlock Publish(OwnedBlock owned)
    {
        ArgumentNullException.ThrowIfNull(owned);
        return BlockPublication.Of(owned.Block, Affinity, owned.ClaimedAt);
    }

    private OwnedBlock Owned(IpPrefix cidr) =>
        Find(cidr) ?? throw new InvalidOperationException($"block {cidr} is not one of {Node}'s");

    private static OwnedBlock Require(OwnedBlock owned, bool isSealed) => owned.IsSealed == isSealed
        ? owned
        : throw new InvalidOperationException($"block {owned.Cidr} is {(isSealed ? "not sealed" : "sealed")}");

    private void Add(OwnedBlock added)
    {
        if (_blocks.Find(owned => owned.Cidr.Overlaps(added.Cidr)) is { } other)
            throw new InvalidOperationException($"block {added.Cidr} cannot become {Node}'s, which has {other.Cidr}");
        _blocks.Add(added);
    }

    private void Remove(OwnedBlock removed)
    {
        _blocks.Remove(removed);
        for (var ordinal = 0; ordinal < removed.Block.Size; ordinal++)
            if (removed.Block[ordinal]?.Handle is { } handle) Forget(handle, removed.Block.AddressOf(ordinal));
    }

    private void Note(string handle, IpAddr address)
    {
        if (!_addresses.TryGetValue(handle, out var addresses)) _addresses[handle] = addresses = [];
        addresses.Add(address);
    }

    private void Forget(string handle, IpAddr address)
    {
        var addresses = _addresses[handle];
        addresses.Remove(address);
        if (addresses.Count == 0) _addresses.Remove(handle);
    }
}
