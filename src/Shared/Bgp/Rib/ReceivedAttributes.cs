using Agent.Bgp.Policy;

namespace Agent.Bgp.Rib;

/// <summary>What the decision needs of an attribute set, computed once per set.</summary>
internal readonly record struct AttributeFacts(
    int NextHop, uint LocalPref, int PathLength, Origin Origin, uint Med, uint NeighbourAs, uint OriginatorId,
    int ClusterListLength);

/// <summary>The attribute sets of Adj-RIB-In as received, each once, with what the decision needs of them.</summary>
/// <remarks>A set counts apart for eBGP (odd numbers) and iBGP (even ones), since LOCAL_PREF from eBGP means nothing
/// (spec 4.1).</remarks>
internal sealed class ReceivedAttributes(NextHopResolver nextHops)
{
    private readonly Interned<PathAttributes> _internal = new();
    private readonly Interned<PathAttributes> _external = new();
    private readonly ChunkedArray<AttributeFacts> _facts = new();

    /// <summary>How many sets are in use.</summary>
    public int Count => _internal.Count + _external.Count;

    /// <summary>The set as received.</summary>
    public PathAttributes this[int id] => SetsOf(id)[id >> 1];

    /// <summary>What the decision needs of it.</summary>
    public ref readonly AttributeFacts Facts(int id) => ref _facts[id];

    /// <summary>The set's number, with one use more.</summary>
    public int Acquire(PathAttributes attributes, bool external)
    {
        var sets = external ? _external : _internal;
        var known = sets.Count;
        var id = sets.Acquire(attributes) << 1 | (external ? 1 : 0);
        if (sets.Count == known) return id;
        _facts.Reserve(id + 1);
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
    public void Retain(int id) => SetsOf(id).Retain(id >> 1);

    /// <summary>One use less.</summary>
    public void Release(int id)
    {
        if (SetsOf(id).Release(id >> 1)) nextHops.Release(_facts[id].NextHop);
    }

    private Interned<PathAttributes> SetsOf(int id) => (id & 1) != 0 ? _external : _internal;
}
