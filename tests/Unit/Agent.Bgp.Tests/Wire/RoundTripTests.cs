using System.Collections.Immutable;
using Agent.Bgp.Wire;
using Agent.Primitives;
using FsCheck;
using FsCheck.Fluent;

namespace Agent.Bgp.Tests.Wire;

/// <summary>decode(encode(x)) = x for any routes, towards peers of every kind; and no bytes make the decoder throw.</summary>
public sealed class RoundTripTests
{
    private static readonly Gen<uint> Number = Gen.Choose(int.MinValue, int.MaxValue).Select(value => (uint)value);

    private static readonly Gen<uint> Asn = Gen.OneOf(Gen.Choose(1, 65535).Select(value => (uint)value), Number.Where(value => value != 0))
        .Where(value => value != OpenCodec.AsTrans);

    private static readonly Gen<IpAddr> HostV4 = Gen.Choose(0x01000000, 0x7effffff).Select(value => IpAddr.FromV4((uint)value));

    private static readonly Gen<AsPath> Paths =
        from hops in List(Asn, 9)
        select hops.IsEmpty ? AsPath.Empty : new AsPath([new AsSegment(AsSegmentKind.Sequence, hops)]);

    private static readonly Gen<ImmutableArray<UnknownAttribute>> Unknowns =
        from types in Gen.SubListOf<byte>([22, 26, 40, 128, 255])
        from value in List(Gen.Choose(0, 255).Select(each => (byte)each), 300)
        select types.Order().Select(type => new UnknownAttribute(0xe0, type, value)).ToImmutableArray();

    private static readonly Gen<PathAttributes> Attributes =
        from origin in Gen.Elements(Origin.Igp, Origin.Egp, Origin.Incomplete)
        from path in Paths
        from hop in HostV4
        from med in Optional(Number)
        from preference in Number
        from atomic in Gen.Elements(true, false)
        from aggregator in Optional(from asn in Asn from address in HostV4 select new Aggregator(asn, address))
        from communities in List(Number, 90)
        from large in List(from a in Number from b in Number from c in Number select new LargeCommunity(a, b, c), 30)
        from originator in Optional(Number)
        from clusters in List(Number, 4)
        from unknown in Unknowns
        from extended in List(from high in Number from low in Number select new ExtendedCommunity((ulong)high << 32 | low), 30)
        from ipv6 in List(from kind in Number from local in Number select new Ipv6ExtendedCommunity((ushort)kind, IpAddr.Parse("fd00::").Add(local), (ushort)local), 5)
        from customer in Optional(Asn)
        select new PathAttributes
        {
            Origin = origin,
            AsPath = path,
            NextHop = hop,
            Med = med,
            LocalPref = preference,
            AtomicAggregate = atomic,
            Aggregator = aggregator,
            Communities = communities,
            LargeCommunities = large,
            OriginatorId = originator,
            ClusterList = clusters,
            Unknown = unknown,
            ExtendedCommunities = extended,
            Ipv6ExtendedCommunities = ipv6,
            OnlyToCustomer = customer,
        };

    private static readonly Gen<UpdateFormat> Formats =
        from family in Gen.Elements(IpFamily.V4, IpFamily.V6)
        from addPath in Gen.Elements(true, false)
        from fourByteAs in Gen.Elements(true, false)
        from extendedMessages in Gen.Elements(true, false)
        from extendedNextHop in Gen.Elements(true, false)
        select new UpdateFormat(family, addPath, fourByteAs, extendedMessages, extendedNextHop && family == IpFamily.V4);

    private static readonly Gen<(PathAttributes Attributes, UpdateFormat Format, Nlri[] Nlri)> Updates =
        from format in Formats
        from attributes in Attributes
        from hop in Number
        from nlri in Gen.NonEmptyListOf(NlriOf(format))
        from overV6 in Gen.Elements(true, false)
        select (format.Family == IpFamily.V4 && !(format.ExtendedNextHop && overV6) ? attributes : attributes with { NextHop = IpAddr.Parse("fd00::1").Add(hop) }, format, nlri.ToArray());

    [Fact]
    public void What_is_announced_is_what_is_read() => Prop.ForAll(Updates.ToArbitrary(), update =>
    {
        var buffer = new byte[4096];
        var read = new List<RouteOperation>();
        var decoder = new UpdateDecoder(ContextOf(update.Format));
        for (ReadOnlySpan<Nlri> rest = update.Nlri; !rest.IsEmpty;)
        {
            var size = UpdateCodec.WriteAnnouncement(buffer, update.Attributes, update.Format, rest, out var consumed);
            var decoded = Decoded.Of(buffer.AsSpan(19, size - 19), decoder);
            Assert.Null(decoded.Complaint);
            Assert.Equal([update.Attributes], decoded.Attributes);
            read.AddRange(decoded.Operations);
            rest = rest[consumed..];
        }

        Assert.Equal(update.Nlri.Select(each => new RouteOperation(RouteOperationKind.Announce, update.Format.Family, 0, each)), read);
    }).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void What_is_withdrawn_is_what_is_read() => Prop.ForAll(Updates.ToArbitrary(), update =>
    {
        var buffer = new byte[4096];
        var size = UpdateCodec.WriteWithdrawal(buffer, update.Format, update.Nlri, out var consumed);
        var decoded = Decoded.Of(buffer.AsSpan(19, size - 19), ContextOf(update.Format));

        Assert.Null(decoded.Complaint);
        Assert.Equal(
            update.Nlri.Take(consumed).Select(each => new RouteOperation(RouteOperationKind.Withdraw, update.Format.Family, -1, each)),
            decoded.Operations);
    }).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void Every_truncation_of_an_update_is_refused_or_treated_and_never_announces_wrongly() =>
        Prop.ForAll(Updates.ToArbitrary(), update =>
        {
            var buffer = new byte[4096];
            var size = UpdateCodec.WriteAnnouncement(buffer, update.Attributes, update.Format, update.Nlri, out var consumed);
            var whole = update.Nlri.Take(consumed).ToArray();
            for (var length = 0; length < size - 19; length++)
            {
                var decoded = Decoded.Of(buffer.AsSpan(19, length), ContextOf(update.Format));
                Assert.Equal(decoded.Error is not null, decoded.Complaint is { Treatment: UpdateTreatment.SessionReset });
                Assert.True(decoded.Error is null || decoded.Operations.Length == 0);
                Assert.Equal(whole.Take(decoded.Operations.Length), decoded.Operations.Select(each => each.Nlri));
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(20));

    [Fact]
    public void Damaged_updates_never_throw_and_a_refused_one_leaves_nothing() =>
        Prop.ForAll(
            (from update in Updates from places in Gen.ListOf(Number) select (update, places)).ToArbitrary(),
            damaged =>
            {
                var ((attributes, format, nlri), places) = damaged;
                var buffer = new byte[4096];
                var size = UpdateCodec.WriteAnnouncement(buffer, attributes, format, nlri, out _);
                var body = buffer.AsSpan(19, size - 19);
                foreach (var place in places) body[(int)(place % (uint)body.Length)] = (byte)(place >> 24);
                var decoded = Decoded.Of(body, ContextOf(format));

                Assert.True(decoded.Error is null || decoded.Operations.Length == 0);
                Assert.All(decoded.Operations, each => Assert.InRange(each.Attributes, -1, decoded.Attributes.Length - 1));
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    private static UpdateContext ContextOf(UpdateFormat format) =>
        new(format.FourByteAs, true, [IpFamily.V4, IpFamily.V6], format.AddPath ? [IpFamily.V4, IpFamily.V6] : [], format.ExtendedNextHop);

    private static Gen<Nlri> NlriOf(UpdateFormat format) =>
        from high in Number
        from low in Number
        from length in Gen.Choose(0, format.Family == IpFamily.V4 ? 32 : 128)
        from id in Number
        let address = format.Family == IpFamily.V4 ? IpAddr.FromV4(high) : IpAddr.FromV6((UInt128)high << 96 | low)
        select new Nlri(new IpPrefix(address, length), format.AddPath ? id : 0);

    private static Gen<T?> Optional<T>(Gen<T> some) where T : struct =>
        Gen.OneOf(some.Select(value => (T?)value), Gen.Constant((T?)null));

    private static Gen<ImmutableArray<T>> List<T>(Gen<T> item, int longest) =>
        from length in Gen.Choose(0, longest)
        from items in Gen.ArrayOf(item, length)
        select items.ToImmutableArray();
}
