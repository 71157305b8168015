using System.Buffers.Binary;

namespace Agent.Bgp.Wire.Attributes;

/// <summary>An AS_PATH of four-byte AS numbers where it lies: <c>| kind | count | AS numbers |</c>, repeated (RFC 4271
/// §4.3). What <see cref="AsPath"/> tells of an object, this tells of bytes.</summary>
internal readonly ref struct AsPathBytes(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>The value of the attribute.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Hops as the decision counts them: an AS_SET is one.</summary>
    public int Length
    {
        get
        {
            var length = 0;
            for (var at = 0; at < _bytes.Length; at = After(at))
                length += (AsSegmentKind)_bytes[at] == AsSegmentKind.Set ? 1 : _bytes[at + 1];
            return length;
        }
    }

    /// <summary>The neighbouring AS: the first of a leading AS_SEQUENCE; 0 without one.</summary>
    public uint First => !_bytes.IsEmpty && (AsSegmentKind)_bytes[0] == AsSegmentKind.Sequence
        ? BinaryPrimitives.ReadUInt32BigEndian(_bytes[2..])
        : 0;

    /// <summary>How often this AS stands in the path.</summary>
    public int Occurrences(uint asn)
    {
        var count = 0;
        for (var at = 0; at < _bytes.Length; at = After(at))
            for (var each = at + 2; each < After(at); each += 4)
                if (BinaryPrimitives.ReadUInt32BigEndian(_bytes[each..]) == asn) count++;
        return count;
    }

    /// <summary>True when some AS number needs more than two bytes.</summary>
    public bool NeedsFourBytes
    {
        get
        {
            for (var at = 0; at < _bytes.Length; at = After(at))
                for (var each = at + 2; each < After(at); each += 4)
                    if ((_bytes[each] | _bytes[each + 1]) != 0) return true;
            return false;
        }
    }

    /// <summary>The bytes of the path with one AS more in front.</summary>
    public int PrependedLength => _bytes.Length + (HasRoomInFront ? 4 : 6);

    private bool HasRoomInFront =>
        !_bytes.IsEmpty && (AsSegmentKind)_bytes[0] == AsSegmentKind.Sequence && _bytes[1] < byte.MaxValue;

    /// <summary>Writes the path with this AS in front; a full segment (255) is followed by a new one.</summary>
    public void WritePrepended(Span<byte> into, uint asn)
    {
        var joins = HasRoomInFront;
        into[0] = (byte)AsSegmentKind.Sequence;
        into[1] = (byte)(joins ? _bytes[1] + 1 : 1);
        BinaryPrimitives.WriteUInt32BigEndian(into[2..], asn);
        _bytes[(joins ? 2 : 0)..].CopyTo(into[6..]);
    }

    /// <summary>The bytes of the path with two-byte AS numbers.</summary>
    public int NarrowLength
    {
        get
        {
            var length = 0;
            for (var at = 0; at < _bytes.Length; at = After(at)) length += 2 + _bytes[at + 1] * 2;
            return length;
        }
    }

    /// <summary>Writes the path with two-byte AS numbers; AS_TRANS stands for what does not fit (RFC 6793
    /// §4.2.2).</summary>
    public void WriteNarrow(Span<byte> into)
    {
        var written = 0;
        for (var at = 0; at < _bytes.Length; at = After(at))
        {
            into[written++] = _bytes[at];
            into[written++] = _bytes[at + 1];
            for (var each = at + 2; each < After(at); each += 4, written += 2)
            {
                var asn = BinaryPrimitives.ReadUInt32BigEndian(_bytes[each..]);
                BinaryPrimitives.WriteUInt16BigEndian(
                    into[written..], asn > ushort.MaxValue ? OpenCodec.AsTrans : (ushort)asn);
            }
        }
    }

    private int After(int at) => at + 2 + _bytes[at + 1] * 4;
}
