using Agent.Primitives;

namespace Agent.Bgp;

/// <summary>The words of an <see cref="UpdateBatch"/>: a route in 8 bytes for IPv4, 24 for IPv6.</summary>
/// <remarks>
/// <code>
///   63..60 tag  | 39..32 length | 31..0 address           announce, withdraw: IPv4
///   63..60 tag  | 39..32 length |                         announce, withdraw: IPv6; the address in the next two words
///   63..60 tag                  | 31..0 number            attribute set of the announcements that follow,
///                                                         path identifier of the next route, family of an End-of-RIB
/// </code>
/// </remarks>
internal static class BatchWords
{
    public const int TagShift = 60;
    public const int LengthShift = 32;

    public enum Tag : byte
    {
        AnnounceV4,
        WithdrawV4,
        AnnounceV6,
        WithdrawV6,
        Attributes,
        PathId,
        EndOfRib,
    }

    public static ulong Of(Tag tag, uint number) => (ulong)tag << TagShift | number;

    public static ulong EndOfRib(IpFamily family) => Of(Tag.EndOfRib, (uint)family);
}

/// <summary>Writes a run of announcements with one attribute set, or of withdrawals.</summary>
internal readonly ref struct BatchWriter
{
    private readonly UpdateBatch.Room _room;
    private readonly ulong _v4;
    private readonly ulong _v6;

    public BatchWriter(UpdateBatch.Room room, RouteOperationKind kind, int attributes)
    {
        _room = room;
        var announces = kind == RouteOperationKind.Announce;
        _v4 = BatchWords.Of(announces ? BatchWords.Tag.AnnounceV4 : BatchWords.Tag.WithdrawV4, 0);
        _v6 = BatchWords.Of(announces ? BatchWords.Tag.AnnounceV6 : BatchWords.Tag.WithdrawV6, 0);
        if (!announces || room.LastSet == attributes) return;
        room.Add(BatchWords.Of(BatchWords.Tag.Attributes, (uint)attributes));
        room.LastSet = attributes;
    }

    /// <summary>Adds a route.</summary>
    public void Add(in PrefixKey key, uint pathId)
    {
        if (pathId != 0) _room.Add(BatchWords.Of(BatchWords.Tag.PathId, pathId));
        if (key.Family == IpFamily.V4)
        {
            AddV4((uint)key.Low, key.Length);
            return;
        }

        _room.Add(_v6 | (ulong)key.Length << BatchWords.LengthShift);
        _room.Add(key.High);
        _room.Add(key.Low);
    }

    /// <summary>Adds an IPv4 route without path identifier.</summary>
    public void AddV4(uint address, byte length) =>
        _room.Add(_v4 | (ulong)length << BatchWords.LengthShift | address);
}

/// <summary>Reads the operations of a batch.</summary>
internal ref struct BatchReader(ReadOnlySpan<ulong> words)
{
    private readonly ReadOnlySpan<ulong> _words = words;
    private int _next;
    private int _set = -1;

    /// <summary>What the operation is.</summary>
    public RouteOperationKind Kind { get; private set; }

    /// <summary>Which family it concerns.</summary>
    public IpFamily Family { get; private set; }

    /// <summary>Its prefix; the last one for an End-of-RIB.</summary>
    public PrefixKey Key { get; private set; }

    /// <summary>Its path identifier; 0 without.</summary>
    public uint PathId { get; private set; }

    /// <summary>The index of an announcement's attribute set; -1 otherwise.</summary>
    public int Attributes { get; private set; }

    /// <summary>The words that were not read yet.</summary>
    public readonly ReadOnlySpan<ulong> Rest => _words[_next..];

    /// <summary>Goes on to the next operation; false behind the last.</summary>
    public bool Next()
    {
        PathId = 0;
        while (_next < _words.Length)
        {
            var word = _words[_next++];
            var tag = (BatchWords.Tag)(word >> BatchWords.TagShift);
            switch (tag)
            {
                case BatchWords.Tag.AnnounceV4 or BatchWords.Tag.WithdrawV4:
                    Take(tag == BatchWords.Tag.AnnounceV4, IpFamily.V4);
                    Key = new PrefixKey(0, (uint)word, (byte)(word >> BatchWords.LengthShift), IpFamily.V4);
                    return true;
                case BatchWords.Tag.AnnounceV6 or BatchWords.Tag.WithdrawV6:
                    Take(tag == BatchWords.Tag.AnnounceV6, IpFamily.V6);
                    Key = new PrefixKey(
                        _words[_next], _words[_next + 1], (byte)(word >> BatchWords.LengthShift), IpFamily.V6);
                    _next += 2;
                    return true;
                case BatchWords.Tag.Attributes:
                    _set = (int)(uint)word;
                    break;
                case BatchWords.Tag.PathId:
                    PathId = (uint)word;
                    break;
                default:
                    (Kind, Family, Attributes) = (RouteOperationKind.EndOfRib, (IpFamily)(uint)word, -1);
                    return true;
            }
        }

        return false;
    }

    private void Take(bool announces, IpFamily family)
    {
        Kind = announces ? RouteOperationKind.Announce : RouteOperationKind.Withdraw;
        Family = family;
        Attributes = announces ? _set : -1;
    }
}
