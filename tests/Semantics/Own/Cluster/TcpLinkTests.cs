using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Serialization;
using System.Threading.Channels;
using Agent.Runtime.Hosting;

namespace Agent.Semantics.Own.Clustering;

/// <summary>Nodes over real sockets, with and without TLS.</summary>
public sealed class TcpLinkTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tcp-link-");
    private readonly InMemoryClusterStore _store = new();
    private readonly Dictionary<Address, IPEndPoint> _places = [];
    private readonly List<Node> _nodes = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await Task.WhenAll(_nodes.Select(n => n.System.Terminate())).WaitAsync(Patience);
        foreach (var node in _nodes)
            node.Link.Dispose();
        _folder.Delete(recursive: true);
    }

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
        Node[] nodes = [a, b];
        var regions = nodes.Select(n => ClusterSharding.Get(n.System).Start(
            "entity", _ => Props.Create(() => new Echo()), ClusterShardingSettings.Create(n.System), new Extractor())).ToList();
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
        var a = Start("a", listen: IPAddress.Any);
        Assert.True(a.Link.IsLoopbackOnly);
        Assert.Equal(IPAddress.Loopback, a.Link.Endpoint.Address);
        Assert.Contains(a.Link.Endpoint.ToString(), await a.LogOf("no certificates"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("too long", new byte[] { 0x7F, 0, 0, 0 }, "longer than")]
    [InlineData("no address", new byte[] { 0, 0, 0, 1, 65 }, "does not begin as an agent")]
    public async Task What_is_malformed_closes_the_connection_with_one_line(string what, byte[] bytes, string why)
    {
        var (a, b) = (Start("a"), Start("b"));
        await ReadToEnd(b, bytes);
        Assert.True((await b.LogOf("is closed")).Contains(why, StringComparison.Ordinal), what);
        Assert.Equal("still", (await Ask(a, b, "still")).Text);
    }

    [Fact]
    public async Task A_frame_that_is_no_message_closes_the_connection_with_one_line()
    {
        var b = Start("b");
        await ReadToEnd(b, [.. Frame(Hello("evil", "b", "lab")), .. Frame("nonsense that is no message")]);
        Assert.Contains("a frame ends within a text", await b.LogOf("is closed"), StringComparison.Ordinal);
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
        Assert.Contains("only: renew it, or set the clocks right", await a.LogOf("[CN=b] is valid from"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_of_another_cluster_is_refused_and_both_say_what_to_do()
    {
        var (a, b) = (Start("a", cluster: "paris"), Start("b", cluster: "rome"));
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
        _places[new Address("akka.tcp", "agent", "c", 7946)] = b.Link.Endpoint;
        a.System.ActorSelection("akka.tcp://agent@c:7946/user/echo").Tell("hello");
        Assert.Contains("means akka.tcp://agent@c:7946, this is akka.tcp://agent@b:7946", await a.LogOf("it refuses"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_said_in_the_clear_to_a_node_with_certificates_closes_the_connection_with_one_line()
    {
        using var authority = Authority("one");
        var b = Start("b", Certify("b", authority, "b"));
        await ReadToEnd(b, Frame(Hello("a", "b", "lab")));
        await b.LogOf("is closed");
    }

    [Fact]
    public async Task A_node_without_a_certificate_is_closed_with_one_line()
    {
        using var authority = Authority("one");
        var b = Start("b", Certify("b", authority, "b"));
        using var client = new TcpClient();
        await client.ConnectAsync(b.Link.Endpoint);
        await using var stream = new System.Net.Security.SslStream(client.GetStream(), false, (_, presented, _, _) => presented?.Subject == "CN=b");
        await stream.AuthenticateAsClientAsync("b");
        Assert.Contains("it presented no certificate", await b.LogOf("is closed"), StringComparison.Ordinal);
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
    public async Task Clocks_that_differ_by_an_hour_are_no_matter_to_members()
    {
        var (a, b) = (Start("a"), Start("b", time: new ShiftedTime(TimeSpan.FromHours(1))));
        foreach (var node in new[] { a, b })
            await Cluster.Get(node.System).JoinAsync(node.Address).WaitAsync(Patience);
        foreach (var node in new[] { a, b })
        {
            var log = Channel.CreateUnbounded<string>();
            node.System.ActorOf(Props.Create(() => new MemberLog(log)));
            Assert.Equal(["a", "b"], new[] { await log.Reader.ReadAsync().AsTask().WaitAsync(Patience), await log.Reader.ReadAsync().AsTask().WaitAsync(Patience) }.Order());
        }
    }

    private static string Hello(string from, string to, string cluster) =>
        $"agent-remoting 1\nakka.tcp://agent@{from}:7946\nakka.tcp://agent@{to}:7946\n{cluster}";

    private Node Start(
        string name, RemoteCertificates? certificates = null, IPAddress? listen = null, string cluster = "lab",
        TimeProvider? time = null)
    {
        var address = new Address("akka.tcp", "agent", name, 7946);
        var link = new TcpLink(new TcpLinkSetup(address, new IPEndPoint(listen ?? IPAddress.Loopback, 0), to => _places.GetValueOrDefault(to),
            new RemoteSerializer().Add<Question>("question", TcpTestContext.Default).Add<Answer>("answer", TcpTestContext.Default))
        {
            Cluster = cluster,
            Certificates = certificates,
        });
        _places[address] = link.Endpoint;
        var log = Channel.CreateUnbounded<string>();
        var system = RuntimeSystem.Create("agent", new RuntimeSetup
        {
            Time = time ?? TimeProvider.System,
            Cluster = new ClusterSetup(_store, _store) { Address = address, Link = link },
            LogSink = entry => log.Writer.TryWrite(entry.Message),
        });
        Cluster.Get(system);
        system.ActorOf(Props.Create(() => new Echo()), "echo");
        var node = new Node(address, system, link, log.Reader);
        _nodes.Add(node);
        return node;
    }

    private static async Task<IActorRef> Find(Node from, Node to, TimeSpan timeout)
    {
        try
        {
            return await from.System.ActorSelection($"{to.Address}/user/echo").ResolveOne(timeout);
        }
        catch (AskTimeoutException)
        {
            throw new ActorNotFoundException(to.Address.ToString());
        }
    }

    // The message that finds the connection broken is lost: it is asked again.
    private static async Task<Answer> Ask(Node from, Node to, string text)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                var echo = await Find(from, to, TimeSpan.FromSeconds(2));
                var self = from.System.ActorOf(Props.Create(() => new Echo()));
                return await echo.Ask<Answer>(new Question("", text, self), Patience);
            }
            catch (ActorNotFoundException) when (tries < 10)
            {
            }
        }
    }

    private static byte[] Frame(string text)
    {
        var frame = new byte[4 + text.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, text.Length);
        Encoding.ASCII.GetBytes(text, frame.AsSpan(4));
        return frame;
    }

    private static async Task ReadToEnd(Node node, byte[] bytes)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(node.Link.Endpoint);
        await client.GetStream().WriteAsync(bytes);
        try
        {
            var answer = new byte[1024];
            while (await client.GetStream().ReadAsync(answer).AsTask().WaitAsync(Patience) > 0)
            {
            }
        }
        catch (IOException e)
        {
            // Closed with something unread, the other side resets the connection.
            Assert.IsType<SocketException>(e.InnerException);
        }
    }

    private static X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-9), DateTimeOffset.UtcNow.AddDays(9));
    }

    private RemoteCertificates Certify(string node, X509Certificate2 authority, string name, int from = -1, int to = 1)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(
            authority, DateTimeOffset.UtcNow.AddHours(from), DateTimeOffset.UtcNow.AddHours(to), RandomNumberGenerator.GetBytes(8));
        string Path(string kind) => System.IO.Path.Combine(_folder.FullName, $"{node}-{kind}.pem");
        File.WriteAllText(Path("cert"), certificate.ExportCertificatePem());
        File.WriteAllText(Path("key"), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Path("ca"), authority.ExportCertificatePem());
        return new RemoteCertificates(Path("cert"), Path("key"), Path("ca"));
    }

    private sealed record Node(Address Address, ActorSystem System, TcpLink Link, ChannelReader<string> Log)
    {
        /// <summary>The next line that holds this text.</summary>
        public async Task<string> LogOf(string part)
        {
            using var limit = new CancellationTokenSource(Patience);
            while (true)
            {
                if (await Log.ReadAsync(limit.Token) is var line && line.Contains(part, StringComparison.Ordinal))
                    return line;
            }
        }
    }

    private sealed class Extractor() : HashCodeMessageExtractor(4)
    {
        public override string? EntityId(object message) => (message as Question)?.Id;
    }

    private sealed class Echo : ReceiveActor
    {
        public Echo()
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

internal sealed record Question(string Id, string Text, IActorRef From);

internal sealed record Answer(string Text, IActorRef Self, IActorRef From);

[JsonSerializable(typeof(Question))]
[JsonSerializable(typeof(Answer))]
internal sealed partial class TcpTestContext : JsonSerializerContext;
