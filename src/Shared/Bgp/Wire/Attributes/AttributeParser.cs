using System.Buffers.Binary;
using Agent.Primitives;

namespace Agent.Bgp.Wire.Attributes;

/// <summary>Makes an <see cref="AttributeSet"/> of the attributes that a peer sent, judging each as RFC 7606 §7
/// says.</summary>
/// <remarks>
/// The attributes come from <see cref="AttributeSection"/>: their heads are whole, they stand in order and none twice.
/// What is sound goes into the set; what is not is complained of. One parser makes one set and allocates only for
/// complaints, and for peers with two-byte AS numbers.
/// </remarks>
internal ref struct AttributeParser(UpdateContext context, AttributeSection section, Span<byte> into)
{
    private readonly UpdateContext _context = context;
    private readonly AttributeSection _section = section;
    private readonly Span<byte> _into = into;
    private int _written;
    private uint _found;

    /// <summary>The worst that was found.</summary>
    public UpdateComplaint? Complaint { get; private set; }

    /// <summary>True when there is AS4_PATH or AS4_AGGREGATOR of a speaker that has four-byte AS numbers (RFC 6793
    /// §4.1).</summary>
    public bool HasStrayFourByte { get; private set; }

    /// <summary>Bytes that suffice for the set of so many bytes of attributes: two-byte AS numbers double.</summary>
    public static int RoomFor(int length) => 2 * length + 64;

    /// <summary>Writes the set and returns its size; -1 when the complaint asks for more than leaving an attribute
    /// out.</summary>
    public int Parse(bool announces)
    {
        foreach (ref readonly var slice in _section.Path)
        {
            if (AttributeTable.FlagsOf(slice.Type) is not { } demanded) ReadUnknown(slice);
            else if ((slice.Flags & AttributeTable.Fixed) != demanded)
                Complain(slice, UpdateSubcode.AttributeFlagsError);
            else Read(slice, _section.ValueOf(slice));
        }

        if (announces) DemandMandatory();
        return Complaint is { Treatment: > UpdateTreatment.AttributeDiscard } ? -1 : _written;
    }

    private void Read(in AttributeSlice slice, ReadOnlySpan<byte> value)
    {
        switch (slice.Type)
        {
            case AttributeType.Origin:
                if (value.Length != 1) Complain(slice, UpdateSubcode.AttributeLengthError);
                else if (value[0] > (byte)Origin.Incomplete) Complain(slice, UpdateSubcode.InvalidOrigin);
                else Keep(slice.Type, value);
                break;

            case AttributeType.AsPath:
                if (AsPathCodec.Fault(value, _context.FourByteAs) is { } fault)
                    Complain(UpdateSubcode.MalformedAsPath, UpdateTreatment.TreatAsWithdraw, default, fault);
                else if (_context.FourByteAs) Keep(slice.Type, value);
                else Keep(slice.Type, MergedPath(value));
                break;

            case AttributeType.NextHop:
                if (value.Length != 4 && !slice.IsOfReach) Complain(slice, UpdateSubcode.AttributeLengthError);
                else if (!IsHost(IpAddr.FromBytes(value))) Complain(slice, UpdateSubcode.InvalidNextHop);
                else Keep(slice.Type, value);
                break;

            case AttributeType.MultiExitDisc:
                KeepNumber(slice, value);
                break;

            // RFC 7606 §7.5, §7.9, §7.10: an external peer's are left out
            case AttributeType.LocalPref or AttributeType.OriginatorId:
                if (_context.IsInternal) KeepNumber(slice, value);
                break;

            case AttributeType.ClusterList:
                if (!_context.IsInternal) break;
                if (value.IsEmpty || value.Length % 4 != 0) Complain(slice, UpdateSubcode.AttributeLengthError);
                else Keep(slice.Type, value);
                break;

            case AttributeType.AtomicAggregate:
                if (value.IsEmpty) Keep(slice.Type, value);
                else Complain(slice, UpdateSubcode.AttributeLengthError, UpdateTreatment.AttributeDiscard);
                break;

            case AttributeType.Aggregator:
                KeepAggregator(slice, value);
                break;

            case AttributeType.Communities: KeepList(slice, value, 4); break;
            case AttributeType.ExtendedCommunities: KeepList(slice, value, 8); break;
            case AttributeType.Ipv6ExtendedCommunities: KeepList(slice, value, Ipv6ExtendedCommunity.Size); break;
            case AttributeType.LargeCommunities: KeepList(slice, value, 12); break;

            // RFC 9234 §5: whether it says that the route leaked is for the policy to see
            case AttributeType.OnlyToCustomer: KeepNumber(slice, value); break;

            case AttributeType.As4Path or AttributeType.As4Aggregator when _context.FourByteAs:
                HasStrayFourByte = true;
                break;

            // What they say was taken with AS_PATH and AGGREGATOR.
            case AttributeType.As4Path:
                if (!AsPathCodec.IsWellFormedAs4(value))
                    Complain(slice, UpdateSubcode.OptionalAttributeError, UpdateTreatment.AttributeDiscard);
                else if (AsPathCodec.As4Fault(value) is var (treatment, reason))
                    Complain(UpdateSubcode.OptionalAttributeError, treatment, _section.WholeOf(slice), reason);
                break;

            case AttributeType.As4Aggregator:
                if (!IsAggregator(value, fourByteAs: true))
                    Complain(slice, UpdateSubcode.OptionalAttributeError, UpdateTreatment.AttributeDiscard);
                break;
        }
    }

    private void ReadUnknown(in AttributeSlice slice)
    {
        if ((slice.Flags & AttributeFlags.Optional) == 0)
            Complain(slice, UpdateSubcode.UnrecognizedWellKnownAttribute, UpdateTreatment.SessionReset);
        else if ((slice.Flags & AttributeFlags.Transitive) != 0)
            Write(slice.Flags, slice.Type, _section.ValueOf(slice));
    }

    private void Keep(AttributeType type, scoped ReadOnlySpan<byte> value)
    {
        if ((int)type < 32) _found |= 1u << (int)type;
        Write(AttributeTable.FlagsOf(type) ?? AttributeTable.Fixed, type, value);
    }

    private void Write(AttributeFlags flags, AttributeType type, scoped ReadOnlySpan<byte> value)
    {
        _written += AttributeTable.WriteHead(_into[_written..], flags, type, value.Length);
        value.CopyTo(_into[_written..]);
        _written += value.Length;
    }

    private void KeepNumber(in AttributeSlice slice, ReadOnlySpan<byte> value)
    {
        if (value.Length == 4) Keep(slice.Type, value);
        else Complain(slice, UpdateSubcode.AttributeLengthError);
    }

    // RFC 7606 §7.8, §7.14, §7.15; RFC 8092 §6
    private void KeepList(in AttributeSlice slice, ReadOnlySpan<byte> value, int width)
    {
        if (value.IsEmpty || value.Length % width != 0) Complain(slice, UpdateSubcode.OptionalAttributeError);
        else Keep(slice.Type, value);
    }

    private void KeepAggregator(in AttributeSlice slice, ReadOnlySpan<byte> value)
    {
        if (!IsAggregator(value, _context.FourByteAs))
        {
            Complain(slice, UpdateSubcode.OptionalAttributeError, UpdateTreatment.AttributeDiscard);
            return;
        }

        if (_context.FourByteAs)
        {
            Keep(slice.Type, value);
            return;
        }

        var four = Find(AttributeType.As4Aggregator);
        Span<byte> widened = stackalloc byte[8];
        (widened[0], widened[1]) = (0, 0);
        value.CopyTo(widened[2..]);
        Keep(slice.Type, AreFourByteVoid || !IsAggregator(four, fourByteAs: true) ? widened : four);
    }

    private static bool IsAggregator(ReadOnlySpan<byte> value, bool fourByteAs) =>
        value.Length == (fourByteAs ? 8 : 6) && value[..^4].ContainsAnyExcept((byte)0);

    private readonly ReadOnlySpan<byte> MergedPath(ReadOnlySpan<byte> value)
    {
        var path = AsPathCodec.Read(value, fourByteAs: false);
        var four = Find(AttributeType.As4Path);
        if (!AreFourByteVoid && AsPathCodec.IsWellFormedAs4(four))
            path = AsPathCodec.Merge(path, AsPathCodec.Read(four, fourByteAs: true));
        var merged = new byte[AsPathCodec.SizeOf(path)];
        AsPathCodec.Write(merged, path);
        return merged;
    }

    // RFC 6793 §4.2.3: an AGGREGATOR other than AS_TRANS beside AS4_AGGREGATOR was set later, by a two-byte speaker
    // that aggregated: what the four-byte attributes say is of before.
    private readonly bool AreFourByteVoid
    {
        get
        {
            var aggregator = Find(AttributeType.Aggregator);
            return IsAggregator(aggregator, fourByteAs: false)
                && BinaryPrimitives.ReadUInt16BigEndian(aggregator) != OpenCodec.AsTrans
                && IsAggregator(Find(AttributeType.As4Aggregator), fourByteAs: true);
        }
    }

    private readonly ReadOnlySpan<byte> Find(AttributeType type)
    {
        foreach (ref readonly var slice in _section.Path)
        {
            if (slice.Type != type) continue;
            var isSound = (slice.Flags & AttributeTable.Fixed) == AttributeTable.FlagsOf(type);
            return isSound ? _section.ValueOf(slice) : default;
        }

        return default;
    }

    private void DemandMandatory()
    {
        Demand(AttributeType.Origin);
        Demand(AttributeType.AsPath);
        Demand(AttributeType.NextHop);
        // LOCAL_PREF is no mandatory one (RFC 4271 §5): without it the default counts (spec 4.1).
    }

    private void Demand(AttributeType type)
    {
        if ((_found & 1u << (int)type) == 0)
            Complain(UpdateSubcode.MissingWellKnownAttribute, UpdateTreatment.TreatAsWithdraw, [(byte)type]);
    }

    // RFC 4271 §6.3: NEXT_HOP must be the address of a host; whether it is ours or reachable is for the RIB to see.
    private static bool IsHost(IpAddr address) => address.IsV4
        ? (address.V4Value >> 24) is not (0 or 127 or >= 224)
        : (address.High > 0 || address.Low > 1) && address.High >> 56 != 0xff;

    private void Complain(in AttributeSlice slice, UpdateSubcode subcode,
        UpdateTreatment treatment = UpdateTreatment.TreatAsWithdraw) =>
        Complain(subcode, treatment, _section.WholeOf(slice));

    private void Complain(
        UpdateSubcode subcode, UpdateTreatment treatment, scoped ReadOnlySpan<byte> data, string reason = "") =>
        Complaint = UpdateComplaint.Worse(
            Complaint, new UpdateComplaint(treatment, BgpErrors.Update(subcode, data)) { Reason = reason });
}
