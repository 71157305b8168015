using Agent.Bgp.Policy;
using Agent.Primitives;

namespace Agent.Bgp.Rib;

/// <summary>A peer by name. It outlives its sessions and is never forgotten: what refers to it does so by
/// number.</summary>
internal sealed class RibPeer(int id, string name)
{
    /// <summary>1 and up; 0 stands for no peer.</summary>
    public int Id { get; } = id;

    public string Name { get; } = name;

    public PeerPolicy Policy { get; set; } = new();

    /// <summary>How many of its paths are selected.</summary>
    public int BestCount { get; set; }

    /// <summary>The session that is up.</summary>
    public RibSession? Current { get; set; }

    /// <summary>The session before it, whose paths are kept until End-of-RIB (RFC 4724).</summary>
    public RibSession? Stale { get; set; }
}

/// <summary>One life of a session. Paths point at it, so that losing or keeping them all is one change here and not one
/// per path.</summary>
internal sealed class RibSession(
    int slot, RibPeer peer, SessionSettings settings, PeerTerms terms, List<RibSession> speaking)
{
    private readonly UpdateGroup?[] _groups = new UpdateGroup?[2];
    private readonly int[] _paths = new int[3];
    private readonly int[] _accepted = new int[3];
    private readonly int[] _prefixes = new int[3];
    private readonly int[] _untold = new int[3];
    private readonly Laggards?[] _laggards = new Laggards?[2];

    // A bit for each family.
    private int _dead;
    private int _ended;
    private int _owed;
    private int _longLived;
    private int _round;
    private int _refreshing;
    private int _swept;
    private int _nearLimit;
    private int _overLimit;
    private bool _speaks;
    private bool _toldBlocked;

    public int Slot { get; } = slot;

    public RibPeer Peer { get; } = peer;

    public SessionSettings Settings { get; } = settings;

    public PeerTerms Terms { get; } = terms;

    /// <summary>How many paths point here.</summary>
    public int PathCount => _paths[(int)IpFamily.V4] + _paths[(int)IpFamily.V6];

    /// <summary>What waits to be taken, in order.</summary>
    public List<ReadOnlyMemory<byte>> Output { get; private set; } = [];

    /// <summary>Bytes on their way to the peer: written here, and not known to have left.</summary>
    public long UnderWay { get; private set; }

    /// <summary>True when as many bytes are on their way as may.</summary>
    public bool IsFull => UnderWay >= Settings.OutputQueueLimit;

    /// <summary>True once so much has left that it is worth going on.</summary>
    public bool HasRoom => UnderWay <= Settings.OutputQueueLimit / 2;

    /// <summary>Appends to what waits to be taken.</summary>
    public void Send(ReadOnlyMemory<byte> bytes)
    {
        Output.Add(bytes);
        UnderWay += bytes.Length;
        Speak();
    }

    /// <summary>So many bytes have left.</summary>
    public void NoteSent(long bytes) => UnderWay -= Math.Min(bytes, UnderWay);

    /// <summary>Takes what waits; nothing waits afterwards.</summary>
    public List<ReadOnlyMemory<byte>> TakeOutput()
    {
        var output = Output;
        Output = [];
        return output;
    }

    /// <summary>It was asked what it has to say: it is among those who speak from now on only while it owes
    /// End-of-RIB.</summary>
    public void EndSpeaking()
    {
        _speaks = false;
        if (IsCurrent && _owed != 0) Speak();
    }

    // Of thousands of sessions a few have something to say at a time: those stand in a list, once.
    private void Speak()
    {
        if (_speaks) return;
        _speaks = true;
        speaking.Add(this);
    }

    public bool IsCurrent => ReferenceEquals(Peer.Current, this);

    /// <summary>The peer's filters for what it announces; null where it has none.</summary>
    public FilterProgram? ImportFilter(IpFamily family) =>
        Peer.Policy.Filters.Program(family, FilterDirection.Import, Settings.IsInternal);

    /// <summary>How the export rules see routes of a family from here.</summary>
    public ExportSource SourceOf(IpFamily family) =>
        new(Settings.IsInternal, Settings.LocalAs, Terms.PeerRouterId, Peer.Policy.ClientClusterId,
            RoleRules.Mark(Settings.Role, Settings.PeerAs))
        {
            LongLivedStale = IsLongLived(family),
        };

    /// <summary>How many paths of a family point here.</summary>
    public int PathsOf(IpFamily family) => _paths[(int)family];

    /// <summary>How many of them the checks on import let pass.</summary>
    public int AcceptedOf(IpFamily family) => _accepted[(int)family];

    /// <summary>One path more of a family points here, or one less.</summary>
    public void CountPath(IpFamily family, ImportVerdict verdict, int change)
    {
        _paths[(int)family] += change;
        CountVerdict(family, verdict, change);
    }

    /// <summary>The checks on import say this of one path more, or of one less.</summary>
    public void CountVerdict(IpFamily family, ImportVerdict verdict, int change)
    {
        if (verdict == ImportVerdict.Accepted) _accepted[(int)family] += change;
    }

    /// <summary>True while prefixes are counted.</summary>
    public bool IsLimited => Peer.Policy.PrefixLimit is not null && IsCurrent;

    /// <summary>How many prefixes have a path that points here, be it several; only where
    /// <see cref="IsLimited"/>.</summary>
    public ref int PrefixesOf(IpFamily family) => ref _prefixes[(int)family];

    /// <summary>The update group that serves the family; null where the family was not negotiated.</summary>
    public ref UpdateGroup? Group(IpFamily family) => ref _groups[family == IpFamily.V6 ? 1 : 0];

    /// <summary>Where the session catches up; null while it is in its group's stream, or is not yet.</summary>
    public ref Laggards? Laggards(IpFamily family) => ref _laggards[family == IpFamily.V6 ? 1 : 0];

    /// <summary>Too much is on its way: nothing more may be sent before half of it has left.</summary>
    public bool IsBlocked { get; private set; }

    /// <summary>True where the owner does not know yet that this began, or that it is over.</summary>
    public bool OwesBlocked => IsBlocked != _toldBlocked;

    /// <summary>Begins or ends it; the owner is told with the next output.</summary>
    public void SetBlocked(bool isBlocked)
    {
        IsBlocked = isBlocked;
        Speak();
    }

    /// <summary>The owner has been told.</summary>
    public void NoteBlockedTold() => _toldBlocked = IsBlocked;

    /// <summary>Nothing may be sent for a while, as the owner wants it.</summary>
    public bool IsPaused { get; set; }

    /// <summary>True while nothing may be sent.</summary>
    public bool IsHeld => IsBlocked || IsPaused;

    /// <summary>True when paths of the family that point here are as good as gone.</summary>
    public bool IsDead(IpFamily family) => (_dead & 1 << (int)family) != 0;

    public void Kill(IpFamily family) => _dead |= 1 << (int)family;

    /// <summary>True while all paths that point here count: nothing is dead, long-lived or was left out of a
    /// refresh.</summary>
    public bool IsWhole => (_dead | _longLived | _swept) == 0;

    /// <summary>True when stale routes of the family are kept beyond the restart time (RFC 9494).</summary>
    public bool IsLongLived(IpFamily family) => (_longLived & 1 << (int)family) != 0;

    public void BeginLongLived(IpFamily family) => _longLived |= 1 << (int)family;

    /// <summary>The round in which the family's paths are announced now; it changes with each refresh.</summary>
    public bool Round(IpFamily family) => (_round & 1 << (int)family) != 0;

    /// <summary>Between BoRR and EoRR of the family.</summary>
    public bool IsRefreshing(IpFamily family) => (_refreshing & 1 << (int)family) != 0;

    /// <summary>True while paths of another round are as good as gone.</summary>
    public bool IsSwept(IpFamily family) => (_swept & 1 << (int)family) != 0;

    public void BeginRefresh(IpFamily family)
    {
        _refreshing |= 1 << (int)family;
        _round ^= 1 << (int)family;
        _untold[(int)family] = _paths[(int)family];
    }

    /// <summary>A path of another round was told again, or is gone: once there is none left, nothing is to be taken
    /// out any more.</summary>
    public void NoteToldAgain(IpFamily family)
    {
        if (--_untold[(int)family] == 0) _swept &= ~(1 << (int)family);
    }

    /// <summary>EoRR: what was not told again is to be taken out, if there is such.</summary>
    public void EndRefresh(IpFamily family)
    {
        _refreshing &= ~(1 << (int)family);
        if (_untold[(int)family] > 0) _swept |= 1 << (int)family;
    }

    public void EndSweep() => _swept = 0;

    /// <summary>True once the peer came near its limit of prefixes.</summary>
    public bool IsNearLimit(IpFamily family) => (_nearLimit & 1 << (int)family) != 0;

    /// <summary>True once the peer exceeded it: no more is taken in.</summary>
    public bool IsOverLimit(IpFamily family) => (_overLimit & 1 << (int)family) != 0;

    public void NoteLimit(IpFamily family, bool exceeded)
    {
        _nearLimit |= 1 << (int)family;
        if (exceeded) _overLimit |= 1 << (int)family;
    }

    /// <summary>End-of-RIB has come for every family.</summary>
    public bool HasEnded => Terms.Families.All(family => (_ended & 1 << (int)family.Format.Family) != 0);

    public void End(IpFamily family) => _ended |= 1 << (int)family;

    /// <summary>True when our End-of-RIB is held back by our own restart.</summary>
    public bool OwesEndOfRib(IpFamily family) => (_owed & 1 << (int)family) != 0;

    public void OweEndOfRib(IpFamily family)
    {
        _owed |= 1 << (int)family;
        Speak();
    }

    public void PayEndOfRib(IpFamily family) => _owed &= ~(1 << (int)family);
}
