using Agent.Bgp.Policy;
using Agent.Bgp.Wire;
using Agent.Bgp.Wire.Attributes;
using Agent.Primitives;

namespace Agent.Bgp.Rib;

/// <summary>What becomes of attributes on their way from a session to an update group: all that counts beside the
/// attributes themselves.</summary>
/// <param name="IsLocal">The route originates here.</param>
/// <param name="Source">Where it was learned; default for a local one.</param>
/// <param name="Target">Where it goes.</param>
/// <param name="Additions">What the policy adds.</param>
internal sealed record ExportPassage(
    bool IsLocal, ExportSource Source, ExportTarget Target, ExportAdditions Additions)
{
    /// <summary>The same as changes to the set.</summary>
    public AttributeEdits Edits => field ??= IsLocal
        ? ExportAttributes.OfLocal(Target, Additions)
        : ExportAttributes.OfLearned(Source, Target, Additions);
}

/// <summary>Attribute sets as they are announced, each under a number, with a count of its uses; 0 is
/// nothing.</summary>
/// <remarks>
/// A set is kept as a pair of numbers, the received set and its <see cref="ExportPassage"/>, and its bytes are made
/// where they are written or compared, by one pass over the received ones. Each pair in use holds its received set. Two
/// pairs may stand for equal attributes: <see cref="AreEqual"/>.
/// </remarks>
internal sealed class AnnouncedAttributes(ReceivedAttributes received)
{
    private readonly ChunkedArray<Entry> _entries = new();
    private readonly Interned<ExportPassage> _passages = new();
    private int[] _heads = new int[16];
    private byte[] _set = [];
    private byte[] _otherSet = [];
    private byte[] _formatted = [];
    private int _high = 1;
    private int _firstFree;
    private int _count;
    private long _compared;
    private bool _equal;

    private struct Entry
    {
        public int Received;
        public int Passage;
        public int Next;
        public int Uses;
    }

    /// <summary>The attributes of a number in use, as an object.</summary>
    public PathAttributes Read(int id) => AttributeReader.Read(SetOf(id, ref _set));

    /// <summary>The attributes of a number in use, as a peer reads them; valid until the next call.</summary>
    /// <param name="id">The number.</param>
    /// <param name="format">How the peer reads them.</param>
    /// <param name="nextHop">The next hop, which the attributes do not have when it is an IPv6 address.</param>
    public ReadOnlySpan<byte> Format(int id, UpdateFormat format, out IpAddr nextHop)
    {
        var set = SetOf(id, ref _set);
        nextHop = set.NextHop;
        Reserve(ref _formatted, AttributeFormatter.RoomFor(set.Bytes.Length));
        return _formatted.AsSpan(0, AttributeFormatter.Write(_formatted, set, format));
    }

    /// <summary>The number of a received set behind a passage, with one use more.</summary>
    /// <param name="set">The received set; 0 for a local route.</param>
    /// <param name="passage">A number of <see cref="AcquirePassage"/>.</param>
    public int Acquire(int set, int passage)
    {
        var head = HeadOf(set, passage);
        for (var at = _heads[head]; at != 0; at = _entries[at].Next)
        {
            if (_entries[at].Received != set || _entries[at].Passage != passage) continue;
            _entries[at].Uses++;
            return at;
        }

        if (_count == _heads.Length)
        {
            GrowHeads();
            head = HeadOf(set, passage);
        }

        var id = _firstFree;
        if (id != 0) _firstFree = _entries[id].Next;
        else _entries.Reserve((id = _high++) + 1);
        _entries[id] = new Entry { Received = set, Passage = passage, Next = _heads[head], Uses = 1 };
        _heads[head] = id;
        _count++;
        if (set != 0) received.Retain(set);
        _passages.Retain(passage);
        return id;
    }

    /// <summary>What a received set (0 for a local route) is behind a passage; valid until the next call.</summary>
    public AttributeSet Preview(int set, int passage) => SetOf(set, passage, ref _set);

    /// <summary>The number of a passage, with one use more: release it once it has been used.</summary>
    public int AcquirePassage(ExportPassage passage) => _passages.Acquire(passage);

    /// <summary>One use of a passage less.</summary>
    public void ReleasePassage(int passage) => _passages.Release(passage);

    /// <summary>True when two numbers, 0 included, stand for equal attributes.</summary>
    /// <remarks>Asked for each prefix of an UPDATE in turn, so the last answer is kept.</remarks>
    public bool AreEqual(int left, int right)
    {
        if (left == right) return true;
        if (left == 0 || right == 0) return false;
        var pair = (long)left << 32 | (uint)right;
        if (_compared != pair) (_compared, _equal) = (pair, Compare(left, right));
        return _equal;
    }

    /// <summary>One use more of a number in use; nothing for 0.</summary>
    public void Retain(int id)
    {
        if (id != 0) _entries[id].Uses++;
    }

    /// <summary>One use less; nothing for 0.</summary>
    public void Release(int id)
    {
        if (id == 0 || --_entries[id].Uses > 0) return;
        if (_compared >> 32 == id || (int)_compared == id) _compared = 0;
        var entry = _entries[id];
        ref var link = ref _heads[HeadOf(entry.Received, entry.Passage)];
        while (link != id) link = ref _entries[link].Next;
        link = entry.Next;
        _entries[id] = new Entry { Next = _firstFree };
        _firstFree = id;
        _count--;
        if (entry.Received != 0) received.Release(entry.Received);
        _passages.Release(entry.Passage);
    }

    private bool Compare(int left, int right) =>
        SetOf(left, ref _set).Bytes.SequenceEqual(SetOf(right, ref _otherSet).Bytes);

    private AttributeSet SetOf(int id, ref byte[] room) =>
        SetOf(_entries[id].Received, _entries[id].Passage, ref room);

    private AttributeSet SetOf(int number, int passage, ref byte[] room)
    {
        var set = number == 0 ? ExportAttributes.LocalSet : received[number];
        var edits = _passages[passage].Edits;
        Reserve(ref room, edits.RoomFor(set.Bytes.Length));
        return new AttributeSet(room.AsSpan(0, edits.Apply(set, room)));
    }

    private static void Reserve(ref byte[] room, int length)
    {
        if (room.Length < length) room = new byte[length * 2];
    }

    private int HeadOf(int set, int passage) =>
        (int)(((ulong)(uint)set << 32 | (uint)passage) * 0x9E3779B97F4A7C15UL >> 33) & (_heads.Length - 1);

    private void GrowHeads()
    {
        _heads = new int[_heads.Length * 2];
        for (var id = 1; id < _high; id++)
        {
            ref var entry = ref _entries[id];
            if (entry.Uses == 0) continue;
            ref var head = ref _heads[HeadOf(entry.Received, entry.Passage)];
            entry.Next = head;
            head = id;
        }
    }
}
