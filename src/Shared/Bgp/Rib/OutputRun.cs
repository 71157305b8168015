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
/// What concerns one member alone (split horizon begins or ends) is written for it apart, behind the rest.
/// </remarks>
internal sealed class OutputRun(RibTable table, AnnouncedAttributes attributes)
{
    private const int ChunkSize = 64 * 1024;

    private readonly OutputItems _shared = new();
    private readonly OutputItems _extras = new();
    private readonly ValueList<Chunk> _chunks = new();
    private readonly ValueList<Segment> _segments = new();
    private readonly byte[] _work = new byte[ChunkSize];
    private IpAddr _nextHop;
    private int _used;
    private UpdateFormat _format;

    private readonly record struct Chunk(byte[] Bytes, int FirstSegment, int EndSegment);

    private readonly record struct Segment(int Source, int Start, int End);

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

    /// <summary>Writes what was collected and appends it to the members' output; the run is empty afterwards.</summary>
    public void Deliver(List<RibSession> members, UpdateFormat format)
    {
        _format = format;
        if (members.Count > 0 && _shared.Count > 0)
        {
            _shared.Arrange();
            for (var i = 0; i < _shared.Count; i++) Write(_shared, i, withSource: true);
            Seal();
            foreach (var member in members) Append(member);
        }

        if (members.Count > 0 && _extras.Count > 0) DeliverExtras(members);
        _shared.Clear();
        _extras.Clear();
        _chunks.Clear();
        _segments.Clear();
    }

    private void DeliverExtras(List<RibSession> members)
    {
        _extras.Arrange();
        for (var i = 0; i < _extras.Count;)
        {
            var peer = _extras[i].Source;
            RibSession? member = null;
            foreach (var each in members)
                if (each.Peer.Id == peer) member = each;
            _chunks.Clear();
            _segments.Clear();
            for (; i < _extras.Count && _extras[i].Source == peer; i++)
                if (member is not null) Write(_extras, i, withSource: false);
            Seal();
            if (member is not null) Append(member);
        }
    }

    private void Write(OutputItems items, int place, bool withSource)
    {
        var (source, set, at) = items[place];
        var formatted = set == 0 ? default : attributes.Format(set, _format, out _nextHop);
        var announces = set != 0;
        while (at != OutputItems.End)
        {
            if (_used + _format.MaxMessageSize > ChunkSize) Seal();
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
            if (withSource && source != 0) Leave(source, start);
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
        if (last >= FirstSegment && _segments[last].Source == source && _segments[last].End == start)
            _segments[last] = _segments[last] with { End = _used };
        else _segments.Add(new(source, start, _used));
    }

    private void Seal()
    {
        if (_used == 0) return;
        _chunks.Add(new(_work.AsSpan(0, _used).ToArray(), FirstSegment, _segments.Count));
        _used = 0;
    }

    // Where the segments of the chunk that is being written begin.
    private int FirstSegment => _chunks.Count > 0 ? _chunks[_chunks.Count - 1].EndSegment : 0;

    private void Append(RibSession member)
    {
        for (var each = 0; each < _chunks.Count; each++)
        {
            var chunk = _chunks[each];
            var start = 0;
            for (var i = chunk.FirstSegment; i < chunk.EndSegment; i++)
            {
                var segment = _segments[i];
                if (segment.Source != member.Peer.Id) continue;
                if (segment.Start > start) member.Output.Add(chunk.Bytes.AsMemory(start, segment.Start - start));
                start = segment.End;
            }

            if (start < chunk.Bytes.Length) member.Output.Add(chunk.Bytes.AsMemory(start));
        }
    }
}
