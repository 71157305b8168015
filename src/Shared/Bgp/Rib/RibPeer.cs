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

    /// <summary>The session that is up.</summary>
    public RibSession? Current { get; set; }

    /// <summary>The session before it, whose paths are kept until End-of-RIB (RFC 4724).</summary>
    public RibSession? Stale { get; set; }
}

/// <summary>One life of a session. Paths point at it, so that losing or keeping them all is one change here and not one
/// per path.</summary>
internal sealed class RibSession(int slot, RibPeer peer, SessionSettings settings, PeerTerms terms)
{
    private readonly UpdateGroup?[] _groups = new UpdateGroup?[2];
    private int _dead;
    private int _ended;
    private int _owed;

    public int Slot { get; } = slot;

    public RibPeer Peer { get; } = peer;

    public SessionSettings Settings { get; } = settings;

    public PeerTerms Terms { get; } = terms;

    /// <summary>How many paths point here.</summary>
    public int PathCount { get; set; }

    /// <summary>What waits to be sent, in order.</summary>
    public List<ReadOnlyMemory<byte>> Output { get; set; } = [];

    public bool IsCurrent => ReferenceEquals(Peer.Current, this);

    /// <summary>How the export rules see routes from here.</summary>
    public ExportSource Source =>
        new(Settings.IsInternal, Settings.LocalAs, Terms.PeerRouterId, Peer.Policy.ClientClusterId,
            RoleRules.Mark(Settings.Role, Settings.PeerAs));

    /// <summary>The update group that serves the family; null where the family was not negotiated.</summary>
    public ref UpdateGroup? Group(IpFamily family) => ref _groups[family == IpFamily.V6 ? 1 : 0];

    /// <summary>True when paths of the family that point here are as good as gone.</summary>
    public bool IsDead(IpFamily family) => (_dead & 1 << (int)family) != 0;

    public void Kill(IpFamily family) => _dead |= 1 << (int)family;

    /// <summary>End-of-RIB has come for every family.</summary>
    public bool HasEnded => Terms.Families.All(family => (_ended & 1 << (int)family.Format.Family) != 0);

    public void End(IpFamily family) => _ended |= 1 << (int)family;

    /// <summary>True when our End-of-RIB is held back by our own restart.</summary>
    public bool OwesEndOfRib(IpFamily family) => (_owed & 1 << (int)family) != 0;

    public void OweEndOfRib(IpFamily family, bool owes) =>
        _owed = owes ? _owed | 1 << (int)family : _owed & ~(1 << (int)family);
}
