using Agent.Bgp.Policy;
using Agent.Bgp.Wire;
using Agent.Primitives;

namespace Agent.Bgp.Rib;

/// <summary>Sessions with equal keys are told the same, in the same bytes.</summary>
internal readonly record struct GroupKey(UpdateFormat Format, ExportTarget Target);

/// <summary>What a group has been told about a prefix: the attribute set (0 for nothing), and the member that it came
/// from and that was therefore not told.</summary>
internal readonly record struct Advertised(int Attributes, int Source)
{
    /// <summary>True when this member has been told.</summary>
    public bool To(int peer) => Attributes != 0 && Source != peer;
}

/// <summary>Sends a group's whole table to sessions that came up together, or asked for it, a slice at a
/// time.</summary>
internal sealed class TableDump(bool endOfRib, int end = int.MaxValue)
{
    public List<RibSession> Members { get; } = [];

    /// <summary>Prefixes below have been sent.</summary>
    public int Cursor { get; set; }

    /// <summary>Prefixes from here on the members hear as they are looked at.</summary>
    public int End { get; } = end;

    /// <summary>End-of-RIB follows.</summary>
    public bool EndOfRib { get; } = endOfRib;

    /// <summary>True when the members are still to be told about the prefix.</summary>
    public bool IsDue(int prefix) => Cursor <= prefix && prefix < End;
}

/// <summary>Sessions that are told the same, and what they have been told: one Adj-RIB-Out for all of them.</summary>
/// <remarks>
/// Split horizon is the only difference between members, and it is one number per prefix: the member that the route
/// came from. So one column of eight bytes per prefix serves any number of members. Members that take several paths
/// have a list for each prefix instead.
/// </remarks>
internal sealed class UpdateGroup(GroupKey key)
{
    private readonly ChunkedArray<Advertised> _advertised = new();
    private int _reserved;
    private int[] _toldFrom = [];

    public GroupKey Key { get; } = key;

    public IpFamily Family { get; } = key.Format.Family;

    public bool IsInternal { get; } = key.Target.Internal;

    /// <summary>The filters of its members, compiled; null where they have none for export.</summary>
    public FilterProgram? Filter { get; } =
        key.Target.Filters?.Program(key.Format.Family, FilterDirection.Export, key.Target.Internal);

    /// <summary>What members that take several paths were told; null for others.</summary>
    public ToldPaths? Paths { get; } = key.Format.AddPath ? new ToldPaths() : null;

    /// <summary>Those who hear what changes.</summary>
    public List<RibSession> Members { get; } = [];

    /// <summary>Those who will be members with the next output, and get a dump.</summary>
    public List<RibSession> Joining { get; } = [];

    public List<TableDump> Dumps { get; } = [];

    /// <summary>Those who are not in the stream and catch up from the table; and while they are compared with this
    /// group, those who left it.</summary>
    public List<Laggards> Laggards { get; } = [];

    /// <summary>True for a member, be it one that catches up.</summary>
    public bool Serves(RibSession session) =>
        Members.Contains(session) || ReferenceEquals(session.Laggards(Family)?.Group, this);

    /// <summary>Nobody hears it, or will.</summary>
    public bool IsEmpty => Members.Count == 0 && Joining.Count == 0 && Laggards.Count == 0;

    /// <summary>Every prefix from here on must be looked at, not only those that changed.</summary>
    public int AllFrom { get; set; }

    /// <summary>True while there are such.</summary>
    public bool NeedsAll { get; private set; } = true;

    /// <summary>True until every prefix was looked at for the first time: nothing was told yet about those that were
    /// not.</summary>
    public bool IsNew { get; private set; } = true;

    /// <summary>Every prefix must be looked at, or none but those that change.</summary>
    public void NeedAll(bool needs)
    {
        IsNew = IsNew && needs && AllFrom == 0;
        (NeedsAll, AllFrom) = (needs, 0);
    }

    /// <summary>Brought up to date in this round of output.</summary>
    public bool UpToDate { get; set; }

    public Advertised this[int prefix]
    {
        get => prefix < _reserved ? _advertised[prefix] : default;
        set
        {
            if (prefix >= _reserved)
            {
                _reserved = prefix + 1;
                _advertised.Reserve(_reserved);
            }

            _advertised[prefix] = value;
        }
    }

    /// <summary>Nothing was told about prefixes from here on.</summary>
    public int High => Paths?.High ?? _reserved;

    /// <summary>What members were told about a prefix, path by path.</summary>
    public ToldEnumerator Told(int prefix) => new(this, prefix);

    /// <summary>What members were told about a path of a prefix; its identifier counts with ADD-PATH alone.</summary>
    public Advertised Told(int prefix, uint pathId)
    {
        if (Paths is null) return this[prefix];
        for (var told = Told(prefix); told.Next();)
            if (told.PathId == pathId) return told.Told;
        return default;
    }

    /// <summary>How many paths members were told, each by whomever it came from.</summary>
    public int ToldCount { get; private set; }

    /// <summary>How many of them came from a member, which was therefore not told.</summary>
    public int ToldFrom(int peer) => peer < _toldFrom.Length ? _toldFrom[peer] : 0;

    /// <summary>One path more was told, or one less.</summary>
    public void Count(Advertised told, int change)
    {
        if (told.Attributes == 0) return;
        ToldCount += change;
        if (told.Source >= _toldFrom.Length) Array.Resize(ref _toldFrom, told.Source + 8);
        _toldFrom[told.Source] += change;
    }

    /// <summary>The session hears no more.</summary>
    public void Leave(RibSession session)
    {
        Members.Remove(session);
        Joining.Remove(session);
        foreach (var dump in Dumps) dump.Members.Remove(session);
        Dumps.RemoveAll(static dump => dump.Members.Count == 0);
    }
}
