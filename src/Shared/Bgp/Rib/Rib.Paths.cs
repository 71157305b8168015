using Agent.Bgp.Policy;

namespace Agent.Bgp.Rib;

/// <remarks>ADD-PATH, sending (RFC 7911): a group whose members take several paths is told every usable one, each after
/// the export rules have passed it.</remarks>
public sealed partial class Rib
{
    // A path is told under its place in the table, which it keeps as long as its peer announces it; nobody else's place
    // is the same meanwhile, and 0, which some read as "none", is left free.
    private const uint LocalPathId = 1;
    private const uint FirstPathId = 2;

    private DuePath[] _due = new DuePath[4];

    private struct DuePath
    {
        public uint PathId;
        public Advertised Told;
    }

    private void UpdatePaths(UpdateGroup group, int prefix, ToldPaths paths)
    {
        var count = GatherDue(_table.Prefix(prefix), group);
        var due = _due.AsSpan(0, count);
        for (var at = paths.First(prefix); at != ToldPaths.End;)
        {
            var next = paths.After(at);
            var after = TakeDue(due, paths.PathIdOf(at));
            Tell(group, prefix, paths.PathIdOf(at), paths[at], ref after);
            if (after.Attributes == 0) paths.Remove(prefix, at);
            else paths[at] = after;
            at = next;
        }

        foreach (ref var path in due)
        {
            if (path.Told.Attributes == 0) continue;
            Tell(group, prefix, path.PathId, default, ref path.Told);
            paths.Add(prefix, path.PathId, path.Told);
        }
    }

    /// <summary>What the group is to be told about a path; it is struck off what is due.</summary>
    private static Advertised TakeDue(Span<DuePath> due, uint pathId)
    {
        foreach (ref var path in due)
        {
            if (path.PathId != pathId) continue;
            var told = path.Told;
            path.Told = default;
            return told;
        }

        return default;
    }

    /// <summary>Lays out what the group is to be told about a prefix, each with one use of its attributes, and returns
    /// how many paths that are.</summary>
    private int GatherDue(in PrefixEntry entry, UpdateGroup group)
    {
        var count = 0;
        if (entry.LocalKind != LocalRouteKind.None)
            AddDue(LocalPathId, Export(entry, PrefixEntry.NoPath, group), ref count);
        for (var at = entry.FirstPath; at != PrefixEntry.NoPath; at = _table.Path(at).Next)
            if (IsUsable(entry, at)) AddDue(FirstPathId + (uint)at, Export(entry, at, group), ref count);
        return count;
    }

    private void AddDue(uint pathId, Advertised told, ref int count)
    {
        if (told.Attributes == 0) return;
        if (count == _due.Length) Array.Resize(ref _due, count * 2);
        _due[count++] = new DuePath { PathId = pathId, Told = told };
    }

    /// <summary>The verdict on a prefix for a peer that takes several paths: that of the first path that passes, else
    /// of the best.</summary>
    private ExportRuling JudgePaths(in PrefixEntry entry, int bestPath, RibPeer peer, UpdateGroup group)
    {
        var best = JudgeFor(entry, bestPath, peer, group);
        if (best.Verdict.IsExported()) return best;
        for (var at = entry.FirstPath; at != PrefixEntry.NoPath; at = _table.Path(at).Next)
        {
            if (!IsUsable(entry, at)) continue;
            var ruling = JudgeFor(entry, at, peer, group);
            if (ruling.Verdict.IsExported()) return ruling;
        }

        return best;
    }
}
