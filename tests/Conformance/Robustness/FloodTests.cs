using Agent.Bgp.Wire;
using Agent.Lab.Tests.Support;

namespace Agent.Conformance.Tests.Robustness;

/// <summary>Peers that send strange things, or too much, or hang up: the others do not notice, memory and log stay small.</summary>
[Collection(Alone.Name)]
public sealed class FloodTests
{
    private const byte Host = 1;
    private const int Bound = 16 * 1024 * 1024;

    [Fact]
    public async Task Byte_by_byte_a_session_comes_up_and_its_routes_are_learned()
    {
        using var arena = await Arena.CreateAsync(RawPeer.Spec(Host));
        using var peer = RawPeer.Connect(Host, arena.Port);
        byte[] all = [.. peer.Open, .. Bytes.KeepAlive, .. Bytes.Announce(0, 300, peer.As, Host), .. Bytes.Withdraw(0, 100), .. Bytes.KeepAlive];
        foreach (var one in all) peer.Send(one);

        await arena.KnownAsync(200);
        Assert.Equal("Established", await arena.Node.StateAsync(peer.Name));
    }

    [Theory]
    [InlineData("keepalives", 200_000)]
    [InlineData("refreshes", 100_000)]
    [InlineData("flaps", 100_000)]
    public async Task A_peer_that_floods_is_served_and_disturbs_nobody(string what, int count)
    {
        using var arena = await Arena.CreateAsync(RawPeer.Spec(Host));
        using var peer = (await arena.PeerAsync(Host)).Live();
        peer.Send(Bytes.Announce(0, 1000, peer.As, Host));
        await arena.KnownAsync(1000);
        var (before, lines) = (Arena.Memory(), arena.Node.LinesWith("").Length);
        byte[] one = what switch
        {
            "keepalives" => Bytes.KeepAlive,
            "refreshes" => Bytes.Refresh,
            _ => [.. Bytes.Withdraw(5, 1), .. Bytes.Announce(5, 1, peer.As, Host)],
        };
        byte[] hundred = [.. Enumerable.Repeat(one, 100).SelectMany(each => each)];

        for (var sent = 0; sent < count; sent += 100) peer.Send(hundred);
        Assert.InRange(Arena.Memory() - before, long.MinValue, Bound);
        peer.Send(Bytes.Announce(2000, 1, peer.As, Host));

        await arena.KnownAsync(1001);
        Assert.Equal("Established", await arena.Node.StateAsync(peer.Name));
        Assert.Equal(lines, arena.Node.LinesWith("").Length);
    }

    [Theory]
    [InlineData("notifications")]
    [InlineData("garbage")]
    [InlineData("garbage before OPEN")]
    public async Task A_peer_that_breaks_the_protocol_is_hung_up_on_and_comes_back_when_it_behaves(string what)
    {
        using var arena = await Arena.CreateAsync(RawPeer.Spec(Host));
        var (before, lines) = (Arena.Memory(), arena.Node.LinesWith("").Length);
        var garbage = new byte[64 * 1024];
        new Random(1).NextBytes(garbage);
        byte[] notifications = [.. Enumerable.Repeat(Bytes.Cease, 1000).SelectMany(each => each)];
        using (var peer = what == "garbage before OPEN" ? RawPeer.Connect(Host, arena.Port) : await arena.PeerAsync(Host))
        {
            var flood = what == "notifications" ? notifications : garbage;
            await Eventually.BecomesAsync("it is hung up on", () => peer.TrySend(flood), sent => !sent);
        }

        Assert.InRange(Arena.Memory() - before, long.MinValue, Bound);
        Assert.InRange(arena.Node.LinesWith("").Length - lines, 0, 4);
        using var again = await arena.PeerAsync(Host);
        await arena.AssertWitnessAsync();
    }

    [Fact]
    public async Task A_reset_in_any_state_leaves_nothing_behind()
    {
        using var arena = await Arena.CreateAsync(RawPeer.Spec(Host));
        for (var round = 0; round < 30; round++)
        {
            RawPeer.Connect(Host, arena.Port).Abort();

            var openSent = RawPeer.Connect(Host, arena.Port);
            openSent.Await(BgpMessageType.Open);
            openSent.Abort();

            var openConfirm = RawPeer.Connect(Host, arena.Port);
            openConfirm.TrySend(openConfirm.Open);
            openConfirm.Await(BgpMessageType.KeepAlive);
            openConfirm.Abort();
        }

        for (var round = 0; round < 5; round++)
        {
            var established = await arena.PeerAsync(Host);
            established.Send(Bytes.Announce(0, 5000, established.As, Host));
            await arena.KnownAsync(5000);
            established.Abort();
            await arena.KnownAsync(0);
        }

        using var peer = await arena.PeerAsync(Host);
        var description = await Eventually.BecomesAsync(
            "one connection is left", () => arena.Node.DescribeAsync(peer.Name), found => found is { Phase: "Established", Connections.Length: 1 });
        Assert.Equal((6, 5), (description.Counters.Established, description.Counters.Lost));
        Assert.Equal(11, arena.Node.LinesWith(peer.Name).Length);
    }
}
