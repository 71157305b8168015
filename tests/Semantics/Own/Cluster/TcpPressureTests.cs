using System.Net;
using System.Net.Sockets;
using System.Text;
using Agent.Runtime.Remote;

namespace Agent.Semantics.Own.Clustering;

/// <summary>More is said to a node than it takes, or something too long: what is lost is a dead letter, and nothing else is.</summary>
public sealed class TcpPressureTests : TcpNodes
{
    private const string ToC = "akka.tcp://agent@c:7946/user/x";

    [Fact]
    public void A_queue_is_bounded_by_messages_and_by_bytes()
    {
        var few = new OutgoingFrames(2, 1000);
        Assert.Equal([(true, false), (true, false), (false, true)], [Add(few, 1), Add(few, 1), Add(few, 1)]);
        var small = new OutgoingFrames(100, 64);
        Assert.Equal([(true, false), (true, false), (false, true), (false, false)], [Add(small, 40), Add(small, 16), Add(small, 1), Add(small, 1)]);
        Assert.Equal(64, small.Take().Length);
        Assert.Equal((true, false), Add(small, 60));
    }

    [Fact]
    public void An_overflow_is_news_again_when_all_has_fitted_between_two_takings()
    {
        var frames = new OutgoingFrames(1, 1000);
        Assert.Equal([(true, false), (false, true), (false, false)], [Add(frames, 1), Add(frames, 1), Add(frames, 1)]);
        frames.Take();
        Assert.Equal([(true, false), (false, false)], [Add(frames, 1), Add(frames, 1)]);
        frames.Take();
        Add(frames, 1);
        frames.Take();
        Assert.Equal([(true, false), (false, true)], [Add(frames, 1), Add(frames, 1)]);
    }

    [Fact]
    public async Task What_does_not_fit_is_a_dead_letter_said_once_and_the_rest_arrives_in_order()
    {
        using var listener = Listen();
        var a = Start("a", change: s => s with { MaxQueued = 16, Heartbeat = TimeSpan.FromSeconds(10) });
        var c = a.System.ActorSelection(ToC);
        c.Tell("0");
        using var connection = await listener.AcceptTcpClientAsync();
        for (var i = 1; i < 20; i++)
            c.Tell($"{i}");
        await Until(() => a.Lost.Count == 4);

        var stream = connection.GetStream();
        await WelcomeAsync(stream);
        Assert.Equal(Enumerable.Range(0, 16).Select(i => $"{i}"), await TextsAsync(stream, 16));
        c.Tell("recovered");
        Assert.Equal(["recovered"], await TextsAsync(stream, 1));
        await a.StopAsync();

        Assert.Equal(Enumerable.Range(16, 4).Select(i => (object)$"{i}"), a.Lost.Select(letter => letter.Message));
        Assert.All(a.Lost, letter => Assert.Equal(ToC, letter.Recipient.Path.ToString()));
        Assert.Equal(
            "Remoting: akka.tcp://agent@c:7946 takes messages more slowly than they come: more than 16, or 16777216 bytes, would wait; "
            + "what does not fit is a dead letter",
            Assert.Single(a.Log.Lines, line => !line.Contains("no certificates are set up", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_node_that_reads_slowly_gets_in_order_what_was_not_reported_lost()
    {
        using var listener = Listen();
        var a = Start("a", change: s => s with { MaxFrame = 64 << 10, MaxQueuedBytes = 1 << 20, Heartbeat = TimeSpan.FromSeconds(10) });
        var c = a.System.ActorSelection(ToC);
        c.Tell("first");
        using var connection = await listener.AcceptTcpClientAsync();
        var stream = connection.GetStream();
        await WelcomeAsync(stream);
        var sent = new List<string> { "first" };
        var filler = new string('x', 60_000);
        while (a.Lost.IsEmpty)
        {
            sent.Add($"{sent.Count} {filler}");
            c.Tell(sent[^1]);
            await Task.Yield();
        }

        var received = new List<string>();
        c.Tell("last");
        // The queue is full, so that this may be lost too: it is said again while what waits is read.
        while (received.Count == 0 || received[^1] != "last")
        {
            received.AddRange(await TextsAsync(stream, 1));
            if (received[^1] != "last")
                c.Tell("last");
        }

        List<string> lost = [];
        await Until(() =>
        {
            lost = [.. a.Lost.Select(letter => (string)letter.Message).Where(text => text != "last")];
            return lost.Count >= sent.Count - received.Count(text => text != "last");
        });
        await a.StopAsync();
        Assert.NotEmpty(lost);
        Assert.Equal(sent.Except(lost), received.Where(text => text != "last"));
        Assert.DoesNotContain(a.Log.Lines, line => line.Contains("no connection", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_message_that_is_too_long_is_a_dead_letter_with_one_line_and_costs_no_connection()
    {
        var (a, b) = (Start("a", change: s => s with { MaxFrame = 4096 }), Start("b", change: s => s with { MaxFrame = 4096 }));
        using var proxy = new Proxy(b.Link.Endpoint);
        Place("b", proxy.Endpoint);
        var remote = (await Ask(a, b, "before")).Self;
        remote.Tell(new string('x', 5000), ActorRefs.NoSender);
        Assert.Equal("after", (await Ask(a, b, "after")).Text);
        await Until(() => a.Lost.Any(lost => lost.Message is string));
        await Task.WhenAll(a.StopAsync(), b.StopAsync());

        var letter = Assert.Single(a.Lost, lost => lost.Message is string);
        Assert.Equal((5000, remote.Path), (((string)letter.Message).Length, letter.Recipient.Path));
        var line = Assert.Single(a.Log.Lines, said => !said.Contains("no certificates are set up", StringComparison.Ordinal));
        Assert.Matches(@"^Remoting: a message to akka.tcp://agent@b:7946/user/echo#\d+ cannot be sent: it has 50\d\d bytes, 4096 are allowed$", line);
        Assert.Equal(1, proxy.Connections);
        Assert.Equal(["before", "after"], b.Received);
    }

    [Fact]
    public async Task Messages_of_each_pair_arrive_in_the_order_of_sending()
    {
        var (a, b) = (Start("a"), Start("b"));
        var remote = (await Ask(a, b, "before")).Self;
        var senders = Enumerable.Range(0, 4).Select(s => a.System.ActorOf(Props.Create(() => new Counter(remote, $"{s}")))).ToList();
        senders.ForEach(sender => sender.Tell("go"));
        await Until(() => b.Received.Count == 1 + (4 * Counter.Count));

        var texts = b.Received.Skip(1).Cast<string>().ToList();
        Assert.All(Enumerable.Range(0, 4), s => Assert.Equal(
            Enumerable.Range(0, Counter.Count).Select(i => $"{s} {i}"), texts.Where(text => text[0] - '0' == s)));
    }

    private static (bool Fits, bool IsFirst) Add(OutgoingFrames frames, int length) => (frames.TryAdd(new byte[length], out var isFirst), isFirst);

    private TcpListener Listen()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Place("c", (IPEndPoint)listener.LocalEndpoint);
        return listener;
    }

    private static async Task WelcomeAsync(NetworkStream stream)
    {
        Assert.StartsWith("agent-remoting 1\n", Encoding.ASCII.GetString((await RawFrames.ReadAsync(stream))!), StringComparison.Ordinal);
        await stream.WriteAsync(RawFrames.Heartbeat);
    }

    /// <summary>The next texts that are said.</summary>
    private static async Task<IReadOnlyList<string>> TextsAsync(NetworkStream stream, int count)
    {
        var texts = new List<string>();
        while (texts.Count < count)
        {
            var frame = Encoding.ASCII.GetString((await RawFrames.ReadAsync(stream).WaitAsync(Patience))!);
            if (frame.Length > 0)
                texts.Add(frame[(frame.IndexOf("$text\"", StringComparison.Ordinal) + 6)..^1]);
        }

        return texts;
    }

    private sealed class Counter : ReceiveActor
    {
        public const int Count = 1000;

        public Counter(IActorRef to, string name) => ReceiveAny(_ =>
        {
            for (var i = 0; i < Count; i++)
                to.Tell($"{name} {i}");
        });
    }
}
