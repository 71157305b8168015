using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Serialization;
using System.Threading.Channels;
using Agent.Runtime.Hosting;

namespace Agent.Semantics.Own.Clustering;

/// <summary>Nodes over real sockets, each with an actor that answers, and certificates for them.</summary>
public abstract class TcpNodes : IAsyncLifetime
{
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tcp-link-");
    private readonly InMemoryClusterStore _store = new();
    private readonly ConcurrentDictionary<Address, IPEndPoint> _places = new();
    private readonly List<TcpNode> _nodes = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public virtual async Task DisposeAsync()
    {
        await Task.WhenAll(_nodes.Select(n => n.StopAsync())).WaitAsync(Patience);
        _folder.Delete(recursive: true);
    }

    protected static Address AddressOf(string node) => new("akka.tcp", "agent", node, 7946);

    /// <summary>From now on the node is looked for there.</summary>
    protected void Place(string node, IPEndPoint at) => _places[AddressOf(node)] = at;

    private protected TcpNode Start(
        string name, RemoteCertificates? certificates = null, Func<TcpLinkSetup, TcpLinkSetup>? change = null,
        TimeProvider? time = null)
    {
        var address = AddressOf(name);
        var setup = new TcpLinkSetup(
            address, new IPEndPoint(IPAddress.Loopback, 0), to => _places.GetValueOrDefault(to),
            new RemoteSerializer().Add<Question>("question", TcpTestContext.Default).Add<Answer>("answer", TcpTestContext.Default))
        {
            Cluster = "lab",
            Certificates = certificates,
            // Nothing is given up because the machine is busy.
            Heartbeat = TimeSpan.FromSeconds(5),
        };
        var link = new TcpLink(change?.Invoke(setup) ?? setup);
        _places[address] = link.Endpoint;
        var log = new WholeLog();
        var system = RuntimeSystem.Create("agent", new RuntimeSetup
        {
            Time = time ?? TimeProvider.System,
            // However long a test takes: no lease runs out, and no shard moves to where it would better be.
            Cluster = new ClusterSetup(_store, _store)
            {
                Address = address,
                Link = link,
                TimeToLive = TimeSpan.FromMinutes(1),
                StableAfter = TimeSpan.FromHours(1),
            },
            LogSink = entry => log.Add(entry.Message),
        });
        Cluster.Get(system);
        var node = new TcpNode(address, system, link, log);
        system.EventStream.Subscribe(system.ActorOf(Props.Create(() => new Losses(node))), typeof(AllDeadLetters));
        system.ActorOf(Props.Create(() => new Echo(node)), "echo");
        _nodes.Add(node);
        return node;
    }

    private protected static async Task<IActorRef> Find(TcpNode from, TcpNode to, TimeSpan timeout)
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

    /// <summary>Waits until this holds.</summary>
    protected static async Task Until(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Patience);
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!condition())
            await look.WaitForNextTickAsync(limit.Token);
    }

    /// <summary>Asks the answering actor. The message that finds the connection broken is lost: it is asked again.</summary>
    private protected static async Task<Answer> Ask(TcpNode from, TcpNode to, string text)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                // The busier the machine, the longer the way there and back.
                var echo = await Find(from, to, TimeSpan.FromSeconds(Math.Min(0.5 * tries, 5)));
                var self = from.System.ActorOf(Props.Create(() => new Silent()));
                return await echo.Ask<Answer>(new Question("", text, self), Patience);
            }
            catch (Exception e) when (tries < 30 && e is ActorNotFoundException or AskTimeoutException)
            {
            }
        }
    }

    protected static X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-9), DateTimeOffset.UtcNow.AddDays(9));
    }

    /// <summary>Makes a node's three files anew.</summary>
    protected RemoteCertificates Certify(string node, X509Certificate2 authority, string name, int from = -1, int to = 1)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(
            authority, DateTimeOffset.UtcNow.AddHours(from), DateTimeOffset.UtcNow.AddHours(to), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(FileOf(node, "cert"), certificate.ExportCertificatePem());
        File.WriteAllText(FileOf(node, "key"), key.ExportPkcs8PrivateKeyPem());
        Trust(node, authority);
        return Files(node);
    }

    /// <summary>From now on the node trusts these authorities.</summary>
    protected void Trust(string node, params X509Certificate2[] authorities) => File.WriteAllText(
        FileOf(node, "ca"), string.Join('\n', authorities.Select(authority => authority.ExportCertificatePem())));

    protected RemoteCertificates Files(string node, TimeProvider? time = null) =>
        new(FileOf(node, "cert"), FileOf(node, "key"), FileOf(node, "ca"), time);

    protected string FileOf(string node, string kind) => Path.Combine(_folder.FullName, $"{node}-{kind}.pem");

    private sealed class Echo : ReceiveActor
    {
        public Echo(TcpNode node)
        {
            Receive<Question>(q =>
            {
                node.Received.Enqueue(q.Text);
                Sender.Tell(new Answer(q.Text, Self, q.From));
            });
            ReceiveAny(message => node.Received.Enqueue(message));
        }
    }

    private sealed class Silent : ReceiveActor
    {
        public Silent() => ReceiveAny(_ => { });
    }

    private sealed class Losses : ReceiveActor
    {
        public Losses(TcpNode node) => Receive<AllDeadLetters>(letter => node.Lost.Enqueue(letter));
    }
}

/// <summary>One node: its address, system and link, what its actor got, what came to nothing, and its log.</summary>
internal sealed class TcpNode(Address address, ActorSystem system, TcpLink link, WholeLog log)
{
    public Address Address { get; } = address;

    public ActorSystem System { get; } = system;

    public TcpLink Link { get; } = link;

    public WholeLog Log { get; } = log;

    public ConcurrentQueue<object> Received { get; } = new();

    public ConcurrentQueue<AllDeadLetters> Lost { get; } = new();

    public Task<string> LogOf(string part) => Log.NextOf(part);

    public async Task StopAsync()
    {
        Link.Dispose();
        await System.Terminate();
    }
}

/// <summary>Every line of a log, to be waited for and to be counted.</summary>
internal sealed class WholeLog
{
    private readonly ConcurrentQueue<string> _all = new();
    private readonly Channel<string> _next = Channel.CreateUnbounded<string>();

    public IReadOnlyList<string> Lines => [.. _all];

    public void Add(string line)
    {
        _all.Enqueue(line);
        _next.Writer.TryWrite(line);
    }

    /// <summary>The next line that holds this text.</summary>
    public async Task<string> NextOf(string part)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            if (await _next.Reader.ReadAsync(limit.Token) is var line && line.Contains(part, StringComparison.Ordinal))
                return line;
        }
    }
}

internal sealed record Question(string Id, string Text, IActorRef From);

internal sealed record Answer(string Text, IActorRef Self, IActorRef From);

[JsonSerializable(typeof(Question))]
[JsonSerializable(typeof(Answer))]
internal sealed partial class TcpTestContext : JsonSerializerContext;
