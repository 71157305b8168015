using System.Collections.Immutable;
using Agent.Primitives;

namespace Agent.Bgp.Wire.Attributes;

/// <summary>Turns the bytes of a path's attributes into <see cref="PathAttributes"/>, judging each as RFC 7606 §7
/// says.</summary>
/// <remarks>
/// The bytes come from <see cref="AttributeSection"/>: headers are whole and no type stands twice. One parser reads one
/// set; it is only asked when <see cref="AttributeCache"/> does not know the bytes.
/// </remarks>
internal ref struct AttributeParser(UpdateContext context)
{
    private readonly UpdateContext _context = context;
    private Origin? _origin;
    private AsPath? _asPath;
    private AsPath? _as4Path;
    private IpAddr _nextHop;
    private uint? _med;
    private uint? _localPref;
    private bool _atomicAggregate;
    private Aggregator? _aggregator;
    private Aggregator? _as4Aggregator;
    private ImmutableArray<uint> _communities = [];
    private ImmutableArray<LargeCommunity> _largeCommunities = [];
    private uint? _originatorId;
    private ImmutableArray<uint> _clusterList = [];
    private ImmutableArray<UnknownAttribute> _unknown = [];
    private ReadOnlySpan<byte> _whole;

    /// <summary>The worst that was found.</summary>
    public UpdateComplaint? Complaint { get; private set; }

    /// <summary>Reads all attributes; with <paramref name="mpNextHop"/> the route is one of MP_REACH_NLRI and NEXT_HOP
    /// is not heeded.</summary>
    /// <returns>The set; null when the complaint asks for more than leaving an attribute out.</returns>
    public PathAttributes? Parse(ReadOnlySpan<byte> attributes, IpAddr? mpNextHop, bool announces)
    {
        var reader = new SpanReader(attributes);
        while (reader.Remaining > 0)
        {
            _whole = reader.Rest;
            AttributeSection.TryReadHeader(ref reader, out var flags, out var type, out var length);
            reader.TryReadBytes(length, out var value);
            _whole = _whole[..^reader.Remaining];
            if (AttributeTable.FlagsOf(type) is not { } demanded) ReadUnknown(flags, type, value);
            else if ((flags & AttributeTable.Fixed) != demanded) Complain(UpdateSubcode.AttributeFlagsError);
            else Read(type, value);
        }

        if (mpNextHop is { } hop)
        {
            if (!IsHost(hop)) Complain(UpdateSubcode.InvalidNextHop);
            _nextHop = hop;
        }

        if (announces) DemandMandatory();
        return Complaint is { Treatment: > UpdateTreatment.AttributeDiscard } ? null : Build();
    }

    private void Read(AttributeType type, ReadOnlySpan<byte> value)
    {
        switch (type)
        {
            case AttributeType.Origin:
                if (value.Length != 1) Complain(UpdateSubcode.AttributeLengthError);
                else if (value[0] > (byte)Origin.Incomplete) Complain(UpdateSubcode.InvalidOrigin);
                else _origin = (Origin)value[0];
                break;

            case AttributeType.AsPath:
                if (!AsPathCodec.TryRead(value, _context.FourByteAs, out _asPath))
                    Complain(UpdateSubcode.MalformedAsPath);
                break;

            case AttributeType.NextHop:
                if (value.Length != 4) Complain(UpdateSubcode.AttributeLengthError);
                else if (!IsHost(IpAddr.FromBytes(value))) Complain(UpdateSubcode.InvalidNextHop);
                else _nextHop = IpAddr.FromBytes(value);
                break;

            case AttributeType.MultiExitDisc:
                _med = ReadUInt32(value);
                break;

            case AttributeType.LocalPref:
                if (_context.IsInternal) _localPref = ReadUInt32(value);
                // RFC 7606 §7.5: an external peer's is left out
                break;

            case AttributeType.AtomicAggregate:
                if (value.IsEmpty) _atomicAggregate = true;
                else Complain(UpdateSubcode.AttributeLengthError, UpdateTreatment.AttributeDiscard);
                break;

            case AttributeType.Aggregator:
                _aggregator = ReadAggregator(value, _context.FourByteAs);
                break;

            case AttributeType.Communities:
                if (value.IsEmpty || value.Length % 4 != 0) Complain(UpdateSubcode.OptionalAttributeError);
                else _communities = ReadUInt32s(value);
                break;

            case AttributeType.OriginatorId:
                if (_context.IsInternal) _originatorId = ReadUInt32(value);
                break;

            case AttributeType.ClusterList:
                if (!_context.IsInternal) break;
                if (value.IsEmpty || value.Length % 4 != 0) Complain(UpdateSubcode.AttributeLengthError);
                else _clusterList = ReadUInt32s(value);
                break;

            case AttributeType.As4Path:
                // RFC 6793 §4.1: not for four-byte speakers
                if (_context.FourByteAs) break;
                if (!AsPathCodec.TryRead(value, fourByteAs: true, out _as4Path))
                    Complain(UpdateSubcode.OptionalAttributeError, UpdateTreatment.AttributeDiscard);
                break;

            case AttributeType.As4Aggregator:
                if (!_context.FourByteAs) _as4Aggregator = ReadAggregator(value, fourByteAs: true);
                break;

            case AttributeType.LargeCommunities:
                if (value.IsEmpty || value.Length % 12 != 0) Complain(UpdateSubcode.OptionalAttributeError);
                else _largeCommunities = ReadLargeCommunities(value);
                break;
        }
    }

    private void ReadUnknown(AttributeFlags flags, AttributeType type, ReadOnlySpan<byte> value)
    {
        if ((flags & AttributeFlags.Optional) == 0)
            Complain(UpdateSubcode.UnrecognizedWellKnownAttribute, UpdateTreatment.SessionReset);
        else if ((flags & AttributeFlags.Transitive) != 0)
            _unknown = _unknown.Add(
                new UnknownAttribute((byte)(flags & ~AttributeFlags.ExtendedLength), (byte)type, [.. value]));
    }

    private void DemandMandatory()
    {
        if (_origin is null) Missing(AttributeType.Origin);
        if (_asPath is null) Missing(AttributeType.AsPath);
        if (_nextHop.IsDefault) Missing(AttributeType.NextHop);
        if (_localPref is null && _context.IsInternal) Missing(AttributeType.LocalPref);
    }

    private readonly PathAttributes Build()
    {
        // RFC 6793 §4.2.3: an AGGREGATOR other than AS_TRANS beside AS4_AGGREGATOR was set later, by a two-byte speaker
        // that aggregated: what the four-byte attributes say is of before.
        var isFourVoid = _as4Aggregator is not null && _aggregator is { Asn: not OpenCodec.AsTrans };
        var asPath = _asPath ?? AsPath.Empty;
        return new PathAttributes
        {
            Origin = _origin ?? Origin.Igp,
            AsPath = _as4Path is null || isFourVoid ? asPath : AsPathCodec.Merge(asPath, _as4Path),
            NextHop = _nextHop,
            Med = _med,
            LocalPref = _localPref,
            AtomicAggregate = _atomicAggregate,
            Aggregator = _aggregator is null || isFourVoid ? _aggregator : _as4Aggregator ?? _aggregator,
            Communities = _communities,
            LargeCommunities = _largeCommunities,
            OriginatorId = _originatorId,
            ClusterList = _clusterList,
            Unknown = _unknown.Length < 2 ? _unknown : _unknown.Sort((left, right) => left.Type.CompareTo(right.Type)),
        };
    }

    private uint? ReadUInt32(ReadOnlySpan<byte> value)
    {
        var reader = new SpanReader(value);
        if (value.Length == 4 && reader.TryReadUInt32(out var number)) return number;
        Complain(UpdateSubcode.AttributeLengthError);
        return null;
    }

    private Aggregator? ReadAggregator(ReadOnlySpan<byte> value, bool fourByteAs)
    {
        var reader = new SpanReader(value);
        uint asn = 0;
        if (value.Length == (fourByteAs ? 8 : 6))
        {
            if (fourByteAs) reader.TryReadUInt32(out asn);
            else if (reader.TryReadUInt16(out var narrow)) asn = narrow;
        }

        if (asn != 0) return new Aggregator(asn, IpAddr.FromBytes(reader.Rest));
        Complain(UpdateSubcode.OptionalAttributeError, UpdateTreatment.AttributeDiscard);
        return null;
    }

    private static ImmutableArray<uint> ReadUInt32s(ReadOnlySpan<byte> value)
    {
        var numbers = ImmutableArray.CreateBuilder<uint>(value.Length / 4);
        var reader = new SpanReader(value);
        while (reader.TryReadUInt32(out var number)) numbers.Add(number);
        return numbers.MoveToImmutable();
    }

    private static ImmutableArray<LargeCommunity> ReadLargeCommunities(ReadOnlySpan<byte> value)
    {
        var communities = ImmutableArray.CreateBuilder<LargeCommunity>(value.Length / 12);
        var reader = new SpanReader(value);
        while (reader.TryReadUInt32(out var administrator) && reader.TryReadUInt32(out var first)
            && reader.TryReadUInt32(out var second))
            communities.Add(new LargeCommunity(administrator, first, second));
        return communities.MoveToImmutable();
    }

    // RFC 4271 §6.3: NEXT_HOP must be the address of a host; whether it is ours or reachable is for the RIB to see.
    private static bool IsHost(IpAddr address) => address.IsV4
        ? (address.V4Value >> 24) is not (0 or 127 or >= 224)
        : (address.High > 0 || address.Low > 1) && address.High >> 56 != 0xff;

    private void Missing(AttributeType type) =>
        Complain(UpdateSubcode.MissingWellKnownAttribute, UpdateTreatment.TreatAsWithdraw, [(byte)type]);

    private void Complain(UpdateSubcode subcode, UpdateTreatment treatment = UpdateTreatment.TreatAsWithdraw) =>
        Complain(subcode, treatment, subcode == UpdateSubcode.MalformedAsPath ? default : _whole);

    private void Complain(UpdateSubcode subcode, UpdateTreatment treatment, scoped ReadOnlySpan<byte> data) =>
        Complaint = UpdateComplaint.Worse(Complaint, new UpdateComplaint(treatment, BgpErrors.Update(subcode, data)));
}
