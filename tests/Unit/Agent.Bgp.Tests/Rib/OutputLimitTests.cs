using Agent.Bgp.Rib;
using Agent.Bgp.Wire;
using Agent.Primitives;

namespace Agent.Bgp.Tests.Routing;

/// <summary>How much may be on its way to a peer: what comes beyond waits in the table, whatever happens meanwhile.</summary>
public sealed class OutputLimitTests
{
    private const int Limit = 64 * 1024;

    // What is begun when the limit is reached: a chunk, and the marks of a refresh.
    private const int Slack = 64 * 1024 + 4 * RouteRefreshCodec.Size;

    private static readonly string[] Sources = ["b", "c"];
    private static readonly string[] Everybody = ["b", "c", "slow", "slower", "fast"];

    private readonly Speaker _speaker = new();

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, false)]
    [InlineData(4, false)]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    public void Whatever_is_held_back_everybody_knows_the_table_in_the_end_and_no_more_than_the_limit_was_ever_on_its_way(int seed, bool addPath)
    {
        var random = new Random(seed);
        Begin(addPath);
        for (var step = 0; step < 80; step++)
        {
            Do(random, addPath);
            _speaker.Rib.Work(random.Next(3) == 0 ? 200 : int.MaxValue);
            _speaker.Take(random.Next(3) == 0 ? random.Next(50, 1500) : int.MaxValue);
            foreach (var (peer, underWay) in _speaker.Slow)
            {
                Assert.True(underWay <= Limit + Slack, $"step {step}: {underWay} bytes are on their way to {peer}");
                if (_speaker.HeldBack.Contains(peer)) Assert.True(underWay > Limit / 2, $"step {step}: {peer} is held back at {underWay} bytes");
            }
        }

        Announce(Sources[0], Enumerable.Range(0, 400), 0);
        foreach (var peer in Everybody) _speaker.Rib.Resume(peer);
        Drain();

        Assert.Empty(_speaker.HeldBack);
        foreach (var peer in Everybody)
        {
            Assert.Equal(
                _speaker.Rib.Advertised(peer).Select(route => $"{route.Prefix} {route.PathId} {Text(route.Attributes)}"),
                _speaker.Paths(peer).Select(path => $"{path.Key.Prefix} {path.Key.Id} {Text(path.Value)}"));
        }

        Assert.True(_speaker.Rib.Advertised("slow").Count > 300);
    }

    [Fact]
    public void A_table_larger_than_the_limit_comes_in_parts_to_one_who_reads_and_not_at_all_to_one_who_does_not()
    {
        Begin(addPath: false);
        Announce("b", Enumerable.Range(0, 3000), 0);
        _speaker.Settle();

        Assert.InRange(_speaker.Slow["slow"], Limit, Limit + Slack);
        Assert.InRange(_speaker.Slow["slower"], Limit, Limit + Slack);
        Assert.Equal(3000, _speaker.View("fast").Count);
        Assert.False(_speaker.Rib.HasOutput);

        // Half of it must have left before it is worth going on.
        _speaker.Leave("slow", _speaker.Slow["slow"] - Limit / 2 - 1);
        Assert.False(_speaker.Rib.HasOutput);
        _speaker.Leave("slow", 1);
        Assert.True(_speaker.Rib.HasOutput);
        while (_speaker.Slow["slow"] > 0)
        {
            _speaker.Leave("slow", _speaker.Slow["slow"]);
            _speaker.Settle();
        }

        Assert.Equal(3000, _speaker.View("slow").Count);
        Assert.InRange(_speaker.Slow["slower"], Limit, Limit + Slack);
    }

    [Fact]
    public void Who_is_held_back_is_known_until_half_of_the_limit_has_left_however_little_is_full()
    {
        Begin(addPath: false);
        Announce("b", Enumerable.Range(0, 300), 0);
        _speaker.Settle();
        Assert.Empty(_speaker.HeldBack);
        Announce("b", Enumerable.Range(300, 2700), 0);
        _speaker.Settle();
        Assert.Equal(["slow", "slower"], _speaker.HeldBack);

        // The kernel takes some of it late: less than the limit is on its way, and yet nothing is added.
        _speaker.Leave("slow", _speaker.Slow["slow"] - Limit / 2 - 1);
        _speaker.Settle();
        Assert.Equal(["slow", "slower"], _speaker.HeldBack);
        while (_speaker.Slow["slow"] > 0)
        {
            _speaker.Leave("slow", _speaker.Slow["slow"]);
            _speaker.Settle();
        }

        Assert.Equal(["slower"], _speaker.HeldBack);

        // What is over is said though there is nothing more to tell.
        _speaker.Withdraw("b", [.. Enumerable.Range(0, 3000).Select(Prefix)]);
        _speaker.Settle();
        _speaker.Leave("slower", _speaker.Slow["slower"]);
        _speaker.Settle();
        while (_speaker.Slow["slower"] > 0)
        {
            _speaker.Leave("slower", _speaker.Slow["slower"]);
            _speaker.Settle();
        }

        Assert.Empty(_speaker.HeldBack);
        Assert.Empty(_speaker.View("slower"));
    }

    [Fact]
    public void Who_asks_for_the_table_again_and_again_hears_it_once_more_when_it_has_ended()
    {
        _speaker.Rib.SetPolicy(Speaker.Pool("10.0.0.0/8"));
        _speaker.Up("b", "10.0.0.2");
        _speaker.Up("tor", "10.0.0.9", peerAs: 65009);
        Announce("b", Enumerable.Range(0, 100), 0);
        _speaker.Heard("tor");

        for (var i = 0; i < 1000; i++)
        {
            _speaker.Rib.RefreshRequested("tor", IpFamily.V4);
            if (i == 500) _speaker.Take(dumpBudget: 10);
        }

        // Three in four are IPv4: what had begun to be told again, and all once more.
        Assert.Equal(2 * 75, _speaker.Heard("tor").Length);
    }

    private void Begin(bool addPath)
    {
        _speaker.Rib.SetPolicy(Speaker.Pool("10.0.0.0/8", "2001:db8::/32"));
        _speaker.Rib.SetConnected(new ConnectedState
        {
            Networks = [new ConnectedNetwork(IpPrefix.Parse("10.0.0.0/24"), 2), new ConnectedNetwork(IpPrefix.Parse("fd00::/64"), 2)],
            OwnAddresses = [_speaker.Address, IpAddr.Parse("fd00::1")],
        });
        for (var i = 0; i < Everybody.Length; i++) Up(Everybody[i], addPath);
        _speaker.Slow["slow"] = 0;
        _speaker.Slow["slower"] = 0;
    }

    private void Up(string peer, bool addPath)
    {
        var number = Array.IndexOf(Everybody, peer) + 2;
        var address = $"10.0.0.{number}";
        var terms = _speaker.Terms(address, addPath: addPath) with
        {
            EnhancedRefresh = false,
            Families =
            [
                new FamilyTerms(new UpdateFormat(IpFamily.V4, addPath, true), _speaker.Address),
                new FamilyTerms(new UpdateFormat(IpFamily.V6, addPath, true), IpAddr.Parse("fd00::1")),
            ],
        };
        var isSource = Sources.Contains(peer);
        _speaker.Up(
            peer, address, isSource ? Speaker.As : 65000 + (uint)number, policy: new PeerPolicy { ClientClusterId = isSource ? 1 : null },
            terms: terms, limit: Limit);
    }

    private void Do(Random random, bool addPath)
    {
        var source = Sources[random.Next(Sources.Length)];
        var some = Enumerable.Range(random.Next(1200), random.Next(1, 600));
        var slow = random.Next(2) == 0 ? "slow" : "slower";
        switch (random.Next(12))
        {
            case 0 or 1 or 2 or 3:
                Announce(source, some, random.Next(3), addPath ? (uint)random.Next(3) : 0);
                break;
            case 4 or 5:
                foreach (var number in some) _speaker.WithdrawPath(source, Prefix(number), addPath ? (uint)random.Next(3) : 0);
                break;
            case 6 or 7:
                _speaker.Leave(slow, random.NextInt64(_speaker.Slow[slow] + 1));
                break;
            case 8:
                _speaker.Rib.RefreshRequested(slow, random.Next(2) == 0 ? IpFamily.V4 : IpFamily.V6);
                break;
            case 9:
                _speaker.Rib.SetPeerPolicy(slow, new PeerPolicy { NextHopMode = random.Next(2) == 0 ? NextHopMode.Keep : NextHopMode.Auto });
                break;
            case 10:
                if (random.Next(3) == 0) Up(slow, addPath);
                else if (random.Next(4) == 0) Up(source, addPath);
                break;
            default:
                if (random.Next(2) == 0) _speaker.Rib.Pause("fast");
                else _speaker.Rib.Resume("fast");
                break;
        }
    }

    private void Announce(string source, IEnumerable<int> numbers, int variant, uint pathId = 0)
    {
        foreach (var number in numbers)
        {
            var attributes = Speaker.Internal(number % 4 == 3 ? "fd00::2" : $"10.0.0.{20 + variant}", localPref: 100 + (uint)variant) with
            {
                Communities = [.. Enumerable.Range(0, 20).Select(i => (uint)(number << 8 | i))],
            };
            _speaker.AnnouncePath(source, attributes, Prefix(number), pathId);
        }
    }

    private void Drain()
    {
        do
        {
            _speaker.Settle();
            foreach (var peer in _speaker.Slow.Keys.ToArray()) _speaker.Leave(peer, _speaker.Slow[peer]);
        }
        while (_speaker.Rib.HasOutput);
    }

    private static string Prefix(int number) => number % 4 == 3 ? $"2001:db8:{number:x}::/48" : $"10.{48 + number / 250}.{number % 250}.0/26";

    private static string Text(PathAttributes attributes) =>
        $"{attributes.NextHop} {attributes.LocalPref} [{attributes.AsPath}] {string.Join(',', attributes.Communities)}";
}
