using System.Diagnostics.CodeAnalysis;
using Agent.Bgp.Wire.Attributes;
using Agent.Primitives;

namespace Agent.Bgp.Wire;

/// <summary>Reads the UPDATEs of one session into <see cref="UpdateBatch"/>es (RFC 4271 §4.3, RFC 4760, RFC
/// 7606).</summary>
/// <remarks>
/// <code>
/// | withdrawn length (2) | withdrawn prefixes | attributes length (2) | attributes | announced prefixes to the end |
/// </code>
/// A message is judged whole before anything of it is appended: one that resets the session leaves nothing behind. Of a
/// message with milder faults the rest is used (RFC 7606): an attribute is left out, or all that it announces is
/// withdrawn; <see cref="Complaint"/> says so. What is sound is copied from bytes to bytes: reading allocates nothing.
/// </remarks>
public sealed class UpdateDecoder(UpdateContext context)
{
    private const int Refused = -1;

    private static readonly UpdateComplaint StrayFourByte =
        new(UpdateTreatment.AttributeDiscard, BgpErrors.Update(UpdateSubcode.OptionalAttributeError))
        {
            Reason = "AS4_PATH or AS4_AGGREGATOR of a peer with four-byte AS numbers; said once for each session",
        };

    private AttributeSlice[] _slices = [];
    private byte[] _classic = [];
    private byte[] _reached = [];
    private bool _hadStrayFourByte;

    /// <summary>What was wrong with the last message, though it did not reset the session; null when nothing
    /// was.</summary>
    public UpdateComplaint? Complaint { get; private set; }

    /// <summary>Appends what the message says: withdrawals first, then announcements, or an End-of-RIB.</summary>
    /// <param name="body">What follows the header.</param>
    /// <param name="into">Where to; unchanged when the message is refused.</param>
    /// <param name="error">What to say in the NOTIFICATION when the session must be reset.</param>
    public bool TryDecode(ReadOnlySpan<byte> body, UpdateBatch into, [NotNullWhen(false)] out BgpError? error)
    {
        ArgumentNullException.ThrowIfNull(into);
        Complaint = null;
        Decode(body, into);
        error = Complaint is { Treatment: UpdateTreatment.SessionReset, Error: var fatal } ? fatal : null;
        return error is null;
    }

    private void Decode(ReadOnlySpan<byte> body, UpdateBatch into)
    {
        var reader = new SpanReader(body);
        if (!reader.TryReadUInt16(out var withdrawnLength) || !reader.TryReadBytes(withdrawnLength, out var withdrawn)
            || !reader.TryReadUInt16(out var attributesLength)
                || !reader.TryReadBytes(attributesLength, out var attributes))
        {
            Complain(UpdateTreatment.SessionReset, UpdateSubcode.MalformedAttributeList);
            return;
        }

        var classic = new Routes { Family = IpFamily.V4, Withdrawn = withdrawn, Announced = reader.Rest };
        if (attributes.IsEmpty && withdrawn.IsEmpty && classic.Announced.IsEmpty)
        {
            AddEndOfRib(IpFamily.V4, into);
            return;
        }

        var slices = AttributeSection.RoomFor(attributes.Length);
        if (_slices.Length < slices) _slices = new AttributeSlice[slices];
        var section = AttributeSection.Of(attributes, _slices);
        Note(section.Complaint);
        if (IsEndOfRib(section, classic, into)) return;

        if (!IsWellFormed(classic)) Complain(UpdateTreatment.SessionReset, UpdateSubcode.InvalidNetworkField);
        var reached = ReadReach(section);
        var unreached = ReadUnreach(section);
        if (IsReset) return;

        var announces = section.HasReach || !classic.Announced.IsEmpty;
        var classicSize = classic.Announced.IsEmpty && (announces || section.Path.IsEmpty)
            ? Refused
            : Parse(section, attributes.Length, ref _classic, announces);
        var reachedSize = Refused;
        if (!reached.Announced.IsEmpty)
        {
            section.TakeNextHop(reached.NextHopAt, reached.NextHopLength);
            reachedSize = Parse(section, attributes.Length, ref _reached, announces);
        }

        // RFC 7606 §5.2: without announcements nothing shows that the prefixes were found, so only leaving an attribute
        // out is safe.
        if (!announces && Complaint is { Treatment: UpdateTreatment.TreatAsWithdraw, Error: var error })
            Note(new UpdateComplaint(UpdateTreatment.SessionReset, error));
        if (IsReset) return;

        Withdraw(classic, classic.Withdrawn, into);
        Withdraw(unreached, unreached.Withdrawn, into);
        Announce(classic, _classic, classicSize, into);
        Announce(reached, _reached, reachedSize, into);
    }

    private bool IsReset => Complaint is { Treatment: UpdateTreatment.SessionReset };

    private bool IsEndOfRib(scoped in AttributeSection section, scoped in Routes classic, UpdateBatch into)
    {
        var unreach = section.ValueOf(section.Unreach);
        if (Complaint is not null || section.HasReach || unreach.Length != 3 || !section.Path.IsEmpty) return false;
        if (!classic.Withdrawn.IsEmpty || !classic.Announced.IsEmpty) return false;
        if (MessageCodec.FamilyOf((ushort)(unreach[0] << 8 | unreach[1]), unreach[2]) is { } family)
            AddEndOfRib(family, into);
        return true;
    }

    private void AddEndOfRib(IpFamily family, UpdateBatch into)
    {
        if (context.Carries(family)) into.Add(new RouteOperation(RouteOperationKind.EndOfRib, family, -1, default));
    }

    /// <summary>MP_REACH_NLRI: <c>| AFI (2) | SAFI | length | next hop | reserved | prefixes |</c> (RFC 4760
    /// §3).</summary>
    private Routes ReadReach(AttributeSection section)
    {
        if (!section.HasReach) return default;
        var reader = new SpanReader(section.ValueOf(section.Reach));
        if (!reader.TryReadUInt16(out var afi) || !reader.TryReadByte(out var safi)
            || !reader.TryReadByte(out var length)
            || !reader.TrySkip(length) || !reader.TrySkip(1))
        {
            return RefuseReach(section);
        }

        if (MessageCodec.FamilyOf(afi, safi) is not { } family || !context.Carries(family)) return default;
        var routes = new Routes
        {
            Family = family,
            Announced = reader.Rest,
            NextHopAt = section.Reach.Start + 4,
            NextHopLength = Math.Min((int)length, 16),
        };
        return context.TakesNextHop(family, length) && IsWellFormed(routes) ? routes : RefuseReach(section);
    }

    private Routes RefuseReach(AttributeSection section)
    {
        Complain(UpdateTreatment.SessionReset, UpdateSubcode.OptionalAttributeError, section.WholeOf(section.Reach));
        return default;
    }

    /// <summary>MP_UNREACH_NLRI: <c>| AFI (2) | SAFI | prefixes |</c> (RFC 4760 §4).</summary>
    private Routes ReadUnreach(AttributeSection section)
    {
        if (!section.HasUnreach) return default;
        var reader = new SpanReader(section.ValueOf(section.Unreach));
        if (reader.TryReadUInt16(out var afi) && reader.TryReadByte(out var safi))
        {
            if (MessageCodec.FamilyOf(afi, safi) is not { } family || !context.Carries(family)) return default;
            var routes = new Routes { Family = family, Withdrawn = reader.Rest };
            if (IsWellFormed(routes)) return routes;
        }

        Complain(UpdateTreatment.SessionReset, UpdateSubcode.OptionalAttributeError, section.WholeOf(section.Unreach));
        return default;
    }

    /// <summary>Writes the path's attributes as a set and returns its size; <see cref="Refused"/> when the routes are
    /// to be withdrawn.</summary>
    private int Parse(scoped in AttributeSection section, int length, ref byte[] into, bool announces)
    {
        if (into.Length < AttributeParser.RoomFor(length)) into = new byte[AttributeParser.RoomFor(length)];
        var parser = new AttributeParser(context, section, into);
        var size = parser.Parse(announces);
        Note(parser.Complaint);
        if (parser.HasStrayFourByte && !_hadStrayFourByte)
        {
            // RFC 6793 §4.1: left out. Such a peer sends them with every route; to say so once is enough.
            _hadStrayFourByte = true;
            Note(StrayFourByte);
        }

        return size;
    }

    private bool IsWellFormed(scoped in Routes routes) =>
        NlriCodec.IsWellFormed(routes.Withdrawn, routes.Family, context.HasPathIds(routes.Family))
        && NlriCodec.IsWellFormed(routes.Announced, routes.Family, context.HasPathIds(routes.Family));

    private void Announce(scoped in Routes routes, byte[] attributes, int size, UpdateBatch into)
    {
        if (routes.Announced.IsEmpty || !context.Carries(routes.Family)) return;
        if (size == Refused || Complaint is { Treatment: UpdateTreatment.TreatAsWithdraw })
        {
            Withdraw(routes, routes.Announced, into);
            return;
        }

        var set = into.AddSet(attributes.AsSpan(0, size));
        NlriCodec.Read(routes.Announced, routes.Family, context.HasPathIds(routes.Family),
            into.Begin(RouteOperationKind.Announce, set));
    }

    private void Withdraw(scoped in Routes routes, scoped ReadOnlySpan<byte> prefixes, UpdateBatch into)
    {
        if (prefixes.IsEmpty || !context.Carries(routes.Family)) return;
        NlriCodec.Read(prefixes, routes.Family, context.HasPathIds(routes.Family),
            into.Begin(RouteOperationKind.Withdraw, -1));
    }

    private void Complain(UpdateTreatment treatment, UpdateSubcode subcode, ReadOnlySpan<byte> data = default) =>
        Note(new UpdateComplaint(treatment, BgpErrors.Update(subcode, data)));

    private void Note(UpdateComplaint? complaint)
    {
        if (complaint is not null) Complaint = UpdateComplaint.Worse(Complaint, complaint);
    }

    /// <summary>The prefixes of one family in a message, as bytes.</summary>
    private ref struct Routes
    {
        public IpFamily Family;
        public ReadOnlySpan<byte> Withdrawn;
        public ReadOnlySpan<byte> Announced;
        public int NextHopAt;
        public int NextHopLength;
    }
}
