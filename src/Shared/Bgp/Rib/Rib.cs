using Agent.Bgp.Policy;
using Agent.Bgp.Wire.Attributes;
using Agent.Primitives;

namespace Agent.Bgp.Rib;

/// <summary>The routing information base of one node: what peers say, what is best, what the kernel and the other peers
/// are to have.</summary>
/// <remarks>
/// <code>
///   PeerUp, Apply, PeerDown ---> Adj-RIB-In --+                               +--> TakeRouteChanges (kernel)
///   SetOriginated -------------> local routes +--> Work: decision, Loc-RIB ---+
///   SetConnected --------------> next hops ---+                               +--> TakeOutput: policy, update groups
///   SetPolicy ------------------------------------------------------------------^     (bytes for peers)
/// </code>
/// Inputs only mark prefixes; <see cref="Work"/> decides them, a bounded number at a time; the two <c>Take</c> methods
/// pull what came of it. So a storm of inputs costs one decision per prefix, and losing a peer with a million routes is
/// a walk in slices. Pure and synchronous: the same inputs give the same outputs, and for inputs in another order the
/// same final state.
/// <para>
/// RFC 4271 §9, RFC 4456, RFC 4724, RFC 2918, with the choices of Calico's BIRD (spec calico-bgp 3, 4, 12). A prefix's
/// ties of the decision share traffic; one best route is announced. Left to others: sessions, codecs, timers (graceful
/// restart's deadlines are the owner's).
/// </para>
/// <para>The parts: this file takes what peers say; <c>Rib.Inputs</c> the node's own side; <c>Rib.Selection</c>
/// decides; <c>Rib.Exports</c> and <c>Rib.Output</c> announce; <c>Rib.Inspection</c> answers questions.</para>
/// </remarks>
public sealed partial class Rib
{
    private readonly RibTable _table = new();
    private readonly LinkNames _links = new();
    private readonly NextHopResolver _nextHops;
    private readonly ReceivedAttributes _received;
    private readonly AnnouncedAttributes _announced;
    private readonly KernelRoutes _kernel = new();
    private readonly List<RibPeer> _peers = [];
    private readonly Dictionary<string, RibPeer> _peersByName = new(StringComparer.Ordinal);
    private RibSession?[] _sessions = new RibSession?[4];
    private int _sessionCount;
    private readonly ValueList<int> _freeSessions = new();
    private PolicyTable _policy = new(RibPolicy.Empty);
    private int[] _batchIds = [];
    private ImportVerdict[] _batchVerdicts = [];

    /// <summary>An empty table: no peers, no routes, no policy, nothing connected.</summary>
    public Rib()
    {
        _nextHops = new NextHopResolver(_table);
        _received = new ReceivedAttributes(_nextHops);
        _announced = new AnnouncedAttributes(_received);
        _run = new OutputRun(_table, _announced);
    }

    /// <summary>The number of prefixes known, but for those that wait to be taken out.</summary>
    public int PrefixCount => _table.Count - (_unused.Count - _unusedCursor);

    /// <summary>The number of paths that peers have announced, stale and refused ones included.</summary>
    public int PathCount => _table.PathCount;

    /// <summary>A session is established: its stale routes wait for End-of-RIB, and it will get the whole
    /// table.</summary>
    public void PeerUp(PeerSpec spec, PeerTerms terms)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(terms);
        if (!_peersByName.TryGetValue(spec.Name, out var peer))
        {
            peer = new RibPeer(_peers.Count + 1, spec.Name);
            _peers.Add(peer);
            _peersByName.Add(spec.Name, peer);
        }

        if (peer.Current is not null) PeerDown(spec.Name, keepStale: false);
        if (!_freeSessions.TryPop(out var slot))
        {
            slot = _sessionCount++;
            if (slot == _sessions.Length) Array.Resize(ref _sessions, slot * 2);
        }

        var session = new RibSession(slot, peer, spec.Session, terms, _speaking);
        _sessions[slot] = session;
        peer.Current = session;
        ChangePolicy(peer, spec.Policy);
        foreach (var family in Families)
        {
            var preserved = terms.GracefulRestart
                && terms.Families.Any(each => each.Format.Family == family && each.ForwardingPreserved);
            if (!preserved && peer.Stale is { } stale) Kill(stale, family);
        }

        foreach (var family in terms.Families) Join(session, family);
        CheckRestart(peer);
    }

    /// <summary>A session has ended. Unknown peers and peers that are down already are left as they are.</summary>
    /// <param name="name">The peer's name.</param>
    /// <param name="keepStale">True to keep its routes, marked stale, until it is back and done or
    /// <see cref="StaleExpired"/> (RFC 4724 §4.2).</param>
    public void PeerDown(string name, bool keepStale)
    {
        if (!_peersByName.TryGetValue(name, out var peer) || peer.Current is not { } session) return;
        foreach (var family in session.Terms.Families) Leave(session, family.Format.Family);
        peer.Current = null;
        Forget(peer.Stale);   // stale twice over is gone (RFC 4724 §4.2)
        peer.Stale = session;
        foreach (var family in session.Terms.Families)
            if (!family.KeptWhenDown) Kill(session, family.Format.Family);
        if (!keepStale || session.PathCount == 0) Forget(session);
    }

    /// <summary>Takes in what a peer said in one read. The batch stays the caller's.</summary>
    /// <returns>False when the peer is not up: the batch came too late and was ignored.</returns>
    public bool Apply(string name, UpdateBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (!_peersByName.TryGetValue(name, out var peer) || peer.Current is not { } session) return false;
        var sets = batch.SetCount;
        if (_batchIds.Length < sets) (_batchIds, _batchVerdicts) = (new int[sets * 2], new ImportVerdict[sets * 2]);
        for (var i = 0; i < sets; i++)
        {
            var bytes = batch.Set(i, out var hash);
            _batchIds[i] = Honour(_received.Acquire(bytes, hash), session);
            _batchVerdicts[i] = ImportPolicy.Check(new AttributeSet(bytes), session.Settings, peer.Policy);
        }

        var ahead = int.MaxValue;
        for (var reader = batch.Read(); ;)
        {
            if (reader.Rest.Length <= ahead - RibTable.MostAhead)
            {
                ahead = reader.Rest.Length;
                _table.ReadAhead(reader.Rest);
            }

            if (!reader.Next()) break;
            switch (reader.Kind)
            {
                case RouteOperationKind.Announce:
                    var set = _batchIds[reader.Attributes];
                    var verdict = _batchVerdicts[reader.Attributes];
                    if (verdict == ImportVerdict.Accepted && session.ImportFilter(reader.Family) is { } filter)
                        set = Import(filter, reader.Key.ToPrefix(), set, session, out verdict);
                    Announce(session, reader.Key, reader.PathId, set, verdict);
                    break;
                case RouteOperationKind.Withdraw:
                    Withdraw(session, reader.Key, reader.PathId);
                    break;
                default:
                    session.End(reader.Family);
                    if (peer.Stale is { } stale) Kill(stale, reader.Family);
                    CheckRestart(peer);
                    break;
            }
        }

        EndImport();
        for (var i = 0; i < sets; i++) _received.Release(_batchIds[i]);
        return true;
    }

    private void Announce(RibSession session, in PrefixKey key, uint pathId, int attributes, ImportVerdict verdict)
    {
        if (session.IsOverLimit(key.Family)) return;
        var prefix = _table.FindOrAdd(key);
        var round = session.Round(key.Family);
        var at = FindPath(prefix, session, pathId);
        if (at == PrefixEntry.NoPath)
        {
            var path = new PathEntry { PathId = pathId, Attributes = attributes, Round = round };
            path.Set(session.Slot, verdict);
            _table.AddPath(prefix, path);
        }
        else
        {
            ref var path = ref _table.Path(at);
            var isUntold = path.Round != round && path.Session == session.Slot;
            if (isUntold) session.NoteToldAgain(key.Family);
            var isBack = path.Round != round && session.IsSwept(key.Family);
            path.Round = round;
            if (path.Attributes == attributes && path.Session == session.Slot && path.Verdict == verdict && !isBack)
                return;
            var before = path.Session;
            var was = path.Verdict;
            _received.Retain(attributes);
            _received.Release(path.Attributes);
            path.Attributes = attributes;
            path.Set(session.Slot, verdict);
            session.CountPath(key.Family, verdict, 1);
            DropUse(_sessions[before]!, key.Family, was);
            if (before != session.Slot) CountPrefix(prefix, at, session);
            MarkDirty(prefix);
            return;
        }

        _received.Retain(attributes);
        session.CountPath(key.Family, verdict, 1);
        CountPrefix(prefix, _table.Prefix(prefix).FirstPath, session);
        MarkDirty(prefix);
    }

    private void Withdraw(RibSession session, in PrefixKey key, uint pathId)
    {
        var prefix = _table.Find(key);
        if (prefix < 0) return;
        var path = FindPath(prefix, session, pathId);
        if (path != PrefixEntry.NoPath) RemovePath(prefix, path);
    }

    private int FindPath(int prefix, RibSession session, uint pathId)
    {
        for (var at = _table.Prefix(prefix).FirstPath; at != PrefixEntry.NoPath; at = _table.Path(at).Next)
        {
            ref var path = ref _table.Path(at);
            if (path.PathId != pathId) continue;
            if (path.Session == session.Slot || ReferenceEquals(_sessions[path.Session]!.Peer, session.Peer)) return at;
        }

        return PrefixEntry.NoPath;
    }

    private void RemovePath(int prefix, int path)
    {
        _received.Release(_table.Path(path).Attributes);
        var session = _sessions[_table.Path(path).Session]!;
        var verdict = _table.Path(path).Verdict;
        ref var entry = ref _table.Prefix(prefix);
        if (entry.BestPath == path)
        {
            session.Peer.BestCount--;
            entry.BestPath = PrefixEntry.NoPath;
        }

        if (session.IsLimited && IsOnlyOf(entry, path, session)) session.PrefixesOf(entry.Family)--;
        if (_table.Path(path).Round != session.Round(entry.Family)) session.NoteToldAgain(entry.Family);
        _table.RemovePath(prefix, path);
        DropUse(session, entry.Family, verdict);
        MarkDirty(prefix);
    }

    private void Forget(RibSession? session)
    {
        if (session is null) return;
        Kill(session, IpFamily.V4);
        Kill(session, IpFamily.V6);
    }

    private void Kill(RibSession session, IpFamily family)
    {
        if (session.IsDead(family)) return;
        session.Kill(family);
        if (session.PathCount > 0) Sweep();
        if (!session.IsDead(IpFamily.V4) || !session.IsDead(IpFamily.V6)) return;
        if (ReferenceEquals(session.Peer.Stale, session)) session.Peer.Stale = null;
        FreeIfUnused(session);
    }

    private void DropUse(RibSession session, IpFamily family, ImportVerdict verdict)
    {
        session.CountPath(family, verdict, -1);
        FreeIfUnused(session);
    }

    private void FreeIfUnused(RibSession session)
    {
        if (session.PathCount > 0 || session.IsCurrent) return;
        if (ReferenceEquals(session.Peer.Stale, session)) session.Peer.Stale = null;
        if (!ReferenceEquals(_sessions[session.Slot], session)) return;
        _sessions[session.Slot] = null;
        _freeSessions.Add(session.Slot);
    }
}
