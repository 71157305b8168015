using Agent.Runtime.Hosting;

namespace Agent.Semantics.Own.Clustering;

/// <summary>Connections on which nobody says anything, and connections that are dead though nobody has said so.</summary>
[Trait("Category", "Slow")]
public sealed class TcpHeartbeatTests : TcpNodes
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task An_idle_connection_is_kept_alive()
    {
        var (a, b) = (Start("a", change: Faster), Start("b", change: Faster));
        using var proxy = new Proxy(b.Link.Endpoint);
        Place("b", proxy.Endpoint);
        Assert.Equal("before", (await Ask(a, b, "before")).Text);

        // Longer than silence is borne: fifteen heartbeats each way.
        await proxy.PassAsync(there: 15 * 4, back: 15 * 4);

        Assert.Equal("after", (await Ask(a, b, "after")).Text);
        Assert.Equal(1, proxy.Connections);
        Assert.DoesNotContain(a.Log.Lines.Concat(b.Log.Lines), line => line.Contains("connection", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_connection_that_died_without_a_word_is_noticed_by_both_sides_and_made_anew()
    {
        var (a, b) = (Start("a", change: Faster), Start("b", change: Faster));
        using var proxy = new Proxy(b.Link.Endpoint);
        Place("b", proxy.Endpoint);
        Assert.Equal("before", (await Ask(a, b, "before")).Text);

        proxy.LetDie();

        Assert.EndsWith("no connection to akka.tcp://agent@b:7946: it has shown no life for 10 s", await a.LogOf("no connection"), StringComparison.Ordinal);
        Assert.EndsWith("is closed: it was silent for 10 s", await b.LogOf("is closed"), StringComparison.Ordinal);
        Assert.Equal("after", (await Ask(a, b, "after")).Text);
        Assert.True(proxy.Connections > 1);
    }

    private static TcpLinkSetup Faster(TcpLinkSetup setup) => setup with { Heartbeat = Beat };
}
