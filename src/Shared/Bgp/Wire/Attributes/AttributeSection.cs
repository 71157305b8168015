using Agent.Primitives;

namespace Agent.Bgp.Wire.Attributes;

/// <summary>The attributes of one UPDATE, cut apart: those that concern the path on one side, the MP attributes on the
/// other.</summary>
/// <remarks>
/// The path's attributes are copied side by side, each once, so that the same attributes with other prefixes give the
/// same bytes: that is what <see cref="AttributeCache"/> goes by. Attributes that stand twice are settled here (RFC
/// 7606 §3 g).
/// </remarks>
internal ref struct AttributeSection
{
    /// <summary>The path's attributes with their headers.</summary>
    public ReadOnlySpan<byte> Path;

    /// <summary>MP_REACH_NLRI's value.</summary>
    public ReadOnlySpan<byte> Reach;

    /// <summary>MP_UNREACH_NLRI's value.</summary>
    public ReadOnlySpan<byte> Unreach;

    /// <summary>MP_REACH_NLRI with its header, for an error's data.</summary>
    public ReadOnlySpan<byte> WholeReach;

    /// <summary>MP_UNREACH_NLRI with its header, for an error's data.</summary>
    public ReadOnlySpan<byte> WholeUnreach;

    /// <summary>The worst that was found; null when all is well.</summary>
    public UpdateComplaint? Complaint;

    /// <summary>True when MP_REACH_NLRI is there, even an empty one.</summary>
    public readonly bool HasReach => !WholeReach.IsEmpty;

    /// <summary>True when MP_UNREACH_NLRI is there, even an empty one.</summary>
    public readonly bool HasUnreach => !WholeUnreach.IsEmpty;

    /// <summary>Cuts the attributes apart; <paramref name="scratch"/> has room for all of them.</summary>
    public static AttributeSection Of(ReadOnlySpan<byte> attributes, Span<byte> scratch)
    {
        var section = new AttributeSection();
        Span<ulong> seen = stackalloc ulong[4];
        var copied = 0;
        var reader = new SpanReader(attributes);
        while (reader.Remaining > 0)
        {
            var whole = reader.Rest;
            if (!TryReadHeader(ref reader, out var flags, out var type, out var length))
            {
                section.Complain(UpdateTreatment.TreatAsWithdraw, UpdateSubcode.MalformedAttributeList, default);
                break;
            }

            if (!reader.TryReadBytes(length, out var value))
            {
                section.Complain(UpdateTreatment.TreatAsWithdraw, UpdateSubcode.AttributeLengthError, whole);
                break;
            }

            whole = whole[..^reader.Remaining];
            var bit = 1UL << ((byte)type & 63);
            var isRepeated = (seen[(byte)type >> 6] & bit) != 0;
            seen[(byte)type >> 6] |= bit;
            if (type is AttributeType.MpReachNlri or AttributeType.MpUnreachNlri)
            {
                if (isRepeated)
                    section.Complain(UpdateTreatment.SessionReset, UpdateSubcode.MalformedAttributeList, default);
                if ((flags & AttributeTable.Fixed) != AttributeFlags.Optional)
                    section.Complain(UpdateTreatment.TreatAsWithdraw, UpdateSubcode.AttributeFlagsError, whole);
                section.Take(type, value, whole);
            }
            else if (isRepeated)
            {
                section.Complain(UpdateTreatment.AttributeDiscard, UpdateSubcode.MalformedAttributeList, whole);
            }
            else
            {
                whole.CopyTo(scratch[copied..]);
                copied += whole.Length;
            }
        }

        section.Path = scratch[..copied];
        return section;
    }

    /// <summary>Reads flags, type and length: <c>| flags | type | length (1, or 2 with Extended Length)
    /// |</c>.</summary>
    public static bool TryReadHeader(ref SpanReader reader, out AttributeFlags flags, out AttributeType type,
        out ushort length)
    {
        (flags, type, length) = (default, default, 0);
        if (!reader.TryReadByte(out var first) || !reader.TryReadByte(out var second)) return false;
        flags = (AttributeFlags)first;
        type = (AttributeType)second;
        if ((flags & AttributeFlags.ExtendedLength) != 0) return reader.TryReadUInt16(out length);
        if (!reader.TryReadByte(out var single)) return false;
        length = single;
        return true;
    }

    private void Take(AttributeType type, ReadOnlySpan<byte> value, ReadOnlySpan<byte> whole)
    {
        if (type == AttributeType.MpReachNlri)
        {
            Reach = value;
            WholeReach = whole;
        }
        else
        {
            Unreach = value;
            WholeUnreach = whole;
        }
    }

    private void Complain(UpdateTreatment treatment, UpdateSubcode subcode, scoped ReadOnlySpan<byte> data) =>
        Complaint = UpdateComplaint.Worse(Complaint, new UpdateComplaint(treatment, BgpErrors.Update(subcode, data)));
}
