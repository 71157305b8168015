using Agent.Bgp;
using Agent.Bgp.Wire;
using Agent.Primitives;

namespace Agent.Bench.Storm;

/// <summary>What peers say, encoded before any clock starts.</summary>
internal static class Messages
{
    private static readonly UpdateFormat Format = new(IpFamily.V4, AddPath: false, FourByteAs: true);

    public static byte[] KeepAlive { get; } = Encode(BgpMessage.KeepAlive.Instance);

    public static byte[] Open(LoadOptions options, int peer) => Encode(new BgpMessage.Open(new OpenMessage(
        options.PeerAs, options.HoldSeconds, options.AddressOf(peer).V4Value,
        [new Capability.MultiProtocol(IpFamily.V4), new Capability.FourOctetAs(options.PeerAs)])));

    /// <summary>A sender's UPDATEs: consecutive /26 from 20.0.0.0 on, other ones for each sender.</summary>
    public static byte[] Announcements(LoadOptions options, int sender) => Updates(options, sender, announce: true);

    public static byte[] Withdrawals(LoadOptions options, int sender) => Updates(options, sender, announce: false);

    private static byte[] Updates(LoadOptions options, int sender, bool announce)
    {
        var bytes = new List<byte>();
        Span<byte> message = stackalloc byte[MessageCodec.MaxMessageSize];
        var first = (uint)(sender * options.Routes);
        Nlri[] nlri = [.. Enumerable.Range(0, options.Routes).Select(i => new Nlri(Prefix(first + (uint)i)))];
        for (var done = 0; done < nlri.Length;)
        {
            var some = nlri.AsSpan(done, Math.Min(options.Together, nlri.Length - done));
            var size = announce
                ? UpdateCodec.WriteAnnouncement(message, Attributes(options, sender, done), Format, some, out var taken)
                : UpdateCodec.WriteWithdrawal(message, Format, some, out taken);
            bytes.AddRange(message[..size]);
            done += taken;
        }

        return [.. bytes];
    }

    private static IpPrefix Prefix(uint number) => new(IpAddr.FromV4(0x1400_0000 + number * 64), 26);

    private static PathAttributes Attributes(LoadOptions options, int sender, int first) => new()
    {
        AsPath = options.IsInternal ? AsPath.Empty : AsPath.Of(options.PeerAs, 100_000 + (uint)first),
        NextHop = options.NextHop ?? options.AddressOf(sender),
        LocalPref = options.IsInternal ? 100 : null,
        Communities = [options.PeerAs << 16 | (uint)(sender & 0xffff)],
    };

    private static byte[] Encode(BgpMessage message)
    {
        Span<byte> room = stackalloc byte[MessageCodec.MaxMessageSize];
        return room[..MessageCodec.Write(room, message)].ToArray();
    }
}
