namespace Agent.Bgp.Wire.Attributes;

/// <summary>Where one attribute lies in an UPDATE's attributes.</summary>
/// <param name="Flags">Its flags as received.</param>
/// <param name="Type">Its type.</param>
/// <param name="Head">Where its flags are.</param>
/// <param name="Start">Where its value begins.</param>
/// <param name="End">Where its value ends.</param>
internal readonly record struct AttributeSlice(AttributeFlags Flags, AttributeType Type, int Head, int Start, int End)
{
    /// <summary>True for a next hop that stood in MP_REACH_NLRI: it has no head.</summary>
    public bool IsOfReach => Head == Start;
}

/// <summary>The attributes of one UPDATE, cut apart: those that concern the path, in the order of their types, and the
/// MP attributes.</summary>
/// <remarks>Nothing is copied: slices say where each lies. Attributes that stand twice are settled here (RFC 7606 §3
/// g).</remarks>
internal ref struct AttributeSection
{
    // A path has each type at most once.
    private const int MostSlices = 256;

    private readonly ReadOnlySpan<byte> _source;
    private readonly Span<AttributeSlice> _slices;
    private int _count;

    private AttributeSection(ReadOnlySpan<byte> source, Span<AttributeSlice> slices)
    {
        _source = source;
        _slices = slices;
    }

    /// <summary>The path's attributes by type.</summary>
    public readonly ReadOnlySpan<AttributeSlice> Path => _slices[.._count];

    /// <summary>MP_REACH_NLRI.</summary>
    public AttributeSlice Reach { get; private set; }

    /// <summary>MP_UNREACH_NLRI.</summary>
    public AttributeSlice Unreach { get; private set; }

    /// <summary>The worst that was found; null when all is well.</summary>
    public UpdateComplaint? Complaint { get; private set; }

    /// <summary>True when MP_REACH_NLRI is there, even an empty one.</summary>
    public readonly bool HasReach => Reach.Start > 0;

    /// <summary>True when MP_UNREACH_NLRI is there, even an empty one.</summary>
    public readonly bool HasUnreach => Unreach.Start > 0;

    /// <summary>Slices that suffice for so many bytes of attributes; one more is for the next hop.</summary>
    public static int RoomFor(int length) => Math.Min(length / 3 + 1, MostSlices);

    /// <summary>Cuts the attributes apart.</summary>
    /// <param name="source">The attributes of an UPDATE.</param>
    /// <param name="slices">Room as <see cref="RoomFor"/> says.</param>
    public static AttributeSection Of(ReadOnlySpan<byte> source, Span<AttributeSlice> slices)
    {
        var section = new AttributeSection(source, slices);
        section.Cut();
        return section;
    }

    /// <summary>An attribute's value.</summary>
    public readonly ReadOnlySpan<byte> ValueOf(in AttributeSlice slice) => _source[slice.Start..slice.End];

    /// <summary>An attribute with its head, for an error's data.</summary>
    public readonly ReadOnlySpan<byte> WholeOf(in AttributeSlice slice) => _source[slice.Head..slice.End];

    /// <summary>Takes MP_REACH_NLRI's next hop for the path's, whether the path has one or not.</summary>
    public void TakeNextHop(int start, int length)
    {
        var hop = new AttributeSlice(AttributeFlags.Transitive, AttributeType.NextHop, start, start, start + length);
        for (var i = 0; i < _count; i++)
        {
            if (_slices[i].Type != AttributeType.NextHop) continue;
            _slices[i] = hop;
            return;
        }

        Insert(hop);
    }

    private void Cut()
    {
        Span<ulong> seen = stackalloc ulong[4];
        for (var at = 0; at < _source.Length;)
        {
            if (!TryReadHead(at, out var slice))
            {
                Complain(UpdateTreatment.TreatAsWithdraw, UpdateSubcode.MalformedAttributeList, default);
                break;
            }

            if (slice.End > _source.Length)
            {
                Complain(UpdateTreatment.TreatAsWithdraw, UpdateSubcode.AttributeLengthError, _source[at..]);
                break;
            }

            at = slice.End;
            var bit = 1UL << ((byte)slice.Type & 63);
            var isRepeated = (seen[(byte)slice.Type >> 6] & bit) != 0;
            seen[(byte)slice.Type >> 6] |= bit;
            if (slice.Type is AttributeType.MpReachNlri or AttributeType.MpUnreachNlri) Take(slice, isRepeated);
            else if (!isRepeated) Insert(slice);
            else Complain(UpdateTreatment.AttributeDiscard, UpdateSubcode.MalformedAttributeList, WholeOf(slice));
        }
    }

    // | flags | type | length (1, or 2 with Extended Length) |
    private readonly bool TryReadHead(int at, out AttributeSlice slice)
    {
        slice = default;
        if (at + 3 > _source.Length) return false;
        var flags = (AttributeFlags)_source[at];
        var isLong = (flags & AttributeFlags.ExtendedLength) != 0;
        var start = at + (isLong ? 4 : 3);
        if (start > _source.Length) return false;
        var length = isLong ? _source[at + 2] << 8 | _source[at + 3] : _source[at + 2];
        slice = new AttributeSlice(flags, (AttributeType)_source[at + 1], at, start, start + length);
        return true;
    }

    private void Take(in AttributeSlice slice, bool isRepeated)
    {
        if (isRepeated) Complain(UpdateTreatment.SessionReset, UpdateSubcode.MalformedAttributeList, default);
        if ((slice.Flags & AttributeTable.Fixed) != AttributeFlags.Optional)
            Complain(UpdateTreatment.TreatAsWithdraw, UpdateSubcode.AttributeFlagsError, WholeOf(slice));
        if (slice.Type == AttributeType.MpReachNlri) Reach = slice;
        else Unreach = slice;
    }

    // Speakers send attributes in order, so there is seldom anything to shift.
    private void Insert(in AttributeSlice slice)
    {
        var place = _count++;
        for (; place > 0 && _slices[place - 1].Type > slice.Type; place--) _slices[place] = _slices[place - 1];
        _slices[place] = slice;
    }

    private void Complain(UpdateTreatment treatment, UpdateSubcode subcode, scoped ReadOnlySpan<byte> data) =>
        Complaint = UpdateComplaint.Worse(Complaint, new UpdateComplaint(treatment, BgpErrors.Update(subcode, data)));
}
