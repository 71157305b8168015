using System.Runtime.InteropServices;

namespace Agent.Bgp.Rib;

/// <summary>Room for short runs of bytes that come and go: slabs of 64 KiB, given out in units of 16 bytes, taken back
/// into a list of free places for each size.</summary>
/// <remarks>
/// A place is the number of its first unit over all slabs. A free place holds the next free one of its size in its
/// first four bytes, so that the lists need no memory of their own. A run of more than a kilobyte, which hardly any
/// route's attributes are, has an array of its own; such places are negative.
/// </remarks>
internal sealed class ByteSlabs
{
    private const int Unit = 16;
    private const int MostUnits = 64;
    private const int SlabUnits = 4096;

    private readonly int[] _free = new int[MostUnits + 1];
    private readonly ValueList<int> _freeLarge = new();
    private byte[][] _slabs = new byte[4][];
    private byte[][] _large = [];
    private int _largeCount;

    // Unit 0 is never given out, so that 0 ends a list; units from _end on have no slab yet.
    private int _next = 1;
    private int _end;

    /// <summary>The bytes at a place that was rented with this length.</summary>
    public Span<byte> this[int place, int length] => place < 0
        ? _large[~place].AsSpan(0, length)
        : _slabs[place / SlabUnits].AsSpan(place % SlabUnits * Unit, length);

    /// <summary>A place for so many bytes; what they are is undefined.</summary>
    public int Rent(int length)
    {
        var units = UnitsOf(length);
        if (units > MostUnits) return RentLarge(length);
        var place = _free[units];
        if (place != 0)
        {
            _free[units] = MemoryMarshal.Read<int>(this[place, sizeof(int)]);
            return place;
        }

        if (_next + units > _end) AddSlab();
        place = _next;
        _next += units;
        return place;
    }

    /// <summary>Gives a place back that was rented with this length.</summary>
    public void Return(int place, int length)
    {
        if (place < 0)
        {
            _large[~place] = [];
            _freeLarge.Add(~place);
            return;
        }

        var units = UnitsOf(length);
        MemoryMarshal.Write(this[place, sizeof(int)], _free[units]);
        _free[units] = place;
    }

    private static int UnitsOf(int length) => Math.Max(1, (length + Unit - 1) / Unit);

    private void AddSlab()
    {
        var slab = _end / SlabUnits;
        if (slab == _slabs.Length) Array.Resize(ref _slabs, slab * 2);
        _slabs[slab] = GC.AllocateArray<byte>(SlabUnits * Unit, pinned: true);
        if (_end > 0) _next = _end;
        _end += SlabUnits;
    }

    private int RentLarge(int length)
    {
        if (!_freeLarge.TryPop(out var at))
        {
            at = _largeCount++;
            if (at >= _large.Length) Array.Resize(ref _large, Math.Max(4, at * 2));
        }

        _large[at] = new byte[length];
        return ~at;
    }
}
