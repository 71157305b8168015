using Agent.Lab.Tests.Support;

namespace Agent.Conformance.Tests.Robustness;

/// <summary>Peers that do not read, and a table larger than what may wait for them: 8 MiB a peer, as docs/operate/bgp.md says.</summary>
[Collection(Alone.Name)]
public sealed class SlowReaderTests
{
    private const byte Source = 1;
    private const byte Slow = 2;
    private const int Routes = 60_000;
    private const int Communities = 50;
    private const int Chunk = 64 * 1024;

    // What the garbage collector's own arrangement of a large table may come to.
    private const int Noise = 2 * 1024 * 1024;

    private static readonly int Limit = RawPeer.Spec(Slow).Session.OutputQueueLimit;

    [Fact]
    public async Task One_that_never_reads_takes_no_more_than_its_bound_whatever_changes()
    {
        Assert.Equal(8 * 1024 * 1024, Limit);
        using var arena = await Arena.CreateAsync(RawPeer.Spec(Source), RawPeer.Spec(Slow));
        using var source = (await arena.PeerAsync(Source)).Live();
        source.Send(Bytes.Announce(0, Routes, source.As, Source, Communities));
        source.Send(Bytes.Announce(0, Routes, source.As, Source, Communities, version: 1));
        await SettledAsync(arena, source);
        var before = Arena.Memory();

        using var slow = await arena.PeerAsync(Slow, receiveBuffer: 4096);
        await Eventually.BecomesAsync("the queue is full", () => arena.Node.DescribeAsync(slow.Name), peer => peer.IsBlocked);
        for (var version = 2; version < 4; version++)
        {
            source.Send(Bytes.Announce(0, Routes, source.As, Source, Communities, version));
            Assert.InRange((await arena.Node.DescribeAsync(slow.Name)).QueuedBytes, 1, Limit + Chunk);
        }

        await SettledAsync(arena, source);
        var after = Arena.Memory();
        Assert.InRange((await arena.Node.DescribeAsync(slow.Name)).QueuedBytes, Limit / 2, Limit + Chunk);
        Assert.InRange(after - before, Limit / 2, Limit + Chunk + Noise);
        Assert.Single(arena.Node.LinesWith($"{slow.Name} reads slowly"));
    }

    [Fact]
    public async Task One_that_stops_hears_the_present_state_once_it_goes_on()
    {
        using var arena = await Arena.CreateAsync(RawPeer.Spec(Source), RawPeer.Spec(Slow));
        using var source = (await arena.PeerAsync(Source)).Live();
        using var slow = (await arena.PeerAsync(Slow, receiveBuffer: 64 * 1024)).Live();
        source.Send(Bytes.Announce(0, 100, source.As, Source));
        await Eventually.BecomesAsync("it knows the first routes", () => slow.RouteCount, count => count == 100);

        slow.Stop(true);
        source.Send(Bytes.Announce(0, Routes, source.As, Source, Communities));

        // The kernel may take up to half of it late, and no more is added before that half is gone: it is held back all that time.
        await Eventually.BecomesAsync("it is held back", () => arena.Node.DescribeAsync(slow.Name), peer => peer.IsBlocked);
        await arena.KnownAsync(Routes);
        for (var first = 0; first < Routes / 2; first += 1000) source.Send(Bytes.Withdraw(first, 1000));
        source.Send(Bytes.Announce(Routes, 500, source.As, Source));
        await arena.KnownAsync(Routes / 2 + 500);
        await Eventually.BecomesAsync("it is held back still", () => arena.Node.DescribeAsync(slow.Name), peer => peer.IsBlocked);
        Assert.InRange((await arena.Node.DescribeAsync(slow.Name)).QueuedBytes, Limit / 2, Limit + Chunk);
        Assert.NotEmpty(arena.Node.LinesWith($"{slow.Name} reads slowly"));

        slow.Stop(false);
        await Eventually.BecomesAsync("it knows what is left", () => slow.RouteCount, count => count == Routes / 2 + 500);
        await Eventually.BecomesAsync("nothing waits", () => arena.Node.DescribeAsync(slow.Name), peer => peer.QueuedBytes == 0);
        var description = await arena.Node.DescribeAsync(slow.Name);
        Assert.Equal((false, 1, 0), (description.IsBlocked, description.Counters.Established, description.Counters.Lost));
        Assert.Equal("", slow.Fault);
    }

    private static async Task SettledAsync(Arena arena, RawPeer source)
    {
        await arena.KnownAsync(Routes);
        await Eventually.BecomesAsync(
            "all that was sent is read", () => arena.Node.DescribeAsync(source.Name), peer => peer.Counters.Received.Update % Routes == 0);
        await Eventually.BecomesAsync("the witness has heard all", () => arena.Node.DescribeAsync(arena.Witness.Name), peer => peer.QueuedBytes == 0);
    }
}
