using System.Buffers.Binary;
using System.Collections.Immutable;
using Agent.Primitives;

namespace Agent.Bgp.Wire.Attributes;

/// <summary>What becomes of LOCAL_PREF.</summary>
internal enum LocalPrefEdit : byte
{
    /// <summary>It is left out.</summary>
    Drop,

    /// <summary>It stays; where there is none, the edits' value.</summary>
    Default,

    /// <summary>It is the edits' value.</summary>
    Set,
}

/// <summary>Changes to an <see cref="AttributeSet"/>, applied to its bytes in one pass. Attributes that are not named
/// stay.</summary>
internal sealed class AttributeEdits
{
    // By type: what may be added to a set that has none of it.
    private static readonly AttributeType[] Addable =
    [
        AttributeType.LocalPref, AttributeType.Communities, AttributeType.OriginatorId, AttributeType.ClusterList,
        AttributeType.LargeCommunities, AttributeType.OnlyToCustomer,
    ];

    /// <summary>The next hop; null keeps it.</summary>
    public IpAddr? NextHop { get; init; }

    /// <summary>Takes the place of an IPv6 next hop that is kept, for a peer that does not take one of an IPv4 route
    /// (RFC 8950); null keeps it.</summary>
    public IpAddr? NextHopInstead { get; init; }

    /// <summary>Takes the place of a link-local next hop that is kept: it means nothing beyond its link (RFC 2545 §3);
    /// null keeps it.</summary>
    public IpAddr? LinkLocalInstead { get; init; }

    /// <summary>What to put in front of AS_PATH, in this order.</summary>
    public ImmutableArray<uint> Prepended { get; init; } = [];

    /// <summary>A MULTI_EXIT_DISC becomes 0.</summary>
    public bool ZeroMed { get; init; }

    /// <summary>What becomes of LOCAL_PREF.</summary>
    public LocalPrefEdit LocalPrefEdit { get; init; }

    /// <summary>The value for <see cref="LocalPrefEdit"/>.</summary>
    public uint LocalPref { get; init; }

    /// <summary>ORIGINATOR_ID and CLUSTER_LIST are left out.</summary>
    public bool DropReflection { get; init; }

    /// <summary>ORIGINATOR_ID where there is none; null adds none.</summary>
    public uint? OriginatorId { get; init; }

    /// <summary>Clusters to put in front of CLUSTER_LIST.</summary>
    public ImmutableArray<uint> Clusters { get; init; } = [];

    /// <summary>Communities to add where they are missing.</summary>
    public ImmutableArray<uint> Communities { get; init; } = [];

    /// <summary>Large communities to add where they are missing.</summary>
    public ImmutableArray<LargeCommunity> LargeCommunities { get; init; } = [];

    /// <summary>Extended communities that stay within an AS are left out (RFC 4360 §6, RFC 5701 §2).</summary>
    public bool DropNonTransitive { get; init; }

    /// <summary>OTC where there is none (RFC 9234 §5); null adds none.</summary>
    public uint? OnlyToCustomer { get; init; }

    /// <summary>Bytes that suffice for an edited set of so many bytes.</summary>
    public int RoomFor(int length) =>
        length + 64 + (Prepended.Length + Clusters.Length + Communities.Length) * 4 + LargeCommunities.Length * 12;

    /// <summary>Writes the edited set and returns its size.</summary>
    public int Apply(AttributeSet set, Span<byte> into)
    {
        var output = new Output(into);
        var next = 0;
        foreach (var attribute in set)
        {
            for (; next < Addable.Length && Addable[next] < attribute.Type; next++)
                Write(ref output, new AttributeBytes(default, Addable[next], default), isThere: false);
            if (next < Addable.Length && Addable[next] == attribute.Type) next++;
            Write(ref output, attribute, isThere: true);
        }

        for (; next < Addable.Length; next++)
            Write(ref output, new AttributeBytes(default, Addable[next], default), isThere: false);
        return output.Written;
    }

    private void Write(ref Output output, AttributeBytes attribute, bool isThere)
    {
        switch (attribute.Type)
        {
            case AttributeType.AsPath when !Prepended.IsEmpty:
                var path = new AsPathBytes(attribute.Value);
                path.WritePrepended(
                    output.Add(attribute.Type, path.PrependedLength(Prepended.Length)), Prepended.AsSpan());
                break;
            case AttributeType.NextHop when NextHop is { } hop:
                hop.WriteTo(output.Add(attribute.Type, hop.Size));
                break;
            case AttributeType.NextHop when NextHopInstead is { } instead && attribute.Value.Length > instead.Size:
                instead.WriteTo(output.Add(attribute.Type, instead.Size));
                break;
            case AttributeType.NextHop
                when LinkLocalInstead is { } instead && IpAddr.FromBytes(attribute.Value).IsV6LinkLocal:
                instead.WriteTo(output.Add(attribute.Type, instead.Size));
                break;
            case AttributeType.MultiExitDisc when ZeroMed:
                output.Add(attribute.Type, 0u);
                break;
            case AttributeType.LocalPref:
                if (LocalPrefEdit == LocalPrefEdit.Default && isThere) output.Copy(attribute);
                else if (LocalPrefEdit != LocalPrefEdit.Drop) output.Add(attribute.Type, LocalPref);
                break;
            case AttributeType.OriginatorId:
                if (isThere && !DropReflection) output.Copy(attribute);
                else if (OriginatorId is { } originator) output.Add(attribute.Type, originator);
                break;
            case AttributeType.ClusterList:
                WriteClusters(ref output, DropReflection ? default : attribute.Value);
                break;
            case AttributeType.ExtendedCommunities when DropNonTransitive:
                WriteTransitive(ref output, attribute, sizeof(ulong));
                break;
            case AttributeType.Ipv6ExtendedCommunities when DropNonTransitive:
                WriteTransitive(ref output, attribute, Ipv6ExtendedCommunity.Size);
                break;
            case AttributeType.OnlyToCustomer:
                if (isThere) output.Copy(attribute);
                else if (OnlyToCustomer is { } asn) output.Add(attribute.Type, asn);
                break;
            case AttributeType.Communities when !Communities.IsEmpty:
                WriteCommunities(ref output, attribute.Value, Communities.AsSpan());
                break;
            case AttributeType.LargeCommunities when !LargeCommunities.IsEmpty:
                WriteLargeCommunities(ref output, attribute.Value, LargeCommunities.AsSpan());
                break;
            default:
                if (isThere) output.Copy(attribute);
                break;
        }
    }

    private void WriteClusters(ref Output output, ReadOnlySpan<byte> present)
    {
        var added = Clusters.Length * 4;
        if (added + present.Length == 0) return;
        var value = output.Add(AttributeType.ClusterList, added + present.Length);
        for (var i = 0; i < Clusters.Length; i++) BinaryPrimitives.WriteUInt32BigEndian(value[(i * 4)..], Clusters[i]);
        present.CopyTo(value[added..]);
    }

    private static void WriteTransitive(ref Output output, AttributeBytes attribute, int size)
    {
        var kept = 0;
        for (var at = 0; at < attribute.Value.Length; at += size)
            if (IsTransitive(attribute.Value[at])) kept++;
        if (kept == 0) return;
        var value = output.Add(attribute.Type, kept * size);
        for (var rest = attribute.Value; !rest.IsEmpty; rest = rest[size..])
        {
            if (!IsTransitive(rest[0])) continue;
            rest[..size].CopyTo(value);
            value = value[size..];
        }
    }

    private static bool IsTransitive(byte type) => new ExtendedCommunity((ulong)type << 56).IsTransitive;

    private static void WriteCommunities(ref Output output, ReadOnlySpan<byte> present, ReadOnlySpan<uint> tags)
    {
        var list = new NumberList(present);
        var missing = 0;
        foreach (var tag in tags)
            if (!list.Contains(tag)) missing++;
        var value = output.Add(AttributeType.Communities, present.Length + missing * 4);
        present.CopyTo(value);
        var rest = value[present.Length..];
        foreach (var tag in tags)
        {
            if (list.Contains(tag)) continue;
            BinaryPrimitives.WriteUInt32BigEndian(rest, tag);
            rest = rest[4..];
        }
    }

    private static void WriteLargeCommunities(
        ref Output output, ReadOnlySpan<byte> present, ReadOnlySpan<LargeCommunity> tags)
    {
        var missing = 0;
        foreach (var tag in tags)
            if (!AttributeSet.Contains(present, tag)) missing++;
        var value = output.Add(AttributeType.LargeCommunities, present.Length + missing * 12);
        present.CopyTo(value);
        var rest = value[present.Length..];
        foreach (var tag in tags)
        {
            if (AttributeSet.Contains(present, tag)) continue;
            AttributeWriter.Write(rest, tag);
            rest = rest[12..];
        }
    }

    private ref struct Output(Span<byte> into)
    {
        private readonly Span<byte> _into = into;

        public int Written { get; private set; }

        public void Copy(in AttributeBytes attribute) =>
            attribute.Value.CopyTo(Add(attribute.Flags, attribute.Type, attribute.Value.Length));

        public void Add(AttributeType type, uint number) => BinaryPrimitives.WriteUInt32BigEndian(Add(type, 4), number);

        public Span<byte> Add(AttributeType type, int length) =>
            Add(AttributeTable.FlagsOf(type) ?? AttributeTable.Fixed, type, length);

        private Span<byte> Add(AttributeFlags flags, AttributeType type, int length)
        {
            var head = AttributeTable.WriteHead(_into[Written..], flags, type, length);
            var value = _into.Slice(Written + head, length);
            Written += head + length;
            return value;
        }
    }
}
