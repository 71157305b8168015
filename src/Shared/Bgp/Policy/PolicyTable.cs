using System.Collections.Immutable;
using Agent.Primitives;

namespace Agent.Bgp.Policy;

/// <summary>What the policy says about a prefix: every clause that covers it, as bits.</summary>
[Flags]
internal enum PolicyMarks : ushort
{
    None = 0,
    Pool = 1,
    ExportDisabled = 2,
    OwnBlock = 4,
    ExactlyOwnBlock = 8,
    Service = 16,
    ReflectorService = 32,
    KernelReject = 64,
    EncapsulatedPool = 128,
}

/// <summary>The communities that routes of one network get, those of the networks around it included.</summary>
internal sealed record CommunityTags(int Id, ImmutableArray<uint> Standard, ImmutableArray<LargeCommunity> Large);

/// <summary>The marks and tags of one prefix.</summary>
internal readonly record struct PolicyFacts(PolicyMarks Marks, CommunityTags? Tags)
{
    public bool Has(PolicyMarks mark) => (Marks & mark) != 0;
}

/// <summary>A <see cref="RibPolicy"/> compiled so that one longest match answers every rule.</summary>
/// <remarks>
/// The networks that cover a prefix form a chain, the longest lying within all others. So each stored network carries
/// its own marks and those of the networks around it, and the longest match has them all. It is asked for every IPv4
/// route two times and more, hence the ranges; the trie answers for IPv6, and for what has networks within it.
/// </remarks>
internal sealed class PolicyTable
{
    // An object and not a struct: the trie's code over objects is compiled ahead of time.
    private readonly PrefixTrie<Network> _networks = new();
    private readonly PolicyRanges<Network> _ranges;

    private sealed class Network(IpPrefix prefix, PolicyFacts exactly)
    {
        public uint Address { get; } = (uint)prefix.Address.Low;

        public byte Length => prefix.Length;

        public PolicyFacts Exactly => exactly;

        public PolicyFacts Inside { get; } = exactly with { Marks = exactly.Marks & ~PolicyMarks.ExactlyOwnBlock };
    }

    public PolicyTable(RibPolicy policy)
    {
        Policy = policy;
        var own = new SortedDictionary<IpPrefix, PolicyFacts>();
        void Mark(IpPrefix prefix, PolicyMarks marks)
        {
            var before = own.GetValueOrDefault(prefix);
            own[prefix] = before with { Marks = before.Marks | marks };
        }

        foreach (var pool in policy.Pools)
        {
            Mark(pool.Cidr, pool.DisableBgpExport ? PolicyMarks.ExportDisabled : PolicyMarks.Pool);
            if (pool.Encapsulated) Mark(pool.Cidr, PolicyMarks.EncapsulatedPool);
        }

        foreach (var block in policy.OwnBlocks)
            if (block.State == BlockState.Confirmed)
                Mark(block.Cidr, PolicyMarks.OwnBlock | PolicyMarks.ExactlyOwnBlock);
        foreach (var prefix in policy.ServicePrefixes) Mark(prefix, PolicyMarks.Service);
        foreach (var prefix in policy.KernelRejects) Mark(prefix, PolicyMarks.KernelReject);
        foreach (var prefix in policy.ReflectorServices) Mark(prefix, PolicyMarks.ReflectorService);
        var tagSets = 0;
        foreach (var entry in policy.Communities)
        {
            Mark(entry.Cidr, PolicyMarks.None);
            own[entry.Cidr] =
                own[entry.Cidr] with { Tags = Union(++tagSets, own[entry.Cidr].Tags, entry.Standard, entry.Large) };
        }

        // In order, a network comes after those around it, whose facts are then complete.
        foreach (var (prefix, facts) in own)
        {
            var around = _networks.TryLongestMatch(prefix, out _, out var covering) ? covering.Inside : default;
            var marks = facts.Marks | around.Marks;
            var tags = facts.Tags is { } tagged
                ? Union(++tagSets, around.Tags, tagged.Standard, tagged.Large)
                : around.Tags;
            _networks.Set(prefix, new Network(prefix, new PolicyFacts(marks, tags)));
        }

        _ranges = new PolicyRanges<Network>(_networks.All().Where(each => each.Key.Family == IpFamily.V4));
    }

    /// <summary>What was compiled.</summary>
    public RibPolicy Policy { get; }

    /// <summary>What the policy says about the prefix.</summary>
    public PolicyFacts Of(in PrefixKey key)
    {
        if (key.Family == IpFamily.V4 && _ranges.TryFind((uint)key.Low, key.Length, out var around))
        {
            if (around is null) return default;
            return around.Length == key.Length && around.Address == (uint)key.Low ? around.Exactly : around.Inside;
        }

        var prefix = key.ToPrefix();
        if (!_networks.TryLongestMatch(prefix, out var match, out var network)) return default;
        return match == prefix ? network.Exactly : network.Inside;
    }

    private static CommunityTags Union(
        int id, CommunityTags? first, ImmutableArray<uint> standard, ImmutableArray<LargeCommunity> large) =>
        new(id, [.. (first?.Standard ?? []).Union(standard)], [.. (first?.Large ?? []).Union(large)]);
}
