using Agent.Bgp.Policy;

namespace Agent.Bgp.Rib;

/// <summary>What becomes of attributes on their way from a session to an update group: all that counts beside the
/// attributes themselves.</summary>
/// <param name="IsLocal">The route originates here.</param>
/// <param name="Source">Where it was learned; default for a local one.</param>
/// <param name="Target">Where it goes.</param>
/// <param name="Tags">The communities that the policy adds.</param>
internal sealed record ExportPassage(bool IsLocal, ExportSource Source, ExportTarget Target, CommunityTags? Tags);

/// <summary>Attribute sets as they are announced, each under a number, with a count of its uses; 0 is
/// nothing.</summary>
/// <remarks>
/// A set is kept as a pair of numbers, the received set and its <see cref="ExportPassage"/>, and computed where it is
/// written or looked at: as objects the announced sets would take as much memory as the received ones. Each pair in use
/// holds its received set. Two pairs may stand for equal attributes: <see cref="AreEqual"/>.
/// </remarks>
internal sealed class AnnouncedAttributes(ReceivedAttributes received)
{
    private readonly ChunkedArray<Entry> _entries = new();
    private readonly Interned<ExportPassage> _passages = new();
    private int[] _heads = new int[16];
    private int _high = 1;
    private int _firstFree;
    private int _count;
    private (int Left, int Right) _compared;
    private bool _equal;

    private struct Entry
    {
        public int Received;
        public int Passage;
        public int Next;
        public int Uses;
    }

    /// <summary>The attributes of a number in use.</summary>
    public PathAttributes this[int id]
    {
        get
        {
            ref var entry = ref _entries[id];
            var passage = _passages[entry.Passage];
            if (passage.IsLocal) return ExportAttributes.OfLocal(passage.Target, passage.Tags);
            return ExportAttributes.OfLearned(
                received[entry.Received], received.Facts(entry.Received).LocalPref, passage.Source, passage.Target,
                passage.Tags);
        }
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
        if (_compared != (left, right)) (_compared, _equal) = ((left, right), Compare(left, right));
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
        if (_compared.Left == id || _compared.Right == id) _compared = default;
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

    private bool Compare(int left, int right)
    {
        var (first, second) = (_passages[_entries[left].Passage], _passages[_entries[right].Passage]);
        var isSameWay = !first.IsLocal && !second.IsLocal && first.Target == second.Target
            && first.Source.Internal == second.Source.Internal && first.Source.LocalAs == second.Source.LocalAs;

        // What is put in front is then the same, so paths that differ go on differing.
        if (isSameWay && !received[_entries[left].Received].AsPath.Equals(received[_entries[right].Received].AsPath))
            return false;
        return this[left].Equals(this[right]);
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
