using System.Net;
using System.Security.Cryptography;
using System.Threading.Channels;

namespace Agent.Semantics.Own.Clustering;

/// <summary>Nodes over real sockets, with and without TLS.</summary>
public sealed class TcpLinkTests : TcpNodes
{
    [Fact]
    public async Task Actors_of_two_nodes_talk_and_are_watched()
    {
        var (a, b) = (Start("a"), Start("b"));
        var answer = await Ask(a, b, "hello");
        Assert.Equal(("hello", b.Address, true), (answer.Text, answer.Self.Path.Address, answer.From.Path.Address.HasLocalScope));
        var ends = Channel.CreateUnbounded<Terminated>();
        a.System.ActorOf(Props.Create(() => new Watcher(answer.Self, ends)));
        answer.Self.Tell(PoisonPill.Instance, ActorRefs.NoSender);
        Assert.Equal(new Terminated(answer.Self, true, false), await ends.Reader.ReadAsync().AsTask().WaitAsync(Patience));
    }

    [Fact]
    public async Task Shards_are_reached_from_every_node_and_failures_come_back_as_such()
    {
        var (a, b) = (Start("a"), Start("b"));
        TcpNode[] nodes = [a, b];
        var regions = nodes.Select(n => ClusterSharding.Get(n.System).Start(
            "entity", _ => Props.Create(() => new Entity()), ClusterShardingSettings.Create(n.System), new Extractor())).ToList();
        foreach (var node in nodes)
            await Cluster.Get(node.System).JoinAsync(node.Address).WaitAsync(Patience);
        foreach (var id in Enumerable.Range(0, 8).Select(i => $"e{i}"))
        {
            var answers = await Task.WhenAll(regions.Select(r => r.Ask<Answer>(new Question(id, "hello", ActorRefs.Nobody), Patience)));
            Assert.Single(answers.Select(x => (x.Self.Path.Uid, x.Self.Path.ToStringWithoutAddress())).Distinct());
            Assert.Single(answers, x => x.Self.Path.Address.HasGlobalScope);
            await Assert.ThrowsAnyAsync<Exception>(() => regions[0].Ask(new Question(id, "fail", ActorRefs.Nobody), Patience));
        }

        var stats = await regions[1].Ask<ClusterShardingStats>(new GetClusterShardingStats(Patience), Patience);
        Assert.Equal(8, stats.Regions.Values.Sum(r => r.Stats.Values.Sum()));
    }

    [Fact]
    public async Task Without_certificates_only_loopback_is_listened_on_and_it_is_said()
    {
        var a = Start("a", change: s => s with { Listen = new IPEndPoint(IPAddress.Any, 0) });
        Assert.True(a.Link.IsLoopbackOnly);
        Assert.Equal(IPAddress.Loopback, a.Link.Endpoint.Address);
        Assert.Contains(a.Link.Endpoint.ToString(), await a.LogOf("no certificates"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_without_manifest_is_not_sent_and_the_log_says_so()
    {
        var (a, b) = (Start("a"), Start("b"));
        var remote = (await Ask(a, b, "hello")).Self;
        remote.Tell(42m, ActorRefs.NoSender);
        Assert.Contains("System.Decimal", await a.LogOf("cannot be sent"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_waits_for_a_node_that_cannot_be_reached_becomes_a_dead_letter()
    {
        var (a, b) = (Start("a"), Start("b"));
        var remote = (await Ask(a, b, "hello")).Self;
        await b.StopAsync();
        remote.Tell(new Question("", "perhaps", remote), ActorRefs.NoSender);
        Assert.Contains("agent@b", await a.LogOf("no connection to"), StringComparison.Ordinal);

        remote.Tell(new Question("", "lost", remote), ActorRefs.NoSender);

        AllDeadLetters? letter = null;
        await Until(() => (letter = a.Lost.FirstOrDefault(lost => lost.Message is Question { Text: "lost" })) is not null);
        Assert.Equal(b.Address, letter!.Recipient.Path.Address);
    }

    [Fact]
    public async Task With_certificates_both_sides_prove_who_they_are()
    {
        using var authority = Authority("one");
        var (a, b) = (Start("a", Certify("a", authority, "a")), Start("b", Certify("b", authority, "b")));
        Assert.False(b.Link.IsLoopbackOnly);
        Assert.Equal("hello", (await Ask(a, b, "hello")).Text);
    }

    [Fact]
    public async Task A_node_with_anothers_certificate_is_refused_until_its_files_are_right()
    {
        using var authority = Authority("one");
        var b = Start("b", Certify("b", authority, "b"));
        var a = Start("a", Certify("a", authority, "mallory"));
        await Assert.ThrowsAsync<ActorNotFoundException>(() => Find(a, b, TimeSpan.FromSeconds(1)));
        Assert.Contains("not that of a", await b.LogOf("is closed"), StringComparison.Ordinal);
        Certify("a", authority, "a");
        Assert.Equal("hello", (await Ask(a, b, "hello")).Text);
    }

    [Fact]
    public async Task A_node_of_another_authority_is_refused_and_both_say_why()
    {
        using var one = Authority("one");
        using var other = Authority("other");
        var b = Start("b", Certify("b", one, "b"));
        var a = Start("a", Certify("a", other, "a"));
        await Assert.ThrowsAsync<ActorNotFoundException>(() => Find(a, b, TimeSpan.FromSeconds(1)));
        Assert.Contains(
            $"{b.Address}: its certificate [CN=b], issued by [CN=one], does not descend from this cluster's authority [CN=other]",
            await a.LogOf("no connection to"), StringComparison.Ordinal);
        await b.LogOf("is closed");
    }

    [Theory]
    [InlineData(-48, -24)]
    [InlineData(24, 48)]
    public async Task A_certificate_that_is_not_valid_now_is_refused_and_the_log_says_until_when_it_was(int from, int to)
    {
        using var authority = Authority("one");
        var b = Start("b", Certify("b", authority, "b", from, to));
        var a = Start("a", Certify("a", authority, "a"));
        await Assert.ThrowsAsync<ActorNotFoundException>(() => Find(a, b, TimeSpan.FromSeconds(1)));
        Assert.Contains(": renew it, or set the clock right, here or there", await a.LogOf("[CN=b] is valid from"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_of_another_cluster_is_refused_and_both_say_what_to_do()
    {
        var (a, b) = (Start("a", change: s => s with { Cluster = "paris" }), Start("b", change: s => s with { Cluster = "rome" }));
        await Assert.ThrowsAsync<ActorNotFoundException>(() => Find(a, b, TimeSpan.FromSeconds(1)));
        const string Why = "akka.tcp://agent@a:7946 is of cluster 'paris', this node is of 'rome': two clusters need two datastores; "
            + "correct the cluster's name, or the address";
        Assert.Contains(Why, await b.LogOf("is closed"), StringComparison.Ordinal);
        Assert.Contains($"it refuses: {Why}", await a.LogOf("no connection to"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_is_found_at_anothers_place_is_refused()
    {
        var (a, b) = (Start("a"), Start("b"));
        Place("c", b.Link.Endpoint);
        a.System.ActorSelection("akka.tcp://agent@c:7946/user/echo").Tell("hello");
        Assert.Contains("means akka.tcp://agent@c:7946, this is akka.tcp://agent@b:7946", await a.LogOf("it refuses"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_that_others_would_refuse_is_named_at_the_start()
    {
        using var authority = Authority("one");
        Certify("a", authority, "a").Require("a");
        var wrong = Assert.Throws<CryptographicException>(() => Certify("a", authority, "mallory").Require("a"));
        Assert.Contains("its certificate [CN=mallory] is not that of a", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clock_that_is_an_hour_off_is_no_matter_to_members_shards_and_certificates_that_are_valid_longer()
    {
        using var authority = Authority("one");
        var late = new ShiftedTime(TimeSpan.FromHours(1));
        Certify("a", authority, "a", from: -2, to: 2);
        Certify("b", authority, "b", from: -2, to: 2);
        TcpNode[] nodes = [Start("a", Files("a")), Start("b", Files("b", late), time: late)];
        var regions = nodes.Select(n => ClusterSharding.Get(n.System).Start(
            "entity", _ => Props.Create(() => new Entity()), ClusterShardingSettings.Create(n.System), new Extractor())).ToList();
        foreach (var node in nodes)
            await Cluster.Get(node.System).JoinAsync(node.Address).WaitAsync(Patience);
        foreach (var node in nodes)
        {
            var log = Channel.CreateUnbounded<string>();
            node.System.ActorOf(Props.Create(() => new MemberLog(log)));
            Assert.Equal(["a", "b"], new[] { await log.Reader.ReadAsync().AsTask().WaitAsync(Patience), await log.Reader.ReadAsync().AsTask().WaitAsync(Patience) }.Order());
        }

        foreach (var id in Enumerable.Range(0, 8).Select(i => $"e{i}"))
        {
            var answers = await Task.WhenAll(regions.Select(r => r.Ask<Answer>(new Question(id, "hello", ActorRefs.Nobody), Patience)));
            Assert.Single(answers.Select(x => x.Self.Path.ToStringWithoutAddress() + x.Self.Path.Uid).Distinct());
        }
    }

    [Fact]
    public async Task A_clock_that_is_an_hour_off_refuses_a_fresh_certificate_and_says_both_times_and_what_to_do()
    {
        using var authority = Authority("one");
        Certify("a", authority, "a", from: 0, to: 2);
        var slow = new ShiftedTime(TimeSpan.FromHours(-1));
        Certify("b", authority, "b", from: -2);
        var (a, b) = (Start("a", Files("a")), Start("b", Files("b", slow), time: slow));
        a.System.ActorSelection($"{b.Address}/user/echo").Tell("hello");
        var line = await b.LogOf("[CN=a] is valid from");
        Assert.Matches(
            @" only, and here it is \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ: renew it, or set the clock right, here or there$", line);
    }

    private sealed class Extractor() : HashCodeMessageExtractor(4)
    {
        public override string? EntityId(object message) => (message as Question)?.Id;
    }

    private sealed class Entity : ReceiveActor
    {
        public Entity()
        {
            Receive<Question>(q => q.Text == "fail", _ => Sender.Tell(new Status.Failure(new InvalidOperationException("as asked"))));
            Receive<Question>(q => Sender.Tell(new Answer(q.Text, Self, q.From)));
        }
    }

    private sealed class ShiftedTime(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }

    private sealed class MemberLog : ReceiveActor
    {
        public MemberLog(Channel<string> log)
        {
            Cluster.Get(Context.System).Subscribe(Self, ClusterEvent.InitialStateAsEvents, typeof(ClusterEvent.MemberUp));
            Receive<ClusterEvent.MemberUp>(up => log.Writer.TryWrite(up.Member.Address.Host!));
        }
    }

    private sealed class Watcher : ReceiveActor
    {
        public Watcher(IActorRef subject, Channel<Terminated> ends)
        {
            Context.Watch(subject);
            Receive<Terminated>(t => ends.Writer.TryWrite(t));
        }
    }
}
