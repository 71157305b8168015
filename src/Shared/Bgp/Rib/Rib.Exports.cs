using Agent.Bgp.Policy;

namespace Agent.Bgp.Rib;

/// <remarks>What a group is to be told of a route: the export rules, and the attributes that it goes with.</remarks>
public sealed partial class Rib
{
    private readonly KnownPassage[] _passages = new KnownPassage[64];
    private LastExport _lastExport;

    /// <summary>A passage to the group at hand: of routes from one session (-1 for local ones) with the same
    /// additions.</summary>
    private readonly record struct KnownPassage(int Session, ExportAdditions Additions, int Id);

    /// <summary>What became of the last learned route on its way to the group at hand: the prefixes of an UPDATE come
    /// one after the other, and all go the same way.</summary>
    private struct LastExport
    {
        public int Set;
        public int Session;
        public UpdateGroup? Group;
        public ExportVerdict? Refusal;
        public bool IsElevated;
        public int Member;
        public ExportAdditions Additions;
        public int Announced;
    }

    /// <summary>What the group is to be told of a path, or of the local route, with one use of the
    /// attributes.</summary>
    private Advertised Export(in PrefixEntry entry, int at, UpdateGroup group)
    {
        var ruling = JudgeExport(entry, at, group);
        if (!ruling.Verdict.IsExported()) return default;
        if (at == PrefixEntry.NoPath) return new(_announced.Acquire(0, PassageTo(group, -1, ruling.Additions)), 0);
        ref var last = ref LastExportOf(_table.Path(at), group);
        var additions = ruling.Additions;
        if (last.Announced == 0 || !ReferenceEquals(last.Additions.Tags, additions.Tags)
            || !ReferenceEquals(last.Additions.Edits, additions.Edits))
        {
            _announced.Release(last.Announced);
            last.Additions = additions;
            last.Announced = _announced.Acquire(last.Set, PassageTo(group, last.Session, additions));
        }

        _announced.Retain(last.Announced);
        return new(last.Announced, last.Member);
    }

    private ref LastExport LastExportOf(in PathEntry path, UpdateGroup group)
    {
        ref var last = ref _lastExport;
        if (last.Set == path.Attributes && last.Session == path.Session && ReferenceEquals(last.Group, group))
            return ref last;
        ForgetExport();
        var session = _sessions[path.Session]!;
        last.Set = path.Attributes;
        last.Session = path.Session;
        last.Group = group;
        last.Refusal =
            ExportPolicy.Gate(_received[path.Attributes], session.SourceOf(group.Family), group.Key.Target);
        last.IsElevated = IsElevated(path, group.Family);
        last.Member = ReferenceEquals(session.Peer.Current?.Group(group.Family), group) ? session.Peer.Id : 0;
        return ref last;
    }

    private void ForgetExport()
    {
        _announced.Release(_lastExport.Announced);
        _lastExport = default;
    }

    // A newcomer drives out who stands in its place: it costs no more than to look that one up again.
    private int PassageTo(UpdateGroup group, int session, in ExportAdditions additions)
    {
        var (tags, edits, _) = additions;
        ref var place = ref _passages[
            session + 1 + (tags?.Id ?? 0) * 7 + (edits is null ? 0 : 31) & _passages.Length - 1];
        if (place.Id != 0 && place.Session == session && ReferenceEquals(place.Additions.Tags, tags)
            && ReferenceEquals(place.Additions.Edits, edits)) return place.Id;
        _announced.ReleasePassage(place.Id);
        var source = session < 0 ? default : _sessions[session]!.SourceOf(group.Family);
        var localPref = session < 0 ? _policy.Policy.Priorities.LocalPref(group.Family) : 0;
        var passage = new ExportPassage(
            session < 0, source, group.Key.Target, additions with { LocalPref = localPref });
        place = new KnownPassage(session, additions, _announced.AcquirePassage(passage));
        return place.Id;
    }

    // The path, or where that is none, the local route.
    private ExportRuling JudgeExport(in PrefixEntry entry, int at, UpdateGroup group)
    {
        var isElevated = false;
        if (at != PrefixEntry.NoPath)
        {
            ref var last = ref LastExportOf(_table.Path(at), group);
            if (last.Refusal is { } refusal) return new(refusal);
            isElevated = last.IsElevated;
        }
        else if (entry.LocalKind == LocalRouteKind.None)
        {
            return new(ExportVerdict.NoRoute);
        }

        if (ExportRule(entry, at, group) is var rule and not FilterProgram.FallsThrough)
        {
            var decided = group.Filter![rule];
            return decided.Action == FilterAction.Accept
                ? new(ExportVerdict.FilterAccepted, new ExportAdditions(null, decided.Edits), rule)
                : new(ExportVerdict.FilterRejected, default, rule);
        }

        var facts = _policy.Of(_table.KeyOf(entry));
        var circumstances = new ExportCircumstances(isElevated, IsHiddenInterface(entry, at, group.IsInternal));
        return new(ExportPolicy.Decide(facts, circumstances), new ExportAdditions(facts.Tags));
    }

    private void ForgetPassages()
    {
        ForgetExport();
        for (var i = 0; i < _passages.Length; i++) _announced.ReleasePassage(_passages[i].Id);
        Array.Clear(_passages);
        Array.Clear(_masks);
    }
}
