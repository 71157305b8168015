using Agent.Bgp.Policy;
using Agent.Bgp.Wire.Attributes;
using Agent.Primitives;

namespace Agent.Bgp.Rib;

public sealed partial class Rib
{
    private readonly MaskPlace[] _masks = new MaskPlace[64];
    private EditedSet _edited;

    /// <summary>The mask of a set towards a group; a newcomer drives out who stands in its place.</summary>
    private readonly record struct MaskPlace(int Set, int Session, int Link, RuleMask? Mask);

    /// <summary>The set last edited on import, with one use of it.</summary>
    private readonly record struct EditedSet(int Received, AttributeEdits? Edits, int Set);

    /// <summary>What the communities of a received set do where the peer's policy honours them: the number of another
    /// set, for which the use of the given one is exchanged.</summary>
    private int Honour(int received, RibSession session)
    {
        var policy = session.Peer.Policy;
        if (!CommunityOptions.AreHonoured(policy)) return received;
        var edits = CommunityOptions.EditsOf(_received[received], session.Settings, policy);
        if (edits is null) return received;
        var edited = _received.AcquireEdited(received, edits);
        _received.Release(received);
        return edited;
    }

    /// <summary>What a peer's import filters make of a path that is sane: the set that counts, and whether it may be
    /// used. The number is lent until <see cref="EndImport"/>.</summary>
    private int Import(
        FilterProgram filter, IpPrefix prefix, int received, RibSession session, out ImportVerdict verdict)
    {
        verdict = ImportVerdict.Accepted;
        var rule = ImportRule(filter, prefix, received, session);
        if (rule == FilterProgram.FallsThrough) return received;
        if (filter[rule].Action == FilterAction.Reject) verdict = ImportVerdict.Filtered;
        else if (filter.EditsOf(rule) is { } edits) return Edited(received, edits);
        return received;
    }

    /// <summary>The rule that decides about a received set; the interface is that of the next hop now (spec
    /// 12.5).</summary>
    private int ImportRule(FilterProgram filter, IpPrefix prefix, int received, RibSession session)
    {
        ref var place = ref _masks[received & _masks.Length - 1];
        if (place.Set != received || place.Mask is null)
        {
            ref readonly var facts = ref _received.Facts(received);
            var subject = new FilterSubject(_received[received], facts.LocalPref, isLearned: true,
                filter.AsksForInterface ? InterfaceOf(ResolutionOf(facts, session.Slot)) : "");
            place = new MaskPlace(received, 0, 0, filter.MaskOf(subject));
        }

        return filter.Decide(prefix, place.Mask!);
    }

    /// <summary>Before routes of another session or with other filters are imported, and after the last.</summary>
    private void EndImport()
    {
        Array.Clear(_masks);
        if (_edited.Set != 0) _received.Release(_edited.Set);
        _edited = default;
    }

    private int Edited(int received, AttributeEdits edits)
    {
        if (_edited.Received == received && ReferenceEquals(_edited.Edits, edits)) return _edited.Set;
        if (_edited.Set != 0) _received.Release(_edited.Set);
        _edited = new EditedSet(received, edits, _received.AcquireEdited(received, edits));
        return _edited.Set;
    }

    /// <summary>The rule of a group's filters that decides about a path, or about the local route;
    /// <see cref="FilterProgram.FallsThrough"/> without any.</summary>
    private int ExportRule(in PrefixEntry entry, int at, UpdateGroup group)
    {
        if (group.Filter is not { } filter) return FilterProgram.FallsThrough;
        var isLearned = at != PrefixEntry.NoPath;
        var set = isLearned ? _table.Path(at).Attributes : 0;
        var link = filter.AsksForInterface ? LinkOf(entry, at) : 0;
        var session = isLearned ? _table.Path(at).Session : -1;
        ref var place = ref _masks[set + session * 31 + link * 7 & _masks.Length - 1];
        if (place.Set != set || place.Session != session || place.Link != link || place.Mask is null)
        {
            var localPref = isLearned ? _received.Facts(set).LocalPref : LocalPrefHere(group.Family);
            var subject = new FilterSubject(
                _announced.Preview(set, PassageTo(group, session, default)), localPref, isLearned,
                _links.NameOf(link));
            place = new MaskPlace(set, session, link, filter.MaskOf(subject));
        }

        return filter.Decide(_table.ToPrefix(entry), place.Mask!);
    }

    /// <summary>The index of the outgoing interface; 0 for none.</summary>
    private int LinkOf(in PrefixEntry entry, int at)
    {
        if (at == PrefixEntry.NoPath && entry.LocalKind != LocalRouteKind.Gateway) return entry.LocalLink;
        var resolution = at == PrefixEntry.NoPath
            ? _nextHops[entry.LocalLink]
            : ResolutionOf(_received.Facts(_table.Path(at).Attributes), _table.Path(at).Session);
        return resolution.Reachable ? resolution.Hop.Link : 0;
    }

    /// <summary>Steps 5 and 6 of the export rules (spec 3.2).</summary>
    private bool IsHiddenInterface(in PrefixEntry entry, int at, bool isInternal)
    {
        if (!_links.HasHidden) return false;
        var link = LinkOf(entry, at);
        return _links.IsBpf(link) || (isInternal && _links.IsOverlay(link));
    }

    private bool IsElevated(in PathEntry path, IpFamily family) =>
        _policy.Policy.Priorities.IsElevated(family, _received.Facts(path.Attributes).LocalPref);

    private uint LocalPrefHere(IpFamily family) => _policy.Policy.Priorities.LocalPref(family) is var set and not 0
        ? set
        : ExportAttributes.DefaultLocalPref;

    private string InterfaceOf(in Resolution resolution) =>
        resolution.Reachable ? _links.NameOf(resolution.Hop.Link) : "";
}
