using System.Buffers.Binary;

namespace Agent.Primitives;

/// <summary>A cursor that writes network order into a buffer of the caller's. Writing past the end throws: the caller
/// sized it.</summary>
public ref struct SpanWriter(Span<byte> destination)
{
    private readonly Span<byte> _all = destination;

    /// <summary>How many bytes have been written.</summary>
    public int Position { get; private set; }

    /// <summary>How many bytes are left.</summary>
    public readonly int Remaining => _all.Length - Position;

    /// <summary>What has been written so far.</summary>
    public readonly Span<byte> Written => _all[..Position];

    /// <summary>Writes one byte.</summary>
    public void WriteByte(byte value) => _all[Position++] = value;

    /// <summary>Writes 16 bits.</summary>
    public void WriteUInt16(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_all[Position..], value);
        Position += 2;
    }

    /// <summary>Writes 32 bits.</summary>
    public void WriteUInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_all[Position..], value);
        Position += 4;
    }

    /// <summary>Writes an address: 4 or 16 bytes.</summary>
    public void WriteAddress(IpAddr address) => Position += address.WriteTo(_all[Position..]);

    /// <summary>Writes bytes as they are.</summary>
    public void WriteBytes(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_all[Position..]);
        Position += bytes.Length;
    }

    /// <summary>Leaves room for bytes that are only known later and returns where they stand.</summary>
    public int Reserve(int count)
    {
        var at = Position;
        _all.Slice(at, count).Clear();
        Position += count;
        return at;
    }

    /// <summary>Fills in 16 bits that were reserved.</summary>
    public readonly void PatchUInt16(int at, ushort value) => BinaryPrimitives.WriteUInt16BigEndian(_all[at..], value);

    /// <summary>Fills in one byte that was reserved.</summary>
    public readonly void PatchByte(int at, byte value) => _all[at] = value;
}
