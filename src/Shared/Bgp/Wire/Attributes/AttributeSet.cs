using System.Buffers.Binary;
using System.Numerics;
using Agent.Primitives;

namespace Agent.Bgp.Wire.Attributes;

/// <summary>A route's attributes as bytes: looked at where they lie, without objects.</summary>
/// <remarks>
/// Every set stands in one form, so that equal sets are equal bytes:
/// <list type="bullet">
/// <item>the attributes in the order of their types, each at most once, ORIGIN and AS_PATH always there;</item>
/// <item>four-byte AS numbers, AS4_PATH and AS4_AGGREGATOR merged in (RFC 6793);</item>
/// <item>the next hop as NEXT_HOP, for IPv6 with 16 bytes; no MP attributes;</item>
/// <item>flags as <see cref="AttributeTable"/> demands, extended length only where it is needed.</item>
/// </list>
/// <see cref="AttributeParser"/> makes sets of what peers send, <see cref="AttributeWriter"/> of objects,
/// <see cref="AttributeEdits"/> of other sets; <see cref="AttributeReader"/> makes objects and
/// <see cref="AttributeFormatter"/> messages of them.
/// </remarks>
internal readonly ref struct AttributeSet(ReadOnlySpan<byte> bytes)
{
    // One for each process, so that nobody outside can choose sets that share a place in a table.
    private static readonly ulong Seed = (ulong)(uint)HashCode.Combine(1) << 32 | (uint)HashCode.Combine(2);

    /// <summary>The set.</summary>
    public ReadOnlySpan<byte> Bytes { get; } = bytes;

    /// <summary>ORIGIN: the first but for type 0, which nobody knows and which is carried on all the same.</summary>
    public Origin Origin => (Origin)ValueOf(AttributeType.Origin)[0];

    /// <summary>AS_PATH.</summary>
    public AsPathBytes AsPath => new(ValueOf(AttributeType.AsPath));

    /// <summary>The next hop.</summary>
    public IpAddr NextHop => ValueOf(AttributeType.NextHop) is { IsEmpty: false } hop ? IpAddr.FromBytes(hop) : default;

    /// <summary>MULTI_EXIT_DISC.</summary>
    public uint? Med => NumberOf(AttributeType.MultiExitDisc);

    /// <summary>LOCAL_PREF.</summary>
    public uint? LocalPref => NumberOf(AttributeType.LocalPref);

    /// <summary>COMMUNITIES.</summary>
    public NumberList Communities => new(ValueOf(AttributeType.Communities));

    /// <summary>OTC (RFC 9234).</summary>
    public uint? OnlyToCustomer => NumberOf(AttributeType.OnlyToCustomer);

    /// <summary>ORIGINATOR_ID.</summary>
    public uint? OriginatorId => NumberOf(AttributeType.OriginatorId);

    /// <summary>CLUSTER_LIST.</summary>
    public NumberList ClusterList => new(ValueOf(AttributeType.ClusterList));

    /// <summary>True when the large community is among LARGE_COMMUNITY.</summary>
    public bool Carries(LargeCommunity community) => Contains(ValueOf(AttributeType.LargeCommunities), community);

    /// <summary>True when the large community stands in the value of LARGE_COMMUNITY.</summary>
    public static bool Contains(ReadOnlySpan<byte> list, LargeCommunity community)
    {
        Span<byte> wanted = stackalloc byte[12];
        AttributeWriter.Write(wanted, community);
        for (; !list.IsEmpty; list = list[12..])
            if (list.StartsWith(wanted)) return true;
        return false;
    }

    /// <summary>The set of an object.</summary>
    public static AttributeSet Of(PathAttributes attributes)
    {
        var bytes = new byte[AttributeWriter.SizeOf(attributes)];
        AttributeWriter.Write(bytes, attributes);
        return new AttributeSet(bytes);
    }

    /// <summary>The attributes one by one, in order.</summary>
    public AttributeEnumerator GetEnumerator() => new(Bytes);

    /// <summary>A hash of the bytes, other in each process.</summary>
    public static ulong HashOf(ReadOnlySpan<byte> bytes)
    {
        var hash = Seed ^ (ulong)bytes.Length;
        for (; bytes.Length >= 8; bytes = bytes[8..]) hash = Mix(hash, BitConverter.ToUInt64(bytes));
        var tail = 0UL;
        for (var i = 0; i < bytes.Length; i++) tail = tail << 8 | bytes[i];
        hash = Mix(hash, tail);
        return hash ^ hash >> 32;
    }

    private static ulong Mix(ulong hash, ulong value) =>
        BitOperations.RotateLeft((hash ^ value) * 0x9E3779B97F4A7C15UL, 29);

    private ReadOnlySpan<byte> ValueOf(AttributeType type)
    {
        foreach (var attribute in this)
            if (attribute.Type >= type) return attribute.Type == type ? attribute.Value : default;
        return default;
    }

    private uint? NumberOf(AttributeType type) =>
        ValueOf(type) is { IsEmpty: false } value ? BinaryPrimitives.ReadUInt32BigEndian(value) : null;
}

/// <summary>One attribute of a set.</summary>
internal readonly ref struct AttributeBytes(AttributeFlags flags, AttributeType type, ReadOnlySpan<byte> value)
{
    /// <summary>The flags, Extended Length as it stands.</summary>
    public AttributeFlags Flags { get; } = flags;

    /// <summary>The type.</summary>
    public AttributeType Type { get; } = type;

    /// <summary>The value.</summary>
    public ReadOnlySpan<byte> Value { get; } = value;

    /// <summary>The value of an attribute that is one number.</summary>
    public uint Number => BinaryPrimitives.ReadUInt32BigEndian(Value);
}

/// <summary>Goes over the attributes of a set.</summary>
internal ref struct AttributeEnumerator(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _head;
    private int _value;
    private int _next;

    /// <summary>The attribute at hand.</summary>
    public readonly AttributeBytes Current => new(
        (AttributeFlags)_bytes[_head], (AttributeType)_bytes[_head + 1], _bytes[_value.._next]);

    /// <summary>Goes on to the next attribute; false behind the last.</summary>
    public bool MoveNext()
    {
        if (_next == _bytes.Length) return false;
        _head = _next;
        var isLong = (_bytes[_head] & (byte)AttributeFlags.ExtendedLength) != 0;
        _value = _head + (isLong ? 4 : 3);
        _next = _value + (isLong ? _bytes[_head + 2] << 8 | _bytes[_head + 3] : _bytes[_head + 2]);
        return true;
    }
}

/// <summary>Four-byte numbers in network order: communities, clusters.</summary>
internal readonly ref struct NumberList(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>How many there are.</summary>
    public int Length => _bytes.Length / 4;

    /// <summary>One of them.</summary>
    public uint this[int index] => BinaryPrimitives.ReadUInt32BigEndian(_bytes[(index * 4)..]);

    /// <summary>True when the number is among them.</summary>
    public bool Contains(uint number)
    {
        for (var i = 0; i < Length; i++)
            if (this[i] == number) return true;
        return false;
    }

    /// <summary>The numbers one by one.</summary>
    public Enumerator GetEnumerator() => new(this);

    /// <summary>Goes over the numbers.</summary>
    internal ref struct Enumerator(NumberList list)
    {
        private readonly NumberList _list = list;
        private int _at = -1;

        /// <summary>The number at hand.</summary>
        public readonly uint Current => _list[_at];

        /// <summary>Goes on to the next; false behind the last.</summary>
        public bool MoveNext() => ++_at < _list.Length;
    }
}
