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
/// its own marks and those of the networks around it, and the longest match has them all.
/// </remarks>
internal sealed class PolicyTable
{
    // An object and not a struct: the trie's code over objects is compiled ahead of time.
    private readonly PrefixTrie<Network> _networks = new();

    private sealed class Network(PolicyFacts exactly)
    {
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
            _networks.Set(prefix, new Network(new PolicyFacts(marks, tags)));
        }
    }

    /// <summary>What was compiled.</summary>
    public RibPolicy Policy { get; }

    /// <summary>What the policy says about the prefix.</summary>
    public PolicyFacts Of(IpPrefix prefix)
    {
        if (!_networks.TryLongestMatch(prefix, out var match, out var network)) return default;
        return match == prefix ? network.Exactly : network.Inside;
    }

    private static CommunityTags Union(
        int id, CommunityTags? first, ImmutableArray<uint> standard, ImmutableArray<LargeCommunity> large) =>
        new(id, [.. (first?.Standard ?? []).Union(standard)], [.. (first?.Large ?? []).Union(large)]);
}
