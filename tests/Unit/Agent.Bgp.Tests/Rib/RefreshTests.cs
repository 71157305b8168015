using Agent.Bgp.Wire;
using Agent.Primitives;

namespace Agent.Bgp.Tests.Routing;

/// <summary>Enhanced route refresh in both roles (RFC 7313 §4).</summary>
public sealed class RefreshTests
{
    private readonly Speaker _speaker = new();

    public RefreshTests() => _speaker.Up("b", "10.0.0.2");

    [Fact]
    public void What_is_not_told_again_between_begin_and_end_is_gone()
    {
        Announce("10.48.1.0/26", "10.48.2.0/26", "10.48.3.0/26");
        _speaker.Rib.RefreshBegun("b", IpFamily.V4);
        Announce("10.48.1.0/26", "10.48.4.0/26");
        Assert.Equal(4, Kernel().Length);

        _speaker.Rib.RefreshEnded("b", IpFamily.V4);

        Assert.Equal(["10.48.1.0/26", "10.48.4.0/26"], Kernel());
        Assert.Equal(2, _speaker.Rib.PathCount);
    }

    [Fact]
    public void An_end_without_a_begin_and_a_begin_of_another_family_take_nothing()
    {
        Announce("10.48.1.0/26");
        _speaker.Rib.RefreshEnded("b", IpFamily.V4);
        _speaker.Rib.RefreshBegun("b", IpFamily.V6);
        _speaker.Rib.RefreshEnded("b", IpFamily.V6);
        _speaker.Rib.RefreshBegun("unknown", IpFamily.V4);

        Assert.Equal(["10.48.1.0/26"], Kernel());
    }

    [Fact]
    public void A_route_that_comes_back_while_its_older_self_is_taken_out_stays()
    {
        Announce("10.48.1.0/26", "10.48.2.0/26");
        _speaker.Settle();
        _speaker.Rib.RefreshBegun("b", IpFamily.V4);
        _speaker.Rib.RefreshEnded("b", IpFamily.V4);
        Announce("10.48.2.0/26");

        Assert.Equal(["10.48.2.0/26"], Kernel());
    }

    [Fact]
    public void A_refresh_that_leaves_nothing_out_costs_no_walk_over_the_table()
    {
        string[] all = [.. Enumerable.Range(0, 40).Select(i => $"10.48.{i}.0/26")];
        Announce(all);
        _speaker.Settle();
        for (var round = 0; round < 3; round++)
        {
            _speaker.Rib.RefreshBegun("b", IpFamily.V4);
            Announce(all);
            _speaker.Rib.RefreshEnded("b", IpFamily.V4);
            Assert.False(_speaker.Rib.HasWork);
        }

        Assert.Equal(40, Kernel().Length);
        _speaker.Rib.RefreshBegun("b", IpFamily.V4);
        _speaker.Rib.RefreshEnded("b", IpFamily.V4);
        Assert.True(_speaker.Rib.HasWork);
        Assert.Empty(Kernel());
        _speaker.Settle();                                                  // the prefixes that nobody uses any more go
        _speaker.Rib.RefreshBegun("b", IpFamily.V4);
        _speaker.Rib.RefreshEnded("b", IpFamily.V4);
        Assert.False(_speaker.Rib.HasWork);
    }

    [Fact]
    public void Refresh_after_refresh_leaves_what_the_last_one_told()
    {
        var random = new Random(7);
        string[] all = [.. Enumerable.Range(0, 40).Select(i => $"10.48.{i}.0/26")];
        Announce(all);
        for (var round = 0; round < 30; round++)
        {
            _speaker.Rib.RefreshBegun("b", IpFamily.V4);
            string[] told = [.. all.Where(_ => random.Next(2) == 0)];
            Announce(told);
            if (random.Next(3) == 0) _speaker.Rib.RefreshBegun("b", IpFamily.V4);
            _speaker.Rib.RefreshEnded("b", IpFamily.V4);

            // The next round may begin before this one's rest is taken out.
            if (random.Next(2) == 0) _speaker.Rib.Work(random.Next(50));
            else Assert.Equal(told.Order(StringComparer.Ordinal), Kernel().Order(StringComparer.Ordinal));
        }
    }

    [Theory]
    [InlineData(true, new[] { RefreshSubtype.Begin, RefreshSubtype.End })]
    [InlineData(false, new RefreshSubtype[0])]
    public void Our_own_answer_to_a_refresh_is_marked_at_begin_and_end_for_who_heeds_it(bool enhanced, RefreshSubtype[] marks)
    {
        _speaker.Rib.SetPolicy(Speaker.Pool("10.48.0.0/16"));
        _speaker.Up("c", "10.0.0.3", peerAs: 65003, terms: _speaker.Terms("10.0.0.3") with { EnhancedRefresh = enhanced });
        Announce("10.48.1.0/26", "10.48.2.0/26", "10.48.3.0/26");
        _speaker.Settle();
        var sent = new List<ReadOnlyMemory<byte>>();
        _speaker.Wire = output => sent.AddRange(output.Buffers);

        _speaker.Rib.RefreshRequested("c", IpFamily.V4);
        _speaker.Settle(dumpBudget: 1);

        var (seen, updates) = (new List<RefreshSubtype>(), 0);
        var framer = new Framer();
        foreach (var buffer in sent) framer.Append(buffer.Span);
        while (framer.TryRead(out var frame, out _))
        {
            if (frame.Type == BgpMessageType.RouteRefresh && RouteRefreshCodec.TryDecode(frame.Body, out var mark)) seen.Add(mark.Subtype);
            else updates++;
        }

        Assert.Equal(marks, seen);
        Assert.Equal(3, updates);
    }

    private void Announce(params string[] prefixes) => _speaker.Announce("b", Speaker.Internal("10.0.0.2"), prefixes);

    private string[] Kernel()
    {
        _speaker.Settle();
        return [.. _speaker.Kernel.Keys.Select(prefix => prefix.ToString())];
    }
}
