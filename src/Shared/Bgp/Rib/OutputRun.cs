using Agent.Bgp.Wire;

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
internal sealed class OutputRun(RibTable table, Interned<PathAttributes> attributes)
{
    private const int ChunkSize = 64 * 1024;
    private const int MaxMessage = 4096;

    private readonly List<Item> _withdrawals = [];
    private readonly List<Item> _announcements = [];
    private readonly List<Extra> _extras = [];
    private readonly List<Item> _scratch = [];
    private readonly List<Chunk> _chunks = [];
    private readonly List<Segment> _segments = [];
    private readonly byte[] _work = new byte[ChunkSize];
    private Nlri[] _nlri = new Nlri[256];
    private int _used;
    private UpdateFormat _format;

    private readonly record struct Item(int Source, int Attributes, int Prefix) : IComparable<Item>
    {
        public int CompareTo(Item other)
        {
            if (Source != other.Source) return Source.CompareTo(other.Source);
            return Attributes != other.Attributes
                ? Attributes.CompareTo(other.Attributes)
                : Prefix.CompareTo(other.Prefix);
        }
    }

    private readonly record struct Extra(int Peer, Item Item) : IComparable<Extra>
    {
        public int CompareTo(Extra other) =>
            Peer != other.Peer ? Peer.CompareTo(other.Peer) : Item.CompareTo(other.Item);
    }

    private readonly record struct Chunk(byte[] Bytes, int FirstSegment, int EndSegment);

    private readonly record struct Segment(int Source, int Start, int End);

    /// <summary>What a group has been told about a prefix changes.</summary>
    public void Add(int prefix, Advertised before, Advertised after)
    {
        if (before.Attributes == after.Attributes)
        {
            if (after.Attributes == 0 || before.Source == after.Source) return;
            if (before.Source != 0) _extras.Add(new(before.Source, new(0, after.Attributes, prefix)));
            if (after.Source != 0) _extras.Add(new(after.Source, new(0, 0, prefix)));
        }
        else if (after.Attributes == 0)
        {
            _withdrawals.Add(new(before.Source, 0, prefix));
        }
        else
        {
            _announcements.Add(new(after.Source, after.Attributes, prefix));
            if (after.Source != 0 && before.To(after.Source)) _extras.Add(new(after.Source, new(0, 0, prefix)));
        }
    }

    /// <summary>Writes what was collected and appends it to the members' output; the run is empty afterwards.</summary>
    public void Deliver(List<RibSession> members, UpdateFormat format)
    {
        _format = format;
        if (members.Count > 0)
        {
            _withdrawals.Sort();
            _announcements.Sort();
            Write(_withdrawals);
            Write(_announcements);
            Seal();
            foreach (var member in members) Append(member);
            DeliverExtras(members);
        }

        _withdrawals.Clear();
        _announcements.Clear();
        _extras.Clear();
        _chunks.Clear();
        _segments.Clear();
    }

    private void DeliverExtras(List<RibSession> members)
    {
        _extras.Sort();
        for (var i = 0; i < _extras.Count;)
        {
            var peer = _extras[i].Peer;
            _scratch.Clear();
            for (; i < _extras.Count && _extras[i].Peer == peer; i++) _scratch.Add(_extras[i].Item);
            var member = members.Find(member => member.Peer.Id == peer);
            if (member is null) continue;
            _chunks.Clear();
            _segments.Clear();
            Write(_scratch);
            Seal();
            Append(member);
        }
    }

    private void Write(List<Item> items)
    {
        for (var i = 0; i < items.Count;)
        {
            var (source, set, _) = items[i];
            var count = 0;
            for (; i < items.Count && items[i].Source == source && items[i].Attributes == set; i++)
            {
                if (count == _nlri.Length) Array.Resize(ref _nlri, count * 2);
                _nlri[count++] = new Nlri(table.Prefix(items[i].Prefix).Key.ToPrefix());
            }

            for (ReadOnlySpan<Nlri> left = _nlri.AsSpan(0, count); !left.IsEmpty;)
            {
                if (_used + MaxMessage > ChunkSize) Seal();
                var start = _used;
                int consumed;
                _used += set == 0
                    ? UpdateCodec.WriteWithdrawal(_work.AsSpan(_used), _format, left, out consumed)
                    : UpdateCodec.WriteAnnouncement(_work.AsSpan(_used), attributes[set], _format, left, out consumed);
                left = left[consumed..];
                if (source != 0) Leave(source, start);
            }
        }
    }

    // The bytes from start on are not for the source.
    private void Leave(int source, int start)
    {
        var first = _chunks.Count > 0 ? _chunks[^1].EndSegment : 0;
        if (_segments.Count > first && _segments[^1].Source == source && _segments[^1].End == start)
            _segments[^1] = _segments[^1] with { End = _used };
        else _segments.Add(new(source, start, _used));
    }

    private void Seal()
    {
        if (_used == 0) return;
        var first = _chunks.Count > 0 ? _chunks[^1].EndSegment : 0;
        _chunks.Add(new(_work.AsSpan(0, _used).ToArray(), first, _segments.Count));
        _used = 0;
    }

    private void Append(RibSession member)
    {
        foreach (var chunk in _chunks)
        {
            var start = 0;
            for (var i = chunk.FirstSegment; i < chunk.EndSegment; i++)
            {
                var segment = _segments[i];
                if (segment.Source != member.Peer.Id) continue;
                if (segment.Start > start) member.Output.Add(chunk.Bytes.AsMemory(start..segment.Start));
                start = segment.End;
            }

            if (start < chunk.Bytes.Length) member.Output.Add(chunk.Bytes.AsMemory(start));
        }
    }
}
