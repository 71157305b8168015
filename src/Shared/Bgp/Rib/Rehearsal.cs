using Agent.Bgp.Policy;
using Agent.Bgp.Wire;
using Agent.Primitives;

namespace Agent.Bgp.Rib;

/// <summary>Takes a table of its own through the life of a route, so that what the runtime compiles at first use is
/// compiled before a peer waits for it.</summary>
/// <remarks>
/// Code compiled ahead of time has no generics of the framework over our types and resolves its calls one by one; the
/// first route of a fresh process would pay for all of that. A few milliseconds at the start instead, without a trace.
/// </remarks>
public static class Rehearsal
{
    private const uint As = 64512;

    /// <summary>Routes of two peers of each kind come, change and go.</summary>
    public static void Run()
    {
        var rib = new Rib();
        rib.SetConnected(new ConnectedState
        {
            Networks = [new ConnectedNetwork(IpPrefix.Parse("192.0.2.0/24"), 1)],
            OwnAddresses = [IpAddr.Parse("192.0.2.1")],
        });
        rib.SetPolicy(new RibPolicy { Pools = [new PolicyPool(IpPrefix.Parse("198.51.100.0/24"))] });
        for (var i = 2; i < 6; i++) Up(rib, i);
        for (var i = 2; i < 6; i++)
        {
            Tell(rib, i, withdraws: false);
            Settle(rib);
        }

        Tell(rib, 2, withdraws: true);
        Settle(rib);
        rib.PeerDown(NameOf(3), keepStale: false);
        Settle(rib);
    }

    private static string NameOf(int peer) => $"rehearsal{peer}";

    private static IpAddr AddressOf(int peer) => IpAddr.FromV4(0xc000_0200 + (uint)peer);

    private static bool IsInternal(int peer) => peer % 2 == 0;

    private static void Up(Rib rib, int peer) => rib.PeerUp(
        new PeerSpec
        {
            Name = NameOf(peer),
            Type = PeerType.Global,
            Session = new SessionSettings
            {
                LocalAs = As,
                PeerAs = IsInternal(peer) ? As : As + (uint)peer,
                RouterId = 1,
                PeerAddress = AddressOf(peer),
            },
            Policy = new PeerPolicy { ClientClusterId = IsInternal(peer) ? 1 : null },
        },
        new PeerTerms
        {
            PeerRouterId = AddressOf(peer).V4Value,
            Families = [new FamilyTerms(Format, IpAddr.Parse("192.0.2.1"))],
        });

    private static UpdateFormat Format => new(IpFamily.V4, AddPath: false, FourByteAs: true);

    private static void Tell(Rib rib, int peer, bool withdraws)
    {
        Span<byte> message = stackalloc byte[MessageCodec.MaxMessageSize];
        ReadOnlySpan<Nlri> nlri = [new(IpPrefix.Parse("198.51.100.0/25")), new(IpPrefix.Parse("198.51.100.128/26"))];
        var attributes = new PathAttributes
        {
            AsPath = IsInternal(peer) ? AsPath.Empty : AsPath.Of(As + (uint)peer),
            NextHop = AddressOf(peer),
            LocalPref = IsInternal(peer) ? 100 : null,
            Med = 1,
            Communities = [1],
        };
        var size = withdraws
            ? UpdateCodec.WriteWithdrawal(message, Format, nlri, out _)
            : UpdateCodec.WriteAnnouncement(message, attributes, Format, nlri, out _);
        var framer = new Framer();
        framer.Append(message[..size]);
        var decoder = new UpdateDecoder(new UpdateContext(true, IsInternal(peer), IpFamily.V4));
        using var batch = new UpdateBatch();
        while (framer.TryRead(out var frame, out _)) decoder.TryDecode(frame.Body, batch, out _);
        rib.Apply(NameOf(peer), batch);
    }

    private static void Settle(Rib rib)
    {
        var changes = new RibChange[16];
        while (rib.HasWork || rib.HasOutput)
        {
            rib.Work();
            while (rib.TakeRouteChanges(changes) > 0)
            {
            }

            foreach (var output in rib.TakeOutput()) rib.Sent(output.Peer, output.Bytes);
        }
    }
}
