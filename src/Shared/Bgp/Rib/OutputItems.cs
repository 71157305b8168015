namespace Agent.Bgp.Rib;

/// <summary>What is to be written: prefixes, gathered by the attribute set that they go with and by source. Attribute
/// set 0 is a withdrawal.</summary>
/// <remarks>
/// Prefixes of one UPDATE mostly come one after the other, so the group last used is tried first, then a hash table of
/// groups. Each group is a chain in the order of arrival: nothing is sorted but the groups, by source.
/// </remarks>
internal sealed class OutputItems
{
    /// <summary>Behind a group's last prefix.</summary>
    public const int End = -1;

    private readonly ValueList<Group> _groups = new();
    private readonly ValueList<Link> _links = new();
    private int[] _slots = new int[64];
    private long[] _order = new long[16];
    private int _last = End;

    private struct Group
    {
        public int Source;
        public int Attributes;
        public int First;
        public int Last;
        public int Slot;
    }

    private readonly record struct Link(int Prefix, uint PathId, int Next);

    /// <summary>How many groups there are.</summary>
    public int Count => _groups.Count;

    /// <summary>Adds a path of a prefix; the path identifier is written with ADD-PATH alone.</summary>
    public void Add(int source, int attributes, int prefix, uint pathId)
    {
        if (_last == End || _groups[_last].Attributes != attributes || _groups[_last].Source != source)
            _last = GroupOf(source, attributes);
        ref var group = ref _groups[_last];
        if (group.First == End) group.First = _links.Count;
        else _links[group.Last] = _links[group.Last] with { Next = _links.Count };
        group.Last = _links.Count;
        _links.Add(new Link(prefix, pathId, End));
    }

    /// <summary>Puts the groups in order: by source, a source's withdrawals before its announcements, those as they
    /// arrived.</summary>
    public void Arrange()
    {
        if (_order.Length < _groups.Count) _order = new long[_groups.Count * 2];
        var isInOrder = true;
        for (var i = 0; i < _groups.Count; i++)
        {
            _order[i] = (long)_groups[i].Source << 33 | (_groups[i].Attributes == 0 ? 0 : 1L << 32) | (uint)i;
            isInOrder &= i == 0 || _order[i - 1] < _order[i];
        }

        if (!isInOrder) Array.Sort(_order, 0, _groups.Count);
    }

    /// <summary>The group at a place of the order: its source, its attribute set, where its prefixes begin.</summary>
    public (int Source, int Attributes, int First) this[int place]
    {
        get
        {
            ref var group = ref _groups[(int)(uint)_order[place]];
            return (group.Source, group.Attributes, group.First);
        }
    }

    /// <summary>The prefix at a place of a group's chain.</summary>
    public int PrefixOf(int at) => _links[at].Prefix;

    /// <summary>Its path identifier.</summary>
    public uint PathIdOf(int at) => _links[at].PathId;

    /// <summary>The place behind it; <see cref="End"/> behind the last.</summary>
    public int After(int at) => _links[at].Next;

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        for (var i = 0; i < _groups.Count; i++) _slots[_groups[i].Slot] = 0;
        _groups.Clear();
        _links.Clear();
        _last = End;
    }

    private int GroupOf(int source, int attributes)
    {
        var slot = SlotOf(source, attributes);
        if (_slots[slot] != 0) return _slots[slot] - 1;
        if (_groups.Count * 2 >= _slots.Length)
        {
            GrowSlots();
            slot = SlotOf(source, attributes);
        }

        _groups.Add(new Group { Source = source, Attributes = attributes, First = End, Last = End, Slot = slot });
        _slots[slot] = _groups.Count;
        return _groups.Count - 1;
    }

    private int SlotOf(int source, int attributes)
    {
        var mask = _slots.Length - 1;
        var slot = (int)(((ulong)(uint)source << 32 | (uint)attributes) * 0x9E3779B97F4A7C15UL >> 40) & mask;
        for (; _slots[slot] != 0; slot = (slot + 1) & mask)
            if (_groups[_slots[slot] - 1].Attributes == attributes && _groups[_slots[slot] - 1].Source == source) break;
        return slot;
    }

    private void GrowSlots()
    {
        _slots = new int[_slots.Length * 2];
        for (var i = 0; i < _groups.Count; i++)
        {
            ref var group = ref _groups[i];
            group.Slot = SlotOf(group.Source, group.Attributes);
            _slots[group.Slot] = i + 1;
        }
    }
}
