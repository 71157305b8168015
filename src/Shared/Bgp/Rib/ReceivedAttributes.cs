using Agent.Bgp.Policy;

namespace Agent.Bgp.Rib;

/// <summary>What the decision needs of an attribute set, computed once per set.</summary>
internal readonly record struct AttributeFacts(
    int NextHop, uint LocalPref, int PathLength, Origin Origin, uint Med, uint NeighbourAs, uint OriginatorId,
    int ClusterListLength);

/// <summary>The attribute sets of Adj-RIB-In as received, each once, with what the decision needs of them.</summary>
/// <remarks>A set counts apart for eBGP and iBGP, since LOCAL_PREF from eBGP means nothing (spec 4.1).</remarks>
internal sealed class ReceivedAttributes(NextHopResolver nextHops)
{
    private readonly Interned<Key> _sets = new();
    private readonly List<AttributeFacts> _facts = [];

    private readonly record struct Key(PathAttributes Attributes, bool External);

    /// <summary>How many sets are in use.</summary>
    public int Count => _sets.Count;

    /// <summary>The set as received.</summary>
    public PathAttributes this[int id] => _sets[id].Attributes;

    /// <summary>What the decision needs of it.</summary>
    public AttributeFacts Facts(int id) => _facts[id];

    /// <summary>The set's number, with one use more.</summary>
    public int Acquire(PathAttributes attributes, bool external)
    {
        var known = _sets.Count;
        var id = _sets.Acquire(new Key(attributes, external));
        if (_sets.Count == known) return id;
        while (_facts.Count <= id) _facts.Add(default);
        _facts[id] = new AttributeFacts(
            nextHops.Acquire(attributes.NextHop),
            external ? ExportAttributes.DefaultLocalPref : attributes.LocalPref ?? ExportAttributes.DefaultLocalPref,
            attributes.AsPath.Length,
            attributes.Origin,
            attributes.Med ?? 0,
            attributes.AsPath.First ?? 0,
            attributes.OriginatorId ?? 0,
            attributes.ClusterList.Length);
        return id;
    }

    /// <summary>One use more.</summary>
    public void Retain(int id) => _sets.Retain(id);

    /// <summary>One use less.</summary>
    public void Release(int id)
    {
        if (_sets.Release(id)) nextHops.Release(_facts[id].NextHop);
    }
}
