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

    /// <summary>True when the hops of the path begin with these, each an AS or a set that has it.</summary>
    public bool BeginsWith(ReadOnlySpan<uint> asns)
    {
        for (var at = 0; at < _bytes.Length && !asns.IsEmpty; at = After(at))
        {
            var isSet = (AsSegmentKind)_bytes[at] == AsSegmentKind.Set;
            var found = false;
            for (var each = at + 2; each < After(at) && !asns.IsEmpty; each += 4)
            {
                var isSame = BinaryPrimitives.ReadUInt32BigEndian(_bytes[each..]) == asns[0];
                found |= isSame;
                if (isSet) continue;
                if (!isSame) return false;
                asns = asns[1..];
            }

            if (!isSet) continue;
            if (!found) return false;
            asns = asns[1..];
        }

        return asns.IsEmpty;
    }

    /// <summary>The bytes of the path with so many ASes more in front.</summary>
    public int PrependedLength(int count) => _bytes.Length + count * 4 + (HasRoomInFront(count) ? 0 : 2);

    private bool HasRoomInFront(int count) =>
        !_bytes.IsEmpty && (AsSegmentKind)_bytes[0] == AsSegmentKind.Sequence && _bytes[1] + count <= byte.MaxValue;

    /// <summary>Writes the path with these ASes in front, at most 255; where the first segment has no room for them,
    /// they make one of their own.</summary>
    public void WritePrepended(Span<byte> into, ReadOnlySpan<uint> asns)
    {
        var joins = HasRoomInFront(asns.Length);
        into[0] = (byte)AsSegmentKind.Sequence;
        into[1] = (byte)(joins ? _bytes[1] + asns.Length : asns.Length);
        for (var i = 0; i < asns.Length; i++) BinaryPrimitives.WriteUInt32BigEndian(into[(2 + i * 4)..], asns[i]);
        _bytes[(joins ? 2 : 0)..].CopyTo(into[(2 + asns.Length * 4)..]);
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
