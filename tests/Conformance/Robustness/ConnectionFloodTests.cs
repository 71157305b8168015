using Agent.Actors.Bgp;
using Agent.Lab.Tests.Support;

namespace Agent.Conformance.Tests.Robustness;

/// <summary>10,000 connections from one address: a bounded number of descriptors, a line of log, and nobody else notices.</summary>
[Collection(Alone.Name)]
public sealed class ConnectionFloodTests
{
    private const byte Host = 1;
    private const byte Stranger = 2;
    private const int Connections = 10_000;
    private const int AtOnce = 500;

    // Those that are admitted, those of which it is not decided whose they are, and what the process opens by itself.
    private const int MostDescriptors = PeerSetActor.MostOfPeer + 256 + 50;

    [Theory]
    [InlineData(Stranger, false, "which is no peer of this node")]
    [InlineData(Host, false, "which has too many open")]
    [InlineData(Host, true, "which has too many open")]
    public async Task They_are_refused(byte host, bool established, string reason)
    {
        using var arena = await Arena.CreateAsync(RawPeer.Spec(Host));
        using var session = established ? (await arena.PeerAsync(Host)).Live() : null;
        var (before, descriptors) = (Arena.Memory(), Descriptors());
        var (open, most) = (new Queue<RawPeer>(), 0);
        for (var i = 0; i < Connections; i++)
        {
            if (open.Count == AtOnce) open.Dequeue().Abort();
            open.Enqueue(RawPeer.Connect(host, arena.Port));
            if (i % 100 == 0) most = Math.Max(most, Descriptors() - descriptors - open.Count);
        }

        Assert.InRange(most, 0, MostDescriptors);
        Assert.InRange(Arena.Memory() - before, long.MinValue, 16 * 1024 * 1024);
        while (open.TryDequeue(out var one)) one.Abort();
        Assert.Single(arena.Node.LinesWith(reason));
        await arena.AssertWitnessAsync();
        if (session is null)
        {
            using var late = await arena.PeerAsync(Host);
            Assert.Equal("Established", await Eventually.BecomesAsync("the peer itself gets through", () => arena.Node.StateAsync(late.Name),
                state => state == "Established"));
            return;
        }

        Assert.Equal("", session.Fault);
        Assert.Equal(1, (await arena.Node.DescribeAsync(session.Name)).Counters.Established);
    }

    private static int Descriptors() => Directory.GetFiles("/proc/self/fd").Length;
}
