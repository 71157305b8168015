using System.Buffers.Binary;

namespace Agent.Bgp.Wire.Attributes;

/// <summary>Writes an <see cref="AttributeSet"/> as a peer reads it: the attributes of an UPDATE without the MP
/// ones.</summary>
/// <remarks>A set is already what a peer with four-byte AS numbers hears of an IPv4 route, but for the Partial bit of
/// attributes that we do not know. Allocates nothing.</remarks>
internal static class AttributeFormatter
{
    /// <summary>Bytes that suffice for a set of so many bytes: AS4_PATH and AS4_AGGREGATOR come on top.</summary>
    public static int RoomFor(int length) => 2 * length + 16;

    /// <summary>Writes the set and returns the size.</summary>
    public static int Write(Span<byte> into, AttributeSet set, UpdateFormat format)
    {
        var output = new Output(into, set, format);
        foreach (var attribute in set) output.Add(attribute);
        output.AddFourByte(below: (AttributeType)byte.MaxValue);
        return output.Written;
    }

    private ref struct Output(Span<byte> into, AttributeSet set, UpdateFormat format)
    {
        private readonly Span<byte> _into = into;
        private readonly UpdateFormat _format = format;
        private ReadOnlySpan<byte> _as4Path =
            !format.FourByteAs && set.AsPath.NeedsFourBytes ? set.AsPath.Bytes : default;
        private ReadOnlySpan<byte> _as4Aggregator;

        public int Written { get; private set; }

        public void Add(in AttributeBytes attribute)
        {
            AddFourByte(below: attribute.Type);
            switch (attribute.Type)
            {
                case AttributeType.AsPath when !_format.FourByteAs:
                    var path = new AsPathBytes(attribute.Value);
                    path.WriteNarrow(Head(attribute.Flags, attribute.Type, path.NarrowLength));
                    break;
                case AttributeType.NextHop when attribute.Value.Length > 4: break;      // MP_REACH_NLRI has it
                case AttributeType.Aggregator when !_format.FourByteAs:
                    AddNarrowAggregator(attribute);
                    break;
                default:
                    // RFC 4271 §5: what we do not know is passed on with the Partial bit; §4.3: unused bits are 0.
                    var isKnown = AttributeTable.FlagsOf(attribute.Type) is not null;
                    var flags = attribute.Flags & (AttributeTable.Fixed | AttributeFlags.Partial);
                    attribute.Value.CopyTo(Head(
                        isKnown ? flags : flags | AttributeFlags.Partial, attribute.Type, attribute.Value.Length));
                    break;
            }
        }

        /// <summary>Adds what a two-byte peer does not see otherwise, once its place has come (RFC 6793
        /// §4.2.2).</summary>
        public void AddFourByte(AttributeType below)
        {
            if (below > AttributeType.As4Path && !_as4Path.IsEmpty)
            {
                _as4Path.CopyTo(Head(AttributeTable.Fixed, AttributeType.As4Path, _as4Path.Length));
                _as4Path = default;
            }

            if (below <= AttributeType.As4Aggregator || _as4Aggregator.IsEmpty) return;
            _as4Aggregator.CopyTo(Head(AttributeTable.Fixed, AttributeType.As4Aggregator, _as4Aggregator.Length));
            _as4Aggregator = default;
        }

        private void AddNarrowAggregator(in AttributeBytes attribute)
        {
            var value = Head(attribute.Flags, attribute.Type, 6);
            var isWide = attribute.Number > ushort.MaxValue;
            if (isWide) _as4Aggregator = attribute.Value;
            BinaryPrimitives.WriteUInt16BigEndian(value, isWide ? OpenCodec.AsTrans : (ushort)attribute.Number);
            attribute.Value[4..].CopyTo(value[2..]);
        }

        private Span<byte> Head(AttributeFlags flags, AttributeType type, int length)
        {
            var head = AttributeTable.WriteHead(_into[Written..], flags, type, length);
            var value = _into.Slice(Written + head, length);
            Written += head + length;
            return value;
        }
    }
}
