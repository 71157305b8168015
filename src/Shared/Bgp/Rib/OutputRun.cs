using Agent.Bgp.Wire;
using Agent.Primitives;

namespace Agent.Bgp.Rib;

/// <summary>Collects what changes for the members of a group and writes it once for all of them.</summary>
/// <remarks>
/// Prefixes with equal attributes go into one message, as many as fit. The bytes of a run are shared by reference; what
/// a member must not hear, because the route came from it, is left out by slicing:
/// <code>
///   run:            [ for all ][ not for A ][ not for B ][ for all ... ]
///   A gets          [ for all ]             [ not for B ][ for all ... ]
/// </code>
/// What concerns one member alone (split horizon begins or ends) is written for it apart, behind the rest. A member
/// for which as many bytes wait as may gets no further chunk: it is cut off, and what it did not get can be read.
/// </remarks>
internal sealed class OutputRun(RibTable table, AnnouncedAttributes attributes)
{
    private const int ChunkSize = 64 * 1024;

    private readonly OutputItems _shared = new();
    private readonly OutputItems _extras = new();
    private readonly ValueList<Segment> _segments = new();
    private readonly List<RibSession> _open = [];
    private readonly ValueList<Cut> _cuts = new();
    private readonly byte[] _work = new byte[ChunkSize];
    private IpAddr _nextHop;
    private Place _begin;
    private int _used;
    private UpdateFormat _format;

    private readonly record struct Segment(int Source, int Start, int End);

    /// <summary>An item: of what is for all or of what is for one, in which group, where in its chain.</summary>
    internal readonly record struct Place(bool IsExtra, int Group, int At);

    /// <summary>A member that did not get all, and where what it did not get begins.</summary>
    internal readonly record struct Cut(RibSession Session, Place Next);

    /// <summary>What a group has been told about a path of a prefix changes.</summary>
    public void Add(int prefix, uint pathId, Advertised before, Advertised after)
    {
        if (before.Attributes == after.Attributes)
        {
            if (after.Attributes == 0 || before.Source == after.Source) return;
            if (before.Source != 0) _extras.Add(before.Source, after.Attributes, prefix, pathId);
            if (after.Source != 0) _extras.Add(after.Source, 0, prefix, pathId);
        }
        else if (after.Attributes == 0)
        {
            _shared.Add(before.Source, 0, prefix, pathId);
        }
        else
        {
            _shared.Add(after.Source, after.Attributes, prefix, pathId);
            if (after.Source != 0 && before.To(after.Source)) _extras.Add(after.Source, 0, prefix, pathId);
        }
    }

    /// <summary>Writes what was collected and appends it to the members' output, as far as each may get more. Then
    /// <see cref="TryTakeCut"/> until there is none, and <see cref="Clear"/>.</summary>
    public void Write(List<RibSession> members, UpdateFormat format)
    {
        _format = format;
        if (members.Count == 0) return;
        if (_extras.Count > 0) _extras.Arrange();
        if (_shared.Count > 0)
        {
            _shared.Arrange();
            _open.AddRange(members);
            Write(_shared, 0, _shared.Count, isExtra: false);
            _open.Clear();
        }

        if (_extras.Count > 0) WriteExtras(members);
    }

    /// <summary>A member that did not get all, and is then forgotten here.</summary>
    public bool TryTakeCut(out Cut cut) => _cuts.TryPop(out cut);

    /// <summary>The next path that the member did not get to hear of; false when that was all.</summary>
    public bool TryTakeUnsent(ref Cut cut, out int prefix, out uint pathId)
    {
        (prefix, pathId) = (0, 0);
        while (true)
        {
            var (isExtra, group, at) = cut.Next;
            var items = isExtra ? _extras : _shared;
            if (group == items.Count)
            {
                if (isExtra) return false;
                cut = cut with { Next = FirstOf(isExtra: true, 0) };
            }
            else if (at == OutputItems.End || (isExtra && items[group].Source != cut.Session.Peer.Id))
            {
                cut = cut with { Next = FirstOf(isExtra, group + 1) };
            }
            else
            {
                (prefix, pathId) = (items.PrefixOf(at), items.PathIdOf(at));
                cut = cut with { Next = new Place(isExtra, group, items.After(at)) };
                return true;
            }
        }
    }

    /// <summary>The run is empty afterwards.</summary>
    public void Clear()
    {
        _shared.Clear();
        _extras.Clear();
    }

    private void WriteExtras(List<RibSession> members)
    {
        for (var first = 0; first < _extras.Count;)
        {
            var peer = _extras[first].Source;
            var end = first + 1;
            while (end < _extras.Count && _extras[end].Source == peer) end++;
            foreach (var member in members)
                if (member.Peer.Id == peer && !IsCut(member)) _open.Add(member);
            Write(_extras, first, end, isExtra: true);
            _open.Clear();
            first = end;
        }
    }

    private void Write(OutputItems items, int first, int end, bool isExtra)
    {
        if (_open.Count == 0) return;
        _begin = FirstOf(isExtra, first);
        for (var i = first; i < end && _open.Count > 0; i++) Write(items, i, isExtra);
        Seal(default);
    }

    private void Write(OutputItems items, int place, bool isExtra)
    {
        var (source, set, at) = items[place];
        var formatted = set == 0 ? default : attributes.Format(set, _format, out _nextHop);
        var announces = set != 0;
        while (at != OutputItems.End)
        {
            if (_used + _format.MaxMessageSize > ChunkSize)
            {
                Seal(new Place(isExtra, place, at));
                if (_open.Count == 0) return;
            }

            var start = _used;
            var writer = Open(formatted, ref announces);
            while (at != OutputItems.End)
            {
                ref var entry = ref table.Prefix(items.PrefixOf(at));
                if (!writer.TryAppend(table.KeyOf(entry), items.PathIdOf(at))) break;
                at = items.After(at);
            }

            if (writer.IsEmpty)
            {
                // Attributes that leave no room for a prefix cannot be announced (RFC 4271 §9.2): it is withdrawn.
                announces = false;
                continue;
            }

            _used += writer.Close();
            if (!isExtra && source != 0) Leave(source, start);
        }
    }

    private UpdateWriter Open(ReadOnlySpan<byte> formatted, ref bool announces)
    {
        var room = _work.AsSpan(_used);
        if (announces && UpdateWriter.TryAnnounce(room, formatted, _nextHop, _format, out var writer)) return writer;
        announces = false;
        return UpdateWriter.Withdraw(room, _format);
    }

    // The bytes from start on are not for the source.
    private void Leave(int source, int start)
    {
        var last = _segments.Count - 1;
        if (last >= 0 && _segments[last].Source == source && _segments[last].End == start)
            _segments[last] = _segments[last] with { End = _used };
        else _segments.Add(new(source, start, _used));
    }

    /// <summary>Gives the chunk to those who may get more, and cuts off the others; the next one begins with
    /// <paramref name="next"/>.</summary>
    private void Seal(Place next)
    {
        if (_used > 0)
        {
            for (var i = _open.Count - 1; i >= 0; i--)
            {
                if (!_open[i].IsFull) continue;
                _cuts.Add(new Cut(_open[i], _begin));
                _open.RemoveAt(i);
            }

            var chunk = _open.Count == 0 ? [] : _work.AsSpan(0, _used).ToArray();
            foreach (var member in _open) Append(chunk, member);
        }

        _begin = next;
        _used = 0;
        _segments.Clear();
    }

    private void Append(byte[] chunk, RibSession member)
    {
        var start = 0;
        for (var i = 0; i < _segments.Count; i++)
        {
            var segment = _segments[i];
            if (segment.Source != member.Peer.Id) continue;
            if (segment.Start > start) member.Send(chunk.AsMemory(start, segment.Start - start));
            start = segment.End;
        }

        if (start < chunk.Length) member.Send(chunk.AsMemory(start));
    }

    private bool IsCut(RibSession member)
    {
        for (var i = 0; i < _cuts.Count; i++)
            if (ReferenceEquals(_cuts[i].Session, member)) return true;
        return false;
    }

    private Place FirstOf(bool isExtra, int group)
    {
        var items = isExtra ? _extras : _shared;
        return new Place(isExtra, group, group < items.Count ? items[group].First : OutputItems.End);
    }
}
